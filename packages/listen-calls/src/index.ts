export { normaliseBabel } from "./babel.ts";
export { resolveExports } from "./exports.ts";
export { mayListen, mayPassBacklog } from "./candidates.ts";
export { findBacklogCalls, findListenCalls, readModule } from "./find.ts";
export { lookUpExport } from "./look-up.ts";
export { isLibrary } from "./modules.ts";
export { nodeBacklog, NODE_DEFAULT_BACKLOG, readingOf, writtenAs, type NodeBacklog } from "./node-backlog.ts";
export type { ScopeManager } from "./scopes.ts";
export type { CallForm, Exported, Imported, ListenCall, Literal, PackageOf, Receiver, ReceiverOf, Resolved, Step } from "./types.ts";
