import type { AndOr, ArithmeticFor, Case, CommandNode, CompoundList, For, If, PipelineNode, Select, Statement, While } from "unbash";
import { joinPieces } from "./pieces.ts";
import type { ShellText } from "./shell-expand.ts";
import { effectsOf, forgetEffects } from "./shell-effects.ts";
import { assumedPiece, type Scope } from "./shell-scope.ts";

/** The part of the walk that branches need. */
export interface Walker {
  readonly text: ShellText;
  statements(statements: readonly Statement[], scope: Scope): void;
  node(node: PipelineNode | CommandNode | CompoundList, scope: Scope): void;
  /** Makes unknown what calling the script's functions may change. */
  forgetFunctionEffects(scope: Scope): void;
}

interface Branch {
  readonly scope: Scope;
  readonly when: string;
}

/** Above this many branches or names nothing is told apart any more; it bounds the work that one line can ask for. */
const maxBranches = 50;

/** Walks a node whose parts run under conditions, and merges what they leave behind. */
export function walkBranches(node: AndOr | If | Case | For | ArithmeticFor | Select | While, scope: Scope, walker: Walker): void {
  switch (node.type) {
    case "AndOr":
      walkAndOr(node, scope, walker);
      return;
    case "If":
      walkIf(node, scope, walker);
      return;
    case "Case":
      walkCase(node, scope, walker);
      return;
    case "For":
    case "ArithmeticFor":
    case "Select":
    case "While":
      walkLoop(node, scope, walker);
      return;
  }
}

function walkAndOr(node: AndOr, scope: Scope, walker: Walker): void {
  if (node.commands.length > maxBranches) {
    for (const command of node.commands) walker.node(command, scope.child());
    scope.forget();
    return;
  }
  const branches: Branch[] = [];
  const test = emptinessTest(node.commands[0]);
  let current = scope;
  node.commands.forEach((command, i) => {
    const operator = node.operators[i - 1];
    const left = node.commands[i - 1];
    if (left !== undefined && operator !== undefined) {
      const sure = operator === "&&" && current === scope && cannotFail(left);
      if (!sure && (operator === "||" || current === scope)) {
        current = scope.child();
        branches.push({ scope: current, when: `${operator === "&&" ? "if" : "unless"} ${words(left, walker)}` });
      }
    }
    walker.node(command, current);
  });
  const [only] = branches;
  if (only === undefined) return;
  const fallback = branches.length === 1 && test?.empty === (node.operators[0] === "&&") ? test.name : undefined;
  mergeBranches(scope, branches, true, fallback, node, walker);
}

function walkIf(node: If, scope: Scope, walker: Walker): void {
  walker.statements(node.clause.commands, scope);
  const test = node.clause.commands.length === 1 ? emptinessTest(node.clause.commands[0]?.command) : undefined;
  const clauses = [{ clause: node.clause, then: node.then }, ...node.elif];
  const branches = clauses.map(({ clause, then }, i): Branch => {
    const branch = scope.child();
    if (i > 0) walker.statements(clause.commands, branch);
    walker.statements(then.commands, branch);
    return { scope: branch, when: `if ${words(clause, walker)}` };
  });
  if (node.else !== undefined) {
    const branch = scope.child();
    walker.statements(node.else.commands, branch);
    branches.push({ scope: branch, when: "else" });
  }
  const fallback = test?.empty === true && branches.length === 1 ? test.name : undefined;
  mergeBranches(scope, branches, node.else === undefined, fallback, node, walker);
}

function walkCase(node: Case, scope: Scope, walker: Walker): void {
  const branches = node.items.map((item): Branch => {
    const branch = scope.child();
    walker.statements(item.body.commands, branch);
    return { scope: branch, when: `case ${node.word.text.slice(0, 60)} in ${item.pattern.map(({ text }) => text).join("|").slice(0, 60)}` };
  });
  const open = !node.items.some((item) => item.pattern.some(({ text }) => text === "*"));
  mergeBranches(scope, branches, open, undefined, node, walker);
}

function walkLoop(node: For | ArithmeticFor | Select | While, scope: Scope, walker: Walker): void {
  const branch = scope.child();
  // What one round sets, the next one finds: such names are unknown where a round begins.
  forgetEffects(effectsOf(walker.text.script.text.slice(node.pos, node.end)), branch);
  walker.forgetFunctionEffects(branch);
  if (node.type === "While") walker.statements(node.clause.commands, branch);
  walker.statements(node.body.commands, branch);
  mergeBranches(scope, [{ scope: branch, when: "after the loop" }], true, undefined, node, walker);
}

function mergeBranches(
  scope: Scope,
  branches: readonly Branch[],
  mayRunNone: boolean,
  fallback: string | undefined,
  node: { readonly pos: number; readonly end: number },
  walker: Walker,
): void {
  if (branches.length > maxBranches) {
    scope.forget();
    return;
  }
  const place = walker.text.script.slice(node.pos, node.pos);
  const [only] = branches;
  if (fallback !== undefined && only !== undefined && scope.get(fallback) === undefined) {
    // `[ -z "$X" ] && X=4`: X from outside, else 4.
    const binding = only.scope.get(fallback);
    const known = binding?.array === undefined && binding !== undefined && joinPieces(binding.pieces).kind === "exact";
    if (known) {
      const fallen = { ...binding, pieces: binding.pieces.map((piece) => assumedPiece(piece, fallback)) };
      scope.set(fallback, fallen);
      only.scope.set(fallback, fallen);
    }
  }
  scope.merge(mayRunNone ? [...branches, { scope: scope.child(), when: "otherwise" }] : branches, place);
}

/** `[ -z "$X" ]`, `test -n "${X}"`, `[[ -z $X ]]`: which variable is asked for, and whether empty means true. */
function emptinessTest(node: PipelineNode | Statement["command"] | undefined): { readonly name: string; readonly empty: boolean } | undefined {
  let operator: string | undefined;
  let operand: string | undefined;
  if (node?.type === "Command") {
    const [first, second] = node.args;
    if ((node.name?.text === "[" || node.name?.text === "test") && node.args.length <= 3) [operator, operand] = [first?.text, second?.text];
  } else if (node?.type === "TestCommand" && node.expression.type === "TestUnary") {
    [operator, operand] = [node.expression.operator, node.expression.operand.text];
  }
  if ((operator !== "-z" && operator !== "-n") || operand === undefined || operand.length > 200) return undefined;
  const name = /^"?\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-|:?\+\w+)?\})"?$/.exec(operand);
  const found = name?.[1] ?? name?.[2];
  return found === undefined ? undefined : { name: found, empty: operator === "-z" };
}

const surely = new Set([":", "true", "cd", "echo", "export", "declare", "typeset", "local", "readonly", "set", "umask", "ulimit"]);

function cannotFail(node: PipelineNode): boolean {
  return node.type === "Command" && (node.name === undefined || surely.has(node.name.text));
}

/** The condition in the file's own words, shortened. */
function words(node: { readonly pos: number; readonly end: number }, walker: Walker): string {
  const text = walker.text.script.text.slice(node.pos, Math.min(node.end, node.pos + 200)).replace(/\s+/g, " ").trim().replace(/;$/, "");
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
