/**
 * What the analysis needs of a scope manager. Both @typescript-eslint/scope-manager and eslint-scope have this
 * shape, so that neither is a dependency.
 */
export interface ScopeManager {
  readonly scopes: readonly Scope[];
}

export interface Scope {
  readonly type: string;
  readonly upper: Scope | null;
  readonly set: ReadonlyMap<string, Variable>;
  readonly references: readonly Reference[];
}

export interface Reference {
  readonly identifier: object;
  readonly resolved: Variable | null | undefined;
  readonly from: Scope;
  isWrite(): boolean;
  readonly writeExpr?: object | null | undefined;
}

export interface Variable {
  readonly name: string;
  readonly defs: readonly Definition[];
}

export interface Definition {
  readonly type: string;
  readonly node: object;
  readonly name: object;
}
