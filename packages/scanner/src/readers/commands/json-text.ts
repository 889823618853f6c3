import { MapBuilder, type MappedText } from "./text.ts";

const escapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** A JSON string literal's content, `from` behind its opening quote `to` before its closing one, with places. */
export function decodeJsonString(json: MappedText, from: number, to: number): MappedText {
  const builder = new MapBuilder(json.start(from));
  let at = from;
  while (at < to) {
    const backslash = json.text.indexOf("\\", at);
    if (backslash === -1 || backslash >= to) break;
    builder.append(json.slice(at, backslash));
    const kind = json.text[backslash + 1] ?? "";
    const end = Math.min(to, backslash + (kind === "u" ? 6 : 2));
    const char = kind === "u" ? String.fromCharCode(Number.parseInt(json.text.slice(backslash + 2, end), 16) || 0) : (escapes[kind] ?? kind);
    builder.add(char, json.start(backslash), json.end(end));
    at = end;
  }
  builder.append(json.slice(at, to));
  return builder.build();
}

/** The strings of a JSON array of strings; undefined for anything else. */
export function jsonStrings(json: MappedText): MappedText[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json.text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed) || !parsed.every((item) => typeof item === "string")) return undefined;
  // It is valid JSON: quotes open and close strings, nothing else holds any.
  return [...json.text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(({ 0: all, index }) => decodeJsonString(json, index + 1, index + all.length - 1));
}
