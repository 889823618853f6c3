import type { TSESTree } from "@typescript-eslint/types";
import type { AST, Rule, SourceCode } from "eslint";
import { isWrittenInCall, type Listener } from "./listeners.ts";
import { propertyOf } from "./place.ts";

/** A change that somebody may want: a backlog decides how a server behaves, so nothing is changed unasked. */
export interface Suggestion {
  readonly kind: "name" | "raise" | "drop" | "object";
  readonly data: Record<string, string>;
  readonly fix: (fixer: Rule.RuleFixer) => Rule.Fix[];
}

/** Sets the backlog to `to`: where it is declared under a name, there; written in the call, as a new constant. */
export function raise(listener: Listener, to: number, sourceCode: SourceCode): readonly Suggestion[] {
  const { written } = listener;
  if (written === undefined || written.byType || written.value.kind === "oneOf") return [];
  const { node } = written.written;
  if (!isWrittenInCall(listener) || written.value.kind === "assumed") {
    return [{ kind: "raise", data: { to: String(to) }, fix: (fixer) => [fixer.replaceTextRange(node.range, String(to))] }];
  }
  const name = freeName(sourceCode);
  const declaration = `const ${name} = ${String(to)};`;
  return [{ kind: "name", data: { to: String(to), name }, fix: (fixer) => [declare(fixer, declaration, sourceCode), fixer.replaceTextRange(node.range, name)] }];
}

/** Takes the backlog out of the call, where it is written there; comments stay. */
export function drop({ call, written }: Listener, sourceCode: SourceCode): readonly Suggestion[] {
  const { node } = call;
  if (written !== undefined && call.backlogArgument !== undefined && call.backlogPlace === "positional") {
    const at = node.arguments.indexOf(call.backlogArgument as TSESTree.CallExpressionArgument);
    // What follows would move into its place.
    const after = node.arguments.slice(at + 1);
    const movable = after.length === 0 || (after.length === 1 && ["ArrowFunctionExpression", "FunctionExpression", "Identifier", "MemberExpression"].includes(after[0]?.type ?? ""));
    return at > 0 && movable ? [dropping(call.backlogArgument, sourceCode)] : [];
  }
  return dropProperty(node, sourceCode);
}

/** Takes a `backlog` property out of an object among the arguments. */
export function dropProperty(call: Listener["call"]["node"], sourceCode: SourceCode): readonly Suggestion[] {
  const property = propertyOf(call, "backlog");
  return property === undefined ? [] : [dropping(property, sourceCode)];
}

/** `listen(3000, 10)` as `listen({ port: 3000, backlog: 10 })`, which means the same for a port and a backlog above 0. */
export function asObject({ call, backlog }: Listener, sourceCode: SourceCode): readonly Suggestion[] {
  const [port, second] = call.node.arguments;
  const value = backlog.requested.value;
  if (port === undefined || second === undefined || call.port?.value.kind !== "exact" || value.kind !== "exact" || backlog.reading !== "explicit" || value.value < 1) return [];
  const [start] = port.range;
  const [, end] = second.range;
  const between = { start: port.range[1], end: second.range[0] };
  if (sourceCode.text.slice(between.start, between.end).trim() !== ",") return [];
  const text = `{ port: ${textOf(port, sourceCode)}, backlog: ${textOf(second, sourceCode)} }`;
  return [{ kind: "object", data: {}, fix: (fixer) => [fixer.replaceTextRange([start, end], text)] }];
}

function textOf(node: TSESTree.Node, { text }: SourceCode): string {
  return text.slice(...node.range);
}

/** Removes an argument or property with the comma before it, or else after it, and with parentheses around it. */
function dropping(node: TSESTree.Node, sourceCode: SourceCode): Suggestion {
  const esNode = node as unknown as AST.Token;
  let first: AST.Token = sourceCode.getFirstToken(esNode as never) ?? esNode;
  let last: AST.Token = sourceCode.getLastToken(esNode as never) ?? esNode;
  for (;;) {
    const [before, after] = [sourceCode.getTokenBefore(first), sourceCode.getTokenAfter(last)];
    if (before?.value !== "(" || after?.value !== ")" || !isParenthesis(sourceCode, before)) break;
    [first, last] = [before, after];
  }
  const before = sourceCode.getTokenBefore(first);
  const after = sourceCode.getTokenAfter(last);
  const commas: AST.Token[] = before?.value === "," ? [before] : after?.value === "," ? [after] : [];
  return { kind: "drop", data: {}, fix: (fixer) => remove(fixer, [first.range[0], last.range[1]], commas, sourceCode) };
}

/** Whether a `(` belongs to an expression and not to a call: nothing that is called stands before it. */
function isParenthesis(sourceCode: SourceCode, token: AST.Token): boolean {
  const before = sourceCode.getTokenBefore(token);
  return before !== null && [",", "(", ":"].includes(before.value);
}

function remove(fixer: Rule.RuleFixer, range: AST.Range, [comma]: readonly AST.Token[], { text }: SourceCode): Rule.Fix[] {
  if (comma === undefined) return [fixer.removeRange(range)];
  const leading = comma.range[0] < range[0];
  const between = leading ? text.slice(comma.range[1], range[0]) : text.slice(range[1], comma.range[0]);
  if (between.trim() === "") return [fixer.removeRange(leading ? [comma.range[0], range[1]] : [range[0], afterSpace(comma.range[1], text)])];
  return [fixer.removeRange(comma.range), fixer.removeRange(range)];
}

function afterSpace(at: number, text: string): number {
  return text[at] === " " ? at + 1 : at;
}

/** A name that nothing in the file has or asks for. */
function freeName({ scopeManager }: SourceCode): string {
  const taken = new Set<string>();
  for (const scope of scopeManager.scopes) {
    for (const { name } of scope.variables) taken.add(name);
    for (const { identifier } of scope.references) if ("name" in identifier) taken.add(identifier.name);
  }
  for (let count = 1; ; count++) {
    const name = count === 1 ? "LISTEN_BACKLOG" : `LISTEN_BACKLOG_${String(count)}`;
    if (!taken.has(name)) return name;
  }
}

/** Before everything that runs, so that no function uses it too early: after the imports and directives. */
function declare(fixer: Rule.RuleFixer, declaration: string, sourceCode: SourceCode): Rule.Fix {
  const body = (sourceCode.ast as unknown as TSESTree.Program).body;
  const last = body.filter((statement, at) => statement.type === "ImportDeclaration" || isDirective(body, at)).at(-1);
  if (last === undefined) return fixer.insertTextBeforeRange(body[0]?.range ?? [0, 0], `${declaration}\n`);
  const [, end] = last.range;
  const restOfLine = /^[^\S\n]*(?:\/\/[^\n\r]*|\/\*[^\n]*?\*\/)?/.exec(sourceCode.text.slice(end))?.[0].trimEnd().length ?? 0;
  return fixer.insertTextAfterRange([0, end + restOfLine], `\n${declaration}`);
}

function isDirective(body: readonly TSESTree.ProgramStatement[], at: number): boolean {
  return body.slice(0, at + 1).every((statement) => // oxlint writes null where there is none.
    statement.type === "ExpressionStatement" && typeof statement.directive === "string");
}
