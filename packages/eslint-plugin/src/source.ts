import type { TSESTree } from "@typescript-eslint/types";
import type { SourceCode } from "eslint";
import { isWrittenInCall, type Listener } from "./listeners.ts";

/** Longer declarations say less than their line. */
const MAX_TEXT = 60;
const DECLARATIONS: ReadonlySet<string> = new Set(["VariableDeclarator", "Property", "PropertyDefinition", "AssignmentPattern", "AssignmentExpression", "TSEnumMember"]);

/** Where a backlog's value comes from, in words: "is written in this call", "comes from `BACKLOG = 10` in line 3". */
export function sourceOf(listener: Listener, { text }: SourceCode): string {
  const { written } = listener;
  if (written === undefined || isWrittenInCall(listener)) return "is written in this call";
  const { node } = written.written;
  if (written.byType) return `comes from the type of \`${short(written.written.text) ?? "the argument"}\``;
  const declaration = declarationOf(node);
  const declared = declaration === undefined ? undefined : short(text.slice(...declaration.range).replace(/;$/, ""));
  const line = `line ${String(node.loc.start.line)}`;
  return declared === undefined ? `comes from ${line}` : `comes from \`${declared}\` in ${line}`;
}

/** What gives the literal its name. */
function declarationOf(literal: TSESTree.Node): TSESTree.Node | undefined {
  let node: TSESTree.Node | undefined = literal;
  while (node !== undefined && !DECLARATIONS.has(node.type)) node = /Statement$|Function|^Program$/.test(node.type) ? undefined : node.parent;
  return node;
}

function short(text: string): string | undefined {
  return text.length > MAX_TEXT || text.includes("\n") ? undefined : text;
}
