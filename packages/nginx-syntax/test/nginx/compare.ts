import { createLocator, walk, type NginxTree } from "../../src/index.ts";
import type { Verdict } from "./oracle.ts";

/** Says in what our reading of a file and nginx's verdict differ; undefined where they agree. */
export function disagreement(tree: NginxTree, verdict: Verdict): string | undefined {
  const locate = createLocator(tree.text);
  const [problem] = tree.problems;
  const ours = problem === undefined ? "accepted" : `line ${locate(problem.start).line}: ${problem.message}`;
  const line = problem === undefined ? Infinity : locate(problem.start).line;

  // With a byte order mark nginx refuses the first directive, or a word that the mark made.
  if (tree.text.startsWith("\uFEFF")) return verdict.kind === "accepted" ? "nginx takes a byte order mark" : undefined;
  if (verdict.kind === "accepted") return problem === undefined ? undefined : `nginx accepts; we: ${ours}`;

  const theirs = `line ${verdict.line}: ${verdict.message}`;
  const differ = `nginx: ${theirs}; we: ${ours}`;
  if (verdict.kind === "lexical") {
    // Blocks that are lists (`types`, `map`) refuse a block inside with the tokenizer's words.
    if (verdict.message === 'unexpected "{"' && line >= verdict.line && opensBlockInList(tree, verdict.line, locate)) return undefined;
    return line === verdict.line && problem !== undefined && comparable(problem.message) === comparable(verdict.message) ? undefined : differ;
  }
  if (line < verdict.line) return differ;
  return agreeOnName(tree, verdict, locate) ? undefined : differ;
}

/** nginx prints single bytes and cuts characters in two. */
function comparable(message: string): string {
  return message.replace(/^unexpected "[^\x00-\x7f]+"$/, 'unexpected "?"').replace(/"[^]*\.\.\." started$/, '"…" started');
}

const lists = new Set(["types", "map", "geo", "split_clients"]);

function opensBlockInList(tree: NginxTree, line: number, locate: ReturnType<typeof createLocator>): boolean {
  for (const { directive, parent } of walk(tree)) {
    if (directive.block === undefined || parent === undefined || !lists.has(parent.directive.name.value)) continue;
    if (locate(directive.block.start - 1).line === line) return true;
  }
  return false;
}

/** nginx cuts long messages. */
const comparedLength = 500;

/** nginx names the directive it refuses, and its line is that of the `;` or `{`. */
function agreeOnName(tree: NginxTree, verdict: { message: string; line: number }, locate: ReturnType<typeof createLocator>): boolean {
  const name = /^unknown directive "([^]*)"$/.exec(verdict.message)?.[1]?.slice(0, comparedLength);
  if (name === undefined) return true;
  for (const { directive } of walk(tree)) {
    const end = directive.block === undefined ? directive.end : directive.block.start;
    if (locate(end - 1).line === verdict.line && directive.name.value.slice(0, comparedLength) === name) return true;
  }
  return false;
}
