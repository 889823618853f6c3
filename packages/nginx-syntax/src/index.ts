export { createLocator, type Position } from "./locator.ts";
export { parse } from "./parse.ts";
export type { Block, Directive, NginxTree, SyntaxProblem, Token, Word } from "./tree.ts";
export { walk, type Visit } from "./walk.ts";
