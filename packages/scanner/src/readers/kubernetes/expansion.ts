import type { MappedText } from "../commands/text.ts";

/** A stretch of a text: as it stands, a character behind `$`, or a variable. */
export type Part =
  | { readonly kind: "plain"; readonly from: number; readonly to: number }
  | { readonly kind: "escape"; readonly from: number; readonly to: number; readonly text: string }
  | { readonly kind: "variable"; readonly from: number; readonly to: number; readonly name: string };

/**
 * Parts a text at its `$(NAME)`s; `$$` is a dollar sign, and a `$` before anything else stays
 * (kubernetes: third_party/forked/golang/expansion/expand.go Expand).
 */
export function expansionParts({ text }: MappedText): Part[] {
  const parts: Part[] = [];
  let plain = 0;
  const upTo = (to: number): void => {
    if (to > plain) parts.push({ kind: "plain", from: plain, to });
  };
  let unclosed = false;
  for (let at = text.indexOf("$"); at !== -1 && at + 1 < text.length; at = text.indexOf("$", at)) {
    const next = text[at + 1];
    if (next === "$") {
      upTo(at);
      parts.push({ kind: "escape", from: at, to: at + 2, text: "$" });
      plain = at += 2;
      continue;
    }
    const close = next === "(" && !unclosed ? text.indexOf(")", at + 2) : -1;
    if (close === -1) {
      unclosed ||= next === "(";
      at += 2;
      continue;
    }
    upTo(at);
    parts.push({ kind: "variable", from: at, to: close + 1, name: text.slice(at + 2, close) });
    plain = at = close + 1;
  }
  upTo(text.length);
  return parts;
}
