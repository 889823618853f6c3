import type { TSESTree } from "@typescript-eslint/types";
import type { SourceCode } from "eslint";
import { isWrittenInCall, type Listener } from "./listeners.ts";

/** Longer declarations say less than their line. */
const MAX_TEXT = 60;

/** Where a backlog's value comes from, in words: "written in this call", "comes from `BACKLOG = 10` in line 3". */
export function sourceOf(listener: Listener, sourceCode: SourceCode): string {
  const { written } = listener;
  if (written === undefined) return "nothing is written";
  const { node, via, text } = written.written;
  if (written.byType) return `comes from the type of \`${short(text) ?? "the argument"}\``;
  if (isWrittenInCall(listener)) return "is written in this call";
  const declaration = via.at(-1);
  const declared = declaration !== undefined && isDeclaration(declaration) ? short(sourceCode.text.slice(...declaration.range)) : undefined;
  const line = `line ${String(node.loc.start.line)}`;
  return declared === undefined ? `comes from ${line}` : `comes from \`${declared}\` in ${line}`;
}

function isDeclaration({ type }: TSESTree.Node): boolean {
  return ["VariableDeclarator", "Property", "PropertyDefinition", "AssignmentPattern", "TSEnumMember"].includes(type);
}

function short(text: string): string | undefined {
  return text.length > MAX_TEXT || text.includes("\n") ? undefined : text;
}
