import type { TSESTree } from "@typescript-eslint/types";
import { readModule, type CallForm, type Exported, type Literal, type PackageOf, type Receiver, type ReceiverOf, type Resolved } from "@audit-backlog/listen-calls";
import type { FileProblem, Range } from "@audit-backlog/model";
import type { ReaderResult } from "../facts.ts";
import { bindingsOf, requiredModule, type Bindings } from "./javascript-bindings.ts";
import { ClusterReader, type ClusterFact } from "./javascript-cluster.ts";
import { keyOf } from "./javascript-data.ts";
import { parseJavaScript, rangeOf } from "./javascript-parse.ts";
import { walk } from "./javascript-walk.ts";

/** An argument of a listen() call: what is known of it and where it is written. */
export interface ArgumentFact {
  readonly value: Resolved<Literal>["value"];
  readonly range: Range;
  readonly via: readonly Range[];
  readonly text: string;
  /** `server.port` where it is `config.get("server.port")` of the package "config". */
  readonly configKey?: readonly string[];
}

/** A listen() call, or a `new` that listens. */
export interface ListenFact {
  readonly range: Range;
  readonly receiver: Receiver;
  readonly form: CallForm;
  readonly port?: ArgumentFact;
  readonly host?: ArgumentFact;
  readonly path?: ArgumentFact;
  readonly fd?: ArgumentFact;
  readonly backlog?: ArgumentFact;
  readonly backlogPlace?: "positional" | "option";
  readonly ignored?: { readonly argument: ArgumentFact; readonly reason: "node-fd" | "positional-lost"; readonly because: string; readonly hangsOn?: string };
  readonly exclusive?: ArgumentFact;
  readonly reusePort?: ArgumentFact;
  /** Only the primary of a cluster comes here. */
  readonly inPrimary: boolean;
}

export interface JavaScriptFacts extends ReaderResult {
  readonly file: string;
  /** In source order; those on receivers that may be no server at all are among them. */
  readonly calls: readonly ListenFact[];
  /** Module names as written, of imports, re-exports, require() and import(), once each. */
  readonly imports: readonly string[];
  readonly exports: ReadonlyMap<string, Exported>;
  readonly cluster?: ClusterFact;
}

/**
 * Reads one JavaScript or TypeScript module. `receiverOf` says what values of other modules are, `packageOf` which
 * packages relative names stand for, where the caller knows. Never throws; what can't be parsed is a problem.
 */
export function readJavaScript(file: string, text: string, receiverOf?: ReceiverOf, packageOf?: PackageOf): JavaScriptFacts {
  if (isMinified(text)) return { file, calls: [], imports: [], exports: new Map(), problems: [{ file, reason: "JavaScript: minified; its listen() calls were not read" }] };
  const { program, scopes, problems } = parseJavaScript(file, text);
  if (program === undefined) return { file, calls: [], imports: [], exports: new Map(), problems };
  try {
    const bindings = bindingsOf(scopes);
    const cluster = new ClusterReader(text, bindings);
    const imports = new Set<string>();
    walk(program, (node, context) => {
      const module = importedModule(node);
      if (module !== undefined) imports.add(module);
      cluster.visit(node, context);
    });
    const module = readModule(program, scopes, text, receiverOf, packageOf);
    const calls = module.calls.map((call): ListenFact => {
      const argument = (resolved: Resolved<Literal> | undefined): ArgumentFact | undefined => (resolved === undefined ? undefined : argumentOf(resolved, bindings));
      const { ignored } = call;
      return {
        range: placeOf(call.node),
        receiver: call.receiver,
        form: call.form,
        inPrimary: cluster.isInPrimary(call.node),
        ...(call.backlogPlace === undefined ? {} : { backlogPlace: call.backlogPlace }),
        ...(ignored === undefined ? {} : { ignored: { ...ignored, argument: argumentOf(ignored.argument, bindings) } }),
        ...present({
          port: argument(call.port),
          host: argument(call.host),
          path: argument(call.path),
          fd: argument(call.fd),
          backlog: argument(call.backlog),
          exclusive: argument(call.exclusive),
          reusePort: argument(call.reusePort),
        }),
      };
    });
    const found = cluster.fact();
    return { file, calls, imports: [...imports], exports: module.exports, problems, ...(found === undefined ? {} : { cluster: found }) };
  } catch (error) {
    return { file, calls: [], imports: [], exports: new Map(), problems: [...problems, unreadable(file, error)] };
  }
}

