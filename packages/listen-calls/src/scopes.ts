/**
 * What the analysis needs of a scope manager. Both @typescript-eslint/scope-manager and eslint-scope have this
 * shape, so that neither is a dependency.
 */
export interface ScopeManager {
  readonly scopes: readonly Scope[];
  /** The scope that a node opens, the innermost one with `inner`. */
  acquire(node: object, inner?: boolean): Scope | null;
}

export interface Scope {
  readonly type: string;
  readonly upper: Scope | null;
  readonly set: ReadonlyMap<string, Variable>;
  /** References that nothing in here resolves. */
  readonly through: readonly Reference[];
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
  readonly scope: Scope;
  readonly defs: readonly Definition[];
  readonly references: readonly Reference[];
}

export interface Definition {
  readonly type: string;
  readonly node: object;
  readonly name: object;
}
