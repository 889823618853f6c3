import { parse, parseExpression, type ParserOptions, type ParserPlugin } from "@babel/parser";
import { analyze, type AnalyzeOptions, type ScopeManager } from "@typescript-eslint/scope-manager";
import type { TSESTree } from "@typescript-eslint/types";
import { normaliseBabel } from "@audit-backlog/listen-calls";
import type { FileProblem, Range } from "@audit-backlog/model";
import type { Comment } from "../comments/comment.ts";
import { withoutTypes } from "./javascript-types.ts";

/** A parsed module: an ESTree in typescript-estree's shape, with its scopes. */
export interface ParsedJavaScript {
  readonly program: TSESTree.Program;
  readonly scopes: ScopeManager;
  readonly problems: readonly FileProblem[];
}

interface Unparsed {
  readonly program?: undefined;
  readonly scopes?: undefined;
  readonly problems: readonly FileProblem[];
}

const proposals: readonly ParserPlugin[] = [
  ["estree", { classFeatures: true }],
  // The older decorators: only they may stand before parameters, as Nest writes them.
  "decorators-legacy",
  "decoratorAutoAccessors",
  "explicitResourceManagement",
  "deprecatedImportAssert",
  "exportDefaultFrom",
  "deferredImportEvaluation",
  "sourcePhaseImports",
];

interface Dialect {
  readonly plugins: readonly ParserPlugin[];
  /** "script" allows what strict mode forbids; the parser takes everything else for a module first. */
  readonly sourceType: "unambiguous" | "script";
}

/** Dialects to try, the likeliest first. Flow and TypeScript can't be told apart by a `.js` name. */
function dialects(path: string): readonly Dialect[] {
  const typescript: Dialect = { plugins: ["typescript"], sourceType: "unambiguous" };
  const tsx: Dialect = { plugins: ["typescript", "jsx"], sourceType: "unambiguous" };
  if (/\.[cm]?ts$/i.test(path)) return [typescript, tsx];
  if (/\.tsx$/i.test(path)) return [tsx];
  return [{ plugins: ["jsx", "flow"], sourceType: "unambiguous" }, { plugins: ["jsx", "flow"], sourceType: "script" }, tsx];
}

/**
 * Parses JavaScript or TypeScript of any dialect; recovers from errors where the parser can and names the first one.
 * Undefined program when nothing could be read. Never throws: nesting beyond the stack is a problem like any other.
 */
export function parseJavaScript(path: string, text: string): ParsedJavaScript | Unparsed {
  const { best, failure } = likeliest(path, text);
  if (best === undefined) return { problems: [problem(path, failure, "the file was not read")] };
  const problems = best.errors.length === 0 ? [] : [problem(path, best.errors[0], "the rest of the file was read")];
  try {
    return { ...analysed(best.tree, best.dialect.plugins.includes("typescript")), problems };
  } catch (error) {
    return { problems: [problem(path, asProblem(error), "the file was not read")] };
  }
}

/** Comments of JavaScript or TypeScript of any dialect; none where nothing could be read. */
export function javaScriptComments(path: string, text: string): readonly Comment[] {
  return likeliest(path, text).best?.comments ?? [];
}

/** Comments of JSON5 or JSONC; none where it is neither. */
export function json5Comments(text: string): readonly Comment[] {
  try {
    return parseExpression(text, { errorRecovery: true, attachComment: false }).comments?.map(commentOf) ?? [];
  } catch {
    return [];
  }
}

interface Attempt {
  readonly tree: TSESTree.Program;
  readonly comments: readonly Comment[];
  readonly errors: readonly SyntaxProblem[];
}

