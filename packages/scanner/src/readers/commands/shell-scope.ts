import type { FileOrigin, Sourced } from "@audit-backlog/model";
import type { CommandWord } from "../../facts.ts";
import { dynamicPiece, joinPieces, oneOf, type Piece } from "./pieces.ts";
import { MappedText, type SourceText } from "./text.ts";

/** A command word with what a shell inside it (`sh -c word`) would get to read. */
export interface ReadWord extends CommandWord {
  readonly template: MappedText;
}

/** What a variable holds. */
export interface Binding {
  readonly pieces: readonly Piece[];
  /** The elements of an array. */
  readonly array?: readonly ReadWord[];
  readonly exported: boolean;
  readonly origin: FileOrigin;
  readonly text: string;
}

/** Variables that started programs get to see. */
export type Environment = ReadonlyMap<string, Binding>;

/** More text in one variable than this is taken as unknown: `X=$X$X` doubles. */
const maxBindingLength = 16_384;
const maxBindingPieces = 64;
/** More exported variables than this are not passed on; the walk reports it. */
export const maxExported = 200;

/** State that all scopes of one script share. */
export interface ScopeShared {
  /** Grows when something outside may have set variables (`source`, `eval`): what was bound before is then only assumed. */
  epoch: number;
  /** Grows with every change of what is exported, so that environments can be kept. */
  version: number;
  readonly exported: Set<string>;
  /** Entries of an earlier epoch are unknown now, and so is what no entry binds. */
  forgotten: number;
  /** `set -a`: every assignment exports. */
  allExport: boolean;
}

interface Entry {
  readonly binding: Binding;
  readonly epoch: number;
}

/** The variables at one place of a script. A branch gets a child, whose changes are merged back or dropped. */
export class Scope {
  readonly shared: ScopeShared;
  readonly #parent: Scope | undefined;
  readonly #own = new Map<string, Entry>();
  /** File offset of the first call of the function whose body this is: what the script sets behind it came too late, perhaps. */
  readonly #calledAt: number | undefined;
  #environment: { readonly version: number; readonly map: Environment } | undefined;
  /** Relative to the audited root; undefined when not known. */
  directory: string | undefined;

  private constructor(parent: Scope | undefined, shared: ScopeShared, directory: string | undefined, calledAt?: number) {
    this.#parent = parent;
    this.shared = shared;
    this.#calledAt = calledAt;
    this.directory = directory;
  }

  static root(environment: Environment, directory: string | undefined): Scope {
    const scope = new Scope(undefined, { epoch: 0, version: 0, exported: new Set(), forgotten: 0, allExport: false }, directory);
    for (const [name, binding] of environment) scope.set(name, binding);
    return scope;
  }

  child(): Scope {
    return new Scope(this, this.shared, this.directory);
  }

  /** The scope of a function's body. */
  functionBody(calledAt: number | undefined, directory: string | undefined): Scope {
    return new Scope(this, this.shared, directory, calledAt ?? Infinity);
  }

  get(name: string): Binding | undefined {
    return Scope.#find(this, name, this.shared);
  }