const minifiedFrom = 100_000;
const minifiedLine = 1000;

/** Whether a text is the large output of a bundler: lines of such length are nobody's own, and parsing takes seconds. */
function isMinified(text: string): boolean {
  if (text.length < minifiedFrom) return false;
  let lines = Math.floor(text.length / minifiedLine);
  for (let at = text.indexOf("\n"); at !== -1 && lines > 0; at = text.indexOf("\n", at + 1)) lines -= 1;
  return lines > 0;
}

/** Where a call is: from `listen` on where it ends a chain over several lines, for that is the line to look at. */
function placeOf(node: TSESTree.CallExpression | TSESTree.NewExpression): Range {
  const whole = rangeOf(node);
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return whole;
  const { start } = rangeOf(node.callee.property);
  return start.line === whole.start.line ? whole : { start, end: whole.end };
}

function unreadable(file: string, error: unknown): FileProblem {
  const what = error instanceof RangeError ? "nested too deeply" : error instanceof Error ? error.message : String(error);
  return { file, reason: `JavaScript: ${what}; its listen() calls were not read` };
}

/** Leaves out what is absent, as `exactOptionalPropertyTypes` wants it. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function argumentOf({ value, node, via, text }: Resolved<Literal>, bindings: Bindings): ArgumentFact {
  const configKey = configKeyOf(node, bindings);
  return { value, range: rangeOf(node), via: via.map(rangeOf), text, ...(configKey === undefined ? {} : { configKey }) };
}

function importedModule(node: TSESTree.Node): string | undefined {
  switch (node.type) {
    case "ImportDeclaration":
      return node.importKind === "type" ? undefined : node.source.value;
    case "ExportAllDeclaration":
      return node.source.value;
    case "ExportNamedDeclaration":
      return node.source?.value;
    case "TSImportEqualsDeclaration":
      return node.moduleReference.type === "TSExternalModuleReference" && typeof node.moduleReference.expression.value === "string"
        ? node.moduleReference.expression.value
        : undefined;
    case "CallExpression":
    case "ImportExpression":
      return requiredModule(node);
    default:
      return undefined;
  }
}

/** The key of `config.get("a.b")`, with the conversions that are written around it. */
function configKeyOf(node: TSESTree.Node, bindings: Bindings): readonly string[] | undefined {
  let call = node;
  for (let round = 0; round < 4; round += 1) {
    if (call.type === "UnaryExpression" && call.operator === "+") call = call.argument;
    else if (call.type === "TSAsExpression" || call.type === "TSNonNullExpression" || call.type === "ChainExpression") call = call.expression;
    else if (call.type === "CallExpression" && call.callee.type === "Identifier" && /^(?:Number|parseInt)$/.test(call.callee.name) && call.arguments[0] !== undefined) call = call.arguments[0];
    else break;
  }
  if (call.type !== "CallExpression" || call.callee.type !== "MemberExpression" || keyOf(call.callee.property) !== "get") return undefined;
  const [key] = call.arguments;
  if (key?.type !== "Literal" || typeof key.value !== "string") return undefined;
  const { object } = call.callee;
  const isConfig = requiredModule(object) === "config" || (object.type === "Identifier" && isConfigPackage(bindings(object)));
  return isConfig ? key.value.split(".") : undefined;
}

function isConfigPackage(binding: ReturnType<Bindings>): boolean {
  return binding.kind === "import" && binding.module === "config" && (binding.name === "default" || binding.name === "*");
}