/** The dialect with the fewest errors, and why the first one failed. */
function likeliest(path: string, text: string): { readonly best: (Attempt & { readonly dialect: Dialect }) | undefined; readonly failure: SyntaxProblem | undefined } {
  let best: (Attempt & { readonly dialect: Dialect }) | undefined;
  let failure: SyntaxProblem | undefined;
  for (const dialect of dialects(path)) {
    const attempt = parseAs(text, dialect);
    if ("failure" in attempt) {
      failure ??= attempt.failure;
      continue;
    }
    if (best === undefined || attempt.errors.length < best.errors.length) best = { ...attempt, dialect };
    if (best.errors.length === 0) break;
  }
  return { best, failure };
}

/** TypeScript's types say what a server is and are kept; Flow's are not, nor are those that the analysis stumbles over. */
function analysed(tree: TSESTree.Program, typescript: boolean): { program: TSESTree.Program; scopes: ScopeManager } {
  const options: AnalyzeOptions = { sourceType: "module", lib: [] };
  if (typescript) {
    try {
      const program = normaliseBabel(tree);
      return { program, scopes: analyze(program, options) };
    } catch (error) {
      if (error instanceof RangeError) throw error;
    }
  }
  withoutTypes(tree);
  return { program: tree, scopes: analyze(tree, options) };
}

interface SyntaxProblem {
  readonly message: string;
  readonly loc?: { readonly line: number; readonly column: number; readonly index: number };
}

function parseAs(text: string, { plugins, sourceType }: Dialect): Attempt | { readonly failure: SyntaxProblem } {
  const options: ParserOptions = {
    sourceType,
    errorRecovery: true,
    ranges: true,
    attachComment: false,
    createImportExpressions: true,
    allowReturnOutsideFunction: true,
    allowImportExportEverywhere: true,
    allowAwaitOutsideFunction: true,
    allowNewTargetOutsideFunction: true,
    allowSuperOutsideMethod: true,
    allowUndeclaredExports: true,
    plugins: [...proposals, ...plugins],
  };
  try {
    const file = parse(text, options);
    return { tree: file.program as unknown as TSESTree.Program, comments: (file.comments ?? []).map(commentOf), errors: (file.errors ?? []).map(asProblem) };
  } catch (error) {
    return { failure: asProblem(error) };
  }
}

function commentOf({ type, value, start = 0, end = 0 }: { type: string; value: string; start?: number; end?: number }): Comment {
  const kind = type === "CommentBlock" ? "block" : "line";
  // `<!--` is as old a mark as `//`.
  const to = kind === "block" ? end - 2 : end;
  return { start, end, from: to - value.length, to, kind };
}

function asProblem(error: unknown): SyntaxProblem {
  if (error instanceof RangeError) return { message: "nested too deeply" };
  const message = error instanceof Error ? error.message.replace(/\.? \(\d+:\d+\)$/, "") : String(error);
  const loc = typeof error === "object" && error !== null && "loc" in error ? error.loc : undefined;
  if (typeof loc === "object" && loc !== null && "line" in loc && "column" in loc && "index" in loc) {
    const { line, column, index } = loc;
    if (typeof line === "number" && typeof column === "number" && typeof index === "number") return { message, loc: { line, column, index } };
  }
  return { message };
}

/** What a parser threw, as a problem of the whole file. */
export function syntaxProblem(file: string, error: unknown, language: string): FileProblem {
  return problem(file, asProblem(error), "the file was not read", language);
}

function problem(file: string, error: SyntaxProblem | undefined, consequence: string, language = "JavaScript"): FileProblem {
  const reason = `${language} syntax: ${error?.message ?? "not readable"}; ${consequence}`;
  if (error?.loc === undefined) return { file, reason };
  const position = { offset: error.loc.index, line: error.loc.line, column: error.loc.column + 1 };
  return { file, range: { start: position, end: position }, reason };
}

/** The place of a node, in the model's terms. */
export function rangeOf(node: TSESTree.Node): Range {
  const [start, end] = node.range;
  return {
    start: { offset: start, line: node.loc.start.line, column: node.loc.start.column + 1 },
    end: { offset: end, line: node.loc.end.line, column: node.loc.end.column + 1 },
  };
}