  static #find(from: Scope, name: string, shared: ScopeShared): Binding | undefined {
    let calledAt = Infinity;
    for (let scope: Scope | undefined = from; scope !== undefined; scope = scope.#parent) {
      const entry = scope.#own.get(name);
      if (entry !== undefined) return seen(entry, name, calledAt, shared);
      calledAt = scope.#calledAt ?? calledAt;
    }
    return shared.forgotten > 0 ? unknownName : undefined;
  }

  /** Names that hold something else here than at the script's outermost level. */
  deviations(): Set<string> {
    return Scope.#deviations(this);
  }

  static #deviations(from: Scope): Set<string> {
    const names = new Set<string>();
    for (let scope = from; scope.#parent !== undefined; scope = scope.#parent) for (const name of scope.#own.keys()) names.add(name);
    return names;
  }

  /** Something outside may have set any variable. */
  weaken(): void {
    this.shared.epoch += 1;
    this.shared.version += 1;
  }

  /** Makes all variables unknown. */
  forget(): void {
    this.shared.epoch += 1;
    this.shared.forgotten = this.shared.epoch;
    this.shared.version += 1;
  }

  /** Makes one name unknown; an unbound one stays what the outside says, but only where nothing in the script sets it. */
  forgetName(name: string): void {
    const old = this.get(name);
    this.set(name, old === undefined ? unknownName : unknownBinding(old));
  }

  set(name: string, binding: Binding): void {
    const length = binding.pieces.reduce((sum, piece) => sum + piece.mapped.text.length, 0);
    const tooLong = length > maxBindingLength || binding.pieces.length > maxBindingPieces;
    const bounded = tooLong ? unknownBinding(binding) : binding;
    const kept = this.shared.allExport && !bounded.exported ? { ...bounded, exported: true } : bounded;
    if (kept.exported && this.shared.exported.size < maxExported) this.shared.exported.add(name);
    this.#own.set(name, { binding: kept, epoch: this.shared.epoch });
    if (this.shared.exported.has(name)) this.shared.version += 1;
  }

  /**
   * After branches of which one ran. `branches` must cover every case; an untouched child stands for "none of them".
   */
  merge(branches: readonly { readonly scope: Scope; readonly when: string }[], place: MappedText): void {
    const names = new Set(branches.flatMap(({ scope }) => [...scope.#own.keys()]));
    for (const name of names) {
      const bindings = branches.map(({ scope }) => scope.get(name));
      const last = bindings.findLast((binding) => binding !== undefined && binding !== unknownName) ?? bindings.find((binding) => binding !== undefined);
      if (last === undefined) continue;
      const value = oneOf(
        branches.map(({ when }, i) => ({ value: joinPieces(bindings[i]?.pieces ?? [dynamicPiece(place, name)]), when })),
      );
      const same = bindings.every((binding) => binding === last);
      const exported = bindings.some((binding) => binding?.exported === true);
      const mapped = last.pieces[0]?.mapped.slice(0, 0) ?? place;
      this.set(name, same ? last : { pieces: [{ value, mapped }], exported, origin: last.origin, text: last.text });
    }
    const directories = new Set(branches.map(({ scope }) => scope.directory));
    this.directory = directories.size === 1 ? branches[0]?.scope.directory : undefined;
  }

  /** The variables that a program started here inherits. Kept until something changes. */
  environment(): Environment {
    if (this.#environment?.version === this.shared.version) return this.#environment.map;
    const map = new Map<string, Binding>();
    for (const name of this.shared.exported) {
      const binding = this.get(name);
      if (binding?.exported === true && hasPlace(binding)) map.set(name, binding);
    }
    this.#environment = { version: this.shared.version, map };
    return map;
  }
}

function seen({ binding, epoch }: Entry, name: string, calledAt: number, shared: ScopeShared): Binding {
  if (epoch < shared.forgotten || binding.origin.range.start.offset > calledAt) return unknownBinding(binding);
  if (epoch >= shared.epoch) return binding;
  return { ...binding, pieces: binding.pieces.map((piece) => assumedPiece(piece, name)) };
}

function unknownBinding(binding: Binding): Binding {
  const { exported, origin, text } = binding;
  const place = binding.pieces[0]?.mapped;
  return { exported, origin, text, pieces: [dynamicPiece(place?.slice(0, 0) ?? nothing)] };
}

/** False for a name of which only a builtin's or a function's text says that something sets it. */
export function hasPlace({ origin }: Binding): boolean {
  return origin.file !== "";
}

const nothing = new MappedText("", [], 0);
const start = { offset: 0, line: 1, column: 1 };
const unknownName: Binding = {
  pieces: [dynamicPiece(nothing)],
  exported: false,
  origin: { kind: "file", file: "", range: { start, end: start } },
  text: "",
};

/** The same, but something outside may say otherwise. */
export function assumedPiece(piece: Piece, variable: string): Piece {
  return piece.value.kind === "exact" ? { ...piece, value: { kind: "assumed", value: piece.value.value, variable } } : piece;
}

export function sourcedEnvironment(environment: Environment): ReadonlyMap<string, Sourced<string>> {
  const known = sourcedMaps.get(environment);
  if (known !== undefined) return known;
  const map = new Map<string, Sourced<string>>();
  for (const [name, { pieces, origin, text }] of environment) map.set(name, { value: joinPieces(pieces), origin, text });
  sourcedMaps.set(environment, map);
  return map;
}

/** Commands of one script mostly share one environment. */
const sourcedMaps = new WeakMap<Environment, ReadonlyMap<string, Sourced<string>>>();

/** `pieces` stand at `start` to `end` of the file. */
export function bindingAt(source: SourceText, pieces: readonly Piece[], start: number, end: number, exported: boolean): Binding {
  return { pieces, exported, origin: source.origin(start, end), text: source.text.slice(start, Math.max(start, end)) };
}
