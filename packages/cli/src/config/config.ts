import type { Severity } from "@audit-backlog/audit";
import type { Assumptions, FileOrigin } from "@audit-backlog/model";

/** A setting with the place that states it. */
export interface Stated<T> {
  readonly value: T;
  readonly origin: FileOrigin;
}

/** What a configuration file says. Lists keep the order of the file. */
export interface Config {
  readonly file: string;
  readonly minimum?: Stated<number>;
  readonly burst?: Stated<number>;
  readonly services: readonly ServiceNumbers[];
  /** By environment: its name and the globs of its paths. */
  readonly environments: ReadonlyMap<string, readonly Stated<string>[]>;
  /** Where absolute paths lie in the tree. */
  readonly roots: ReadonlyMap<string, Stated<string>>;
  /** Globs of paths that are left out of the scan. */
  readonly ignore: readonly Stated<string>[];
  readonly ignores: readonly IgnoredFinding[];
  readonly severity: ReadonlyMap<string, Stated<Severity | "off">>;
}

/** Numbers of the services that `match` fits: a name, or a glob of the files that declare them. */
export interface ServiceNumbers {
  readonly match: Stated<string>;
  readonly numbers: Readonly<Partial<Record<keyof Assumptions | "somaxconn", Stated<number>>>>;
}

/** Findings of one rule in some files that nobody wants to hear of. */
export interface IgnoredFinding {
  readonly rule: Stated<string>;
  readonly path: Stated<string>;
  readonly reason: string;
  /** YYYY-MM-DD: the last day on which it holds. */
  readonly until?: Stated<string>;
}
