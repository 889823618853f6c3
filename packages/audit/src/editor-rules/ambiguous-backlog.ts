import type { EditorRule } from "../rule.ts";

export const ambiguousBacklog: EditorRule = {
  id: "ambiguous-backlog",
  summary: "a second number after the port, which readers take for something else than the backlog",
  severities: ["note"],
  category: "listener",
  subsumes: [],
  docs: {
    why: "Node's listen(port, host, backlog) lets the host be left out, and then takes a number in its place for the backlog. Few readers know that, and a number that was meant for something else becomes the length of the queue.",
    fires: { file: "server.js", language: "js", text: 'import { createServer } from "node:http";\n\ncreateServer(handler).listen(3000, 1024);' },
    quiet: { file: "server.js", language: "js", text: 'import { createServer } from "node:http";\n\ncreateServer(handler).listen({ port: 3000, backlog: 1024 });' },
  },
};
