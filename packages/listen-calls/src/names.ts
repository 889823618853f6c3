import type { Reference, Scope, ScopeManager, Variable } from "./scopes.ts";
import type { Node } from "./tree.ts";

/** What the names of a module mean. Scope analysis has found it out; this only looks it up, name by name as they are asked for. */
export interface Names {
  /** What a name refers to; undefined for globals and names nobody declared. */
  variableOf(identifier: Node): Variable | undefined;
  referencesTo(variable: Variable): readonly Reference[];
  /** The references that give the variable a value, those of outer scopes first. */
  writesTo(variable: Variable): readonly Reference[];
}

/** Further up, or through more scopes, nothing is looked for: bounds the work for code that nobody writes. */
const MAX_STEPS = 1000;
const MAX_SCOPES = 100;
const NONE: readonly never[] = [];

export function namesIn(scopes: ScopeManager, parentOf: (node: Node) => Node | undefined): Names {
  const known = new Map<object, Variable>();
  const looked = new Map<Variable, readonly Reference[]>();

  /** Notes every place that a variable is named at, once. */
  function look(variable: Variable): readonly Reference[] {
    let references = looked.get(variable);
    if (references === undefined) {
      references = all(variable).filter((reference) => !isHidden(reference, variable));
      looked.set(variable, references);
      for (const { identifier } of references) known.set(identifier, variable);
    }
    return references;
  }

  function all(variable: Variable): readonly Reference[] {
    return variable.scope.type === "global" ? [...variable.references, ...(unresolved().get(variable.name) ?? NONE)] : variable.references;
  }

  let byName: Map<string, Reference[]> | undefined;
  /** Scope analysis leaves `var` and functions of a script's top level to run time; the name says which they are. */
  function unresolved(): ReadonlyMap<string, readonly Reference[]> {
    if (byName === undefined) {
      byName = new Map();
      for (const reference of scopes.scopes[0]?.through ?? NONE) {
        const name = nameOf(reference.identifier);
        if (name === undefined || reference.resolved) continue;
        const list = byName.get(name);
        if (list === undefined) byName.set(name, [reference]);
        else list.push(reference);
      }
    }
    return byName;
  }

  function scopeAround(identifier: Node): Scope | undefined {
    let steps = MAX_STEPS;
    for (let node: Node | undefined = identifier; node !== undefined && steps > 0; node = parentOf(node), steps--) {
      const scope = scopes.acquire(node, true);
      if (scope) return scope;
    }
    return undefined;
  }

  return {
    variableOf(identifier) {
      const found = known.get(identifier);
      const name = found === undefined ? nameOf(identifier) : undefined;
      if (name === undefined) return found;
      let byNameOnly: Variable | undefined;
      let isInWith = false;
      let bounded = MAX_SCOPES;
      for (let scope = scopeAround(identifier) ?? null; scope !== null && bounded > 0; scope = scope.upper, bounded--) {
        isInWith ||= scope.type === "with";
        const variable = scope.set.get(name);
        // Globals that a linter knows by configuration have no definition.
        if (variable === undefined || variable.defs.length === 0) continue;
        look(variable);
        if (known.get(identifier) === variable || variable.defs.some((definition) => definition.name === identifier)) return variable;
        if (!isInWith) byNameOnly ??= variable;
      }
      return byNameOnly;
    },
    referencesTo: look,
    writesTo(variable) {
      const writes = look(variable).filter((reference) => reference.isWrite());
      return new Set(writes.map(({ from }) => from)).size < 2 ? writes : inOrder(writes, scopes);
    },
  };
}

function nameOf(identifier: object): string | undefined {
  return "name" in identifier && typeof identifier.name === "string" ? identifier.name : undefined;
}

/** Inside `with`, scope analysis resolves names all the same. */
function isHidden(reference: Reference, variable: Variable): boolean {
  let bounded = MAX_SCOPES;
  for (let scope: Scope | null = reference.from; scope !== null && scope !== variable.scope && bounded > 0; scope = scope.upper, bounded--) {
    if (scope.type === "with") return true;
  }
  return false;
}

function inOrder(references: readonly Reference[], { scopes }: ScopeManager): readonly Reference[] {
  const order = new Map(scopes.map((scope, at) => [scope, at]));
  return [...references].sort((a, b) => (order.get(a.from) ?? 0) - (order.get(b.from) ?? 0));
}
