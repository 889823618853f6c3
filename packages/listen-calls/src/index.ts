export { normaliseBabel } from "./babel.ts";
export { lookUpExport, resolveExports } from "./exports.ts";
export { findListenCalls, mayListen, readModule } from "./find.ts";
export { nodeBacklog, NODE_DEFAULT_BACKLOG, type NodeBacklog } from "./node-backlog.ts";
export type { ScopeManager } from "./scopes.ts";
export type { CallForm, Exported, Imported, ListenCall, Literal, Receiver, ReceiverOf, Resolved } from "./types.ts";
