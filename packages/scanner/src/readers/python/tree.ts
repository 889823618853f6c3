import type { SyntaxNode, Tree } from "@lezer/common";
import { parser } from "@lezer/python";

/** A parsed text, with the places where the parser had to recover. */
export interface PythonTree {
  readonly text: string;
  readonly tree: Tree;
  /** Whether an error lies in `from` to `to`. */
  hasError(from: number, to: number): boolean;
}

/** CPython gives up beyond 200 (Parser/tokenizer.c MAXLEVEL); brackets in strings are counted here, so be generous. */
const maxBrackets = 1000;

/** Undefined where brackets nest deeper than Python takes, which would cost the parser much time. */
export function parsePython(text: string): PythonTree | undefined {
  if (nestsTooDeep(text)) return undefined;
  const tree = parser.parse(text);
  const errors: number[] = [];
  const cursor = tree.cursor();
  do if (cursor.type.isError) errors.push(cursor.from);
  while (cursor.next());
  return {
    text,
    tree,
    hasError(from, to) {
      let low = 0;
      let high = errors.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((errors[middle] ?? 0) < from) low = middle + 1;
        else high = middle;
      }
      return (errors[low] ?? Infinity) <= to;
    },
  };
}

function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[()[\]{}]/g)) {
    depth = "([{".includes(bracket) ? depth + 1 : Math.max(0, depth - 1);
    if (depth > maxBrackets) return true;
  }
  return false;
}

/** A node's children, without comments. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== "Comment") children.push(child);
  }
  return children;
}

const scopes: ReadonlySet<string> = new Set(["FunctionDefinition", "ClassDefinition", "LambdaExpression"]);

/** Visits the nodes under `node` in order; `visit` returns false to leave out what lies under one. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode) => boolean): void {
  const cursor = node.cursor();
  let enter = visit(node);
  let depth = 0;
  for (;;) {
    if (enter && cursor.firstChild()) depth += 1;
    else {
      while (depth > 0 && !cursor.nextSibling()) {
        cursor.parent();
        depth -= 1;
      }
      if (depth === 0) return;
    }
    enter = visit(cursor.node);
  }
}

/** Module-level names that running `node` may bind, in assignments, loops, imports, definitions and patterns. */
export function boundNames(node: SyntaxNode, text: string): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (found: SyntaxNode): void => {
    names.add(text.slice(found.from, found.to));
  };
  walk(node, (inner) => {
    if (inner.name === "FunctionDefinition" || inner.name === "ClassDefinition") {
      const name = inner.getChild("VariableName");
      if (name !== null) add(name);
    }
    if (inner.name === "CapturePattern" || inner.name === "NamedExpression" || inner.name === "AsPattern") {
      const name = inner.getChild("VariableName");
      if (name !== null && (inner.name !== "CapturePattern" || text.slice(name.from, name.to) !== "_")) add(name);
    }
    if (targetHolders.has(inner.name)) for (const target of targetNodes(inner)) add(target);
    return !scopes.has(inner.name);
  });
  return names;
}

const targetHolders: ReadonlySet<string> = new Set([
  "AssignStatement", "UpdateStatement", "ForStatement", "WithStatement", "TryStatement", "ImportStatement", "DeleteStatement", "TypeDefinition",
]);

/** The names that one statement binds itself, not those of the statements in it. */
export function targetNodes(statement: SyntaxNode): SyntaxNode[] {
  const children = childrenOf(statement);
  switch (statement.name) {
    case "AssignStatement":
    case "UpdateStatement": {
      const last = children.findLastIndex((child) => child.name === "AssignOp" || child.name === "UpdateOp");
      return children.slice(0, Math.max(0, last)).flatMap(namesInTarget);
    }
    case "ForStatement": {
      const first = children.findIndex((child) => child.name === "for");
      return children.slice(first + 1, children.findIndex((child) => child.name === "in")).flatMap(namesInTarget);
    }
    case "WithStatement":
    case "TryStatement":
      return children.filter((_, i) => children[i - 1]?.name === "as").flatMap(namesInTarget);
    case "ImportStatement":
      return importedNames(children).map(({ node }) => node);
    case "DeleteStatement":
      return children.slice(1).flatMap(namesInTarget);
    case "TypeDefinition": {
      const name = statement.getChild("VariableName");
      return name === null ? [] : [name];
    }
    default:
      return [];
  }
}

/** Names in an assignment target: plain, or in tuples and lists; not those of `a.b` and `a[0]`. Depth is bounded by maxBrackets. */
export function namesInTarget(target: SyntaxNode): SyntaxNode[] {
  if (target.name === "VariableName") return [target];
  const nested = target.name === "TupleExpression" || target.name === "ArrayExpression" || target.name === "ParenthesizedExpression";
  return nested ? childrenOf(target).flatMap(namesInTarget) : [];
}

/** What an import statement binds: the node of the bound name, and those of the imported thing's path. */
export function importedNames(children: readonly SyntaxNode[]): readonly { readonly node: SyntaxNode; readonly of: readonly SyntaxNode[] }[] {
  const from = children[0]?.name === "from";
  const start = from ? children.findIndex((child) => child.name === "import") + 1 : 1;
  const found: { node: SyntaxNode; of: SyntaxNode[] }[] = [];
  let path: SyntaxNode[] = [];
  let alias: SyntaxNode | undefined;
  const flush = (): void => {
    const [first] = path;
    if (first === undefined) return;
    // `import a.b` binds `a`.
    found.push(alias !== undefined ? { node: alias, of: path } : { node: first, of: from ? path : [first] });
    path = [];
    alias = undefined;
  };
  let afterAs = false;
  for (const child of children.slice(start)) {
    if (child.name === ",") flush();
    else if (child.name === "as") afterAs = true;
    else if (child.name === "VariableName" && afterAs) {
      alias = child;
      afterAs = false;
    } else if (child.name === "VariableName") path.push(child);
  }
  flush();
  return found;
}
