export type * from "./provenance.ts";
export type * from "./deployment.ts";
export type * from "./limit-types.ts";
