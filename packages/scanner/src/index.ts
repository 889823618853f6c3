export { openTree, type FileText, type Tree } from "./discover/tree.ts";
export { scan, type ScanOptions } from "./scan.ts";
