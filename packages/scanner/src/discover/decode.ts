import { isUtf8 } from "node:buffer";
import type { FileProblem } from "@audit-backlog/model";
import type { FileText } from "./tree.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text from bytes. A BOM stays in it, so that offsets count from the file's start. */
export function decode(file: string, bytes: Uint8Array): FileText | FileProblem {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { file, reason: "UTF-16: only UTF-8 is read" };
  }
  if (bytes.includes(0)) return { file, reason: "binary: it holds NUL bytes" };
  const text = decoder.decode(bytes);
  if (isUtf8(bytes)) return { text };
  const bad = text.indexOf("\uFFFD");
  const before = text.slice(0, bad);
  const line = before.split("\n").length;
  const column = bad - before.lastIndexOf("\n");
  const position = { offset: bad, line, column };
  return {
    text,
    problem: {
      file,
      range: { start: position, end: { offset: bad + 1, line, column: column + 1 } },
      reason: "not valid UTF-8: read with a replacement character in each bad place",
    },
  };
}
