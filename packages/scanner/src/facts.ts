import type { Binding } from "./readers/commands/shell-scope.ts";
import type { Address, FileProblem, Origin, Range, Sourced, Starter, Surroundings, Value } from "@audit-backlog/model";

/** What every reader returns beside its own facts: places it could not read, each named. */
export interface ReaderResult {
  readonly problems: readonly FileProblem[];
}

/** One word of a command line, after quotes are removed. `dynamic` or `assumed` where it holds expansions. */
export interface CommandWord {
  readonly value: Value<string>;
  readonly text: string;
  /** The place that a user edits to change it: for a word that is nothing but a variable set in the same file, the variable's content. */
  readonly range: Range;
  /** Where the command names that variable; absent for words that stand on the command line themselves. */
  readonly via?: readonly Origin[];
  /** The file that it stands in, where that is not the command's: an entrypoint of another file. */
  readonly file?: string;
}

/** One simple command that a file starts, whatever kind of file it is. */
export interface CommandLine {
  readonly file: string;
  readonly range: Range;
  /** What holds it; `name` tells siblings apart: the Procfile process, compose service, systemd unit, script name. */
  readonly holder: Pick<Starter, "kind" | "name">;
  /** The program and its arguments. Wrappers (`exec`, `env`, `poetry run`, `dumb-init`) are still there: see `programAt`. */
  readonly words: readonly CommandWord[];
  /** Environment that this file sets for the command: `X=1 cmd`, compose `environment`, Dockerfile ENV, systemd Environment=. */
  readonly environment: ReadonlyMap<string, Sourced<string>>;
  /** Directory it starts in, relative to the audited root, `""` for the root; undefined when not known (a path inside an image). */
  readonly directory: string | undefined;
  /** Listening sockets that whoever starts it hands it, by descriptor: supervisord's `[fcgi-program]` gives one as 0. */
  readonly handed?: readonly HandedSocket[];
  /** Ids of the surroundings that it runs in, where its holder alone does not tell: one compose file in several projects. */
  readonly places?: readonly string[];
}

export interface HandedSocket {
  readonly descriptor: number;
  readonly address: Sourced<Address>;
  /** What it listens with already; absent where that is not said. */
  readonly backlog?: Sourced<number>;
}

export interface CommandFacts extends ReaderResult {
  readonly commands: readonly CommandLine[];
}

/** A container or unit, and what ties the repository's other files to it. */
export interface Place {
  readonly surroundings: Surroundings;
  /** The holder of the commands that its own file gives it; their `file` is that of `surroundings.origin`. */
  readonly holder: Pick<Starter, "kind" | "name">;
  /** Its own file says what starts (compose `command`/`entrypoint`, Kubernetes `command`): the image's command is not used, or only in part. */
  readonly startsOwnCommand: boolean;
  /** The image's entrypoint runs all the same, with the command of its own file as arguments. */
  readonly keepsEntrypoint?: boolean;
  /** Names by which others on its networks reach it. */
  readonly hostnames: readonly string[];
  /** Networks that it is part of: who shares none can't reach it by name. Names are unique in the deployment. */
  readonly networks: readonly string[];
  readonly image?: Sourced<string>;
  /** What its own file sets for whatever starts in it. */
  readonly environment?: ReadonlyMap<string, Sourced<string>>;
  /** Where the image is built from: `dockerfile` relative to the audited root; undefined where it is not in the tree. `given`: build arguments. */
  readonly build?: { readonly context: string | undefined; readonly dockerfile: string | undefined; readonly target?: string; readonly given?: ReadonlyMap<string, Binding> };
  /** Files and directories of the tree (or texts inside a file of the tree, see `EmbeddedText`) that it sees at another path. */
  readonly mounts: readonly { readonly from: string; readonly to: string }[];
  /** Ports that others use and the container's own: compose `8080:80`, a Service's `port` and `targetPort`. */
  readonly ports: readonly { readonly published: number; readonly target: number; readonly hostname?: string }[];
}

export interface PlaceFacts extends ReaderResult {
  readonly places: readonly Place[];
  readonly embedded: readonly EmbeddedText[];
}

/** A configuration inside another file: a ConfigMap's nginx.conf, compose `configs.content`. */
export interface EmbeddedText {
  /** `<file>#<name>`: what mounts name. Every `#…` is cut from the places that a report shows. */
  readonly path: string;
  /** As long as the file it stands in: all but the configuration is blank, so every position is true. */
  readonly text: string;
}

/** What a gunicorn configuration file can hold. A plain number is an int; gunicorn refuses floats where it wants ints. */
export type PythonValue = number | string | boolean | null | { readonly float: number } | readonly PythonValue[];

export interface PythonSettings extends ReaderResult {
  readonly file: string;
  /** Module-level names and what they hold at the end of the file. */
  readonly settings: ReadonlyMap<string, Sourced<PythonValue>>;
  /** Names that one of several branches leaves unset, with the words for when: their settings keep what stood before. */
  readonly unsetWhen: ReadonlyMap<string, string>;
  /** Why names may hold something else all the same (`exec`, `locals()[k] = v`, star import); absent when they can't. */
  readonly open?: string;
}

/** Gives assembly the text of another file of the repository; undefined when there is none or it may not be read. */
export type Lookup = (path: string) => string | undefined;
