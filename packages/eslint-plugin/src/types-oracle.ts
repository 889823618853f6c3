import type { Literal } from "@audit-backlog/listen-calls";
import type { TSESTree } from "@typescript-eslint/types";
import type { SourceCode } from "eslint";

/** What little of TypeScript's checker is asked for; the package itself is never imported. */
interface Checker {
  getResolvedSignature(call: object): Signature | undefined;
  getTypeAtLocation(node: object): Type;
  getTypeOfSymbolAtLocation(symbol: object, node: object): Type;
}
interface Signature {
  readonly parameters: readonly { readonly name: string }[];
}
interface Type {
  isNumberLiteral(): boolean;
  isStringLiteral(): boolean;
  isUnion(): boolean;
  readonly value?: unknown;
  readonly types?: readonly Type[];
  getProperty(name: string): object | undefined;
}
interface Services {
  readonly program?: { getTypeChecker(): Checker } | null;
  readonly esTreeNodeToTSNodeMap?: { get(node: unknown): object | undefined };
}

/** Answers from the types of a project, where the file was parsed with one. */
export interface Types {
  /** Whether the types say that this call listens: a parameter, or an option beside a port or path, is named `backlog`. */
  listens(call: TSESTree.CallExpression | TSESTree.NewExpression, argument: number | undefined): boolean | undefined;
  /** The value of an expression whose type is that of one literal. */
  literal(node: TSESTree.Node): Literal;
}

/** Nothing is known. */
export const NO_TYPES: Types = { listens: () => undefined, literal: () => undefined };

/** Never throws: without types, and where the checker fails, nothing is known. */
export function typesOf(sourceCode: SourceCode): Types {
  const services = sourceCode.parserServices as Services | undefined;
  const map = services?.esTreeNodeToTSNodeMap;
  const checker = attempt(() => services?.program?.getTypeChecker());
  if (checker === undefined || map === undefined) return NO_TYPES;
  return {
    listens: (call, argument) =>
      attempt(() => {
        const node = map.get(call);
        const signature = node === undefined ? undefined : checker.getResolvedSignature(node);
        return node === undefined || signature === undefined ? undefined : isListenSignature(checker, signature, node, argument);
      }),
    literal: (node) =>
      attempt(() => {
        const tsNode = map.get(node);
        const type = tsNode === undefined ? undefined : checker.getTypeAtLocation(tsNode);
        if (type?.isNumberLiteral() !== true && type?.isStringLiteral() !== true) return undefined;
        return typeof type.value === "number" || typeof type.value === "string" ? type.value : undefined;
      }),
  };
}

function isListenSignature(checker: Checker, { parameters }: Signature, node: object, argument: number | undefined): boolean | undefined {
  const [first] = parameters;
  if (first === undefined) return undefined;
  if (argument !== undefined && argument > 0) return parameters[argument] === undefined ? undefined : parameters[argument].name === "backlog";
  if (parameters.some(({ name }) => name === "backlog")) return true;
  const type = checker.getTypeOfSymbolAtLocation(first, node);
  const members = type.isUnion() ? (type.types ?? []) : [type];
  return members.some((member) => member.getProperty("backlog") !== undefined && ["port", "path"].some((name) => member.getProperty(name) !== undefined));
}

function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
