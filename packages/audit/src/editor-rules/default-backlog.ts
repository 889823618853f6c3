import type { EditorRule } from "../rule.ts";

export const defaultBacklog: EditorRule = {
  id: "default-backlog",
  summary: "a public listener that is left with the server's own backlog",
  severities: ["note"],
  category: "listener",
  subsumes: [],
  docs: {
    why: "Node asks for 511 when nothing is passed, which is enough for most servers. Whoever sizes queues on purpose wants the number to stand in the code; this rule finds the places where it does not.",
    fires: { file: "server.js", language: "js", text: 'import { createServer } from "node:http";\n\ncreateServer(handler).listen(3000);' },
    quiet: { file: "server.js", language: "js", text: 'import { createServer } from "node:http";\n\ncreateServer(handler).listen({ port: 3000, backlog: 1024 });' },
  },
};
