import type { FileOrigin, Origin } from "@audit-backlog/model";
import { type Binding, dynamicValue, type Possible } from "./values.ts";

/** What one branch binds, over what held before it. */
export class Scope {
  readonly own = new Map<string, Binding>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  get(name: string): Binding | undefined {
    return this.own.get(name) ?? this.#outer?.get(name);
  }

  set(name: string, binding: Binding): void {
    this.own.set(name, binding);
  }
}

/** Names that hold one and the same list: changing it through one changes all. */
export class Aliases {
  readonly #names = new WeakMap<Possible, Set<string>>();

  note(name: string, value: Possible): void {
    if (!holdsList(value)) return;
    const names = this.#names.get(value);
    if (names === undefined) this.#names.set(value, new Set([name]));
    else names.add(name);
  }

  /** The list behind `name` is changed in a way that we don't follow. */
  forget(name: string, scope: Scope): void {
    const binding = scope.get(name);
    if (binding === undefined) return;
    for (const alias of [name, ...(this.#names.get(binding.value) ?? [])]) {
      const bound = scope.get(alias);
      if (bound?.value === binding.value) scope.set(alias, { ...bound, value: dynamicValue });
    }
  }
}

export function holdsList(value: Possible): boolean {
  return value.some(({ known }) => (known.kind === "exact" || known.kind === "assumed") && known.value.type === "list");
}

/** Beyond this, the way that a value came adds nothing. */
const maxVia = 8;

/** The places that values were read from while one expression is evaluated. */
export class Trace {
  readonly origins: Origin[] = [];

  add(...origins: readonly Origin[]): void {
    for (const origin of origins) {
      if (this.origins.length < maxVia && !this.origins.some((other) => samePlace(other, origin))) this.origins.push(origin);
    }
  }
}

function samePlace(a: Origin, b: Origin): boolean {
  return a === b || (a.kind === "file" && b.kind === "file" && sameFilePlace(a, b));
}

function sameFilePlace(a: FileOrigin, b: FileOrigin): boolean {
  return a.file === b.file && a.range.start.offset === b.range.start.offset && a.range.end.offset === b.range.end.offset;
}
