export { openTree, type FileText, type Tree } from "./discover/tree.ts";
export { treeOf, type Files } from "./discover/virtual.ts";
export { scan, type ScanOptions } from "./scan.ts";
export { commentsOf, commentSyntaxOf, type CommentSyntax } from "./comments/index.ts";
export type { Comment } from "./comments/comment.ts";
export { pathMatches } from "./discover/glob.ts";
export { shallowEnough } from "./readers/commands/yaml-depth.ts";
export { backlogArguments } from "./readers/javascript-arguments.ts";
export { changesIn, ChangesError, workTreeOf, type Change, type Changes } from "./discover/changes.ts";
