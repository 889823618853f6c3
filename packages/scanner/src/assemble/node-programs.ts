import type { FileOrigin, Sourced } from "@audit-backlog/model";
import type { CommandLine, CommandWord } from "../facts.ts";
import { fileOrigin } from "../readers/data.ts";
import type { ExecMode } from "../readers/pm2-semantics.ts";
import type { Pm2App } from "../readers/pm2.ts";
import { directoriesAbove, directoriesOf, nodeCommand, scriptsNamed, type Environment } from "./node-commands.ts";
import { inside, join, sourcesOf, type ModuleResolver } from "./node-modules.ts";

/** One way in which a program is started. */
export interface Start {
  /** The file it runs. */
  readonly entry: string;
  /** 0: production, 1: a customary script to start it, 2: another script, 3: tests and builds. */
  readonly rank: number;
  readonly origin: FileOrigin;
  /** Who starts it, after "in": "Procfile web", "ecosystem.config.js". */
  readonly holder: string;
  readonly environment: Environment;
  /** Further environments that are in force by name only (`--env production`). */
  readonly environments: ReadonlyMap<string, Environment>;
  readonly pm2?: { readonly name: string | undefined; readonly instances: Sourced<number>; readonly execMode: Sourced<ExecMode>; readonly incremented: string | undefined };
  /** Name by which its network knows it. */
  readonly hostname?: string;
  /** The outermost command that leads to it; absent where PM2 is started by hand. */
  readonly command?: CommandLine;
}

/** A file that is run, and all the ways in which it is. */
export interface Program {
  readonly entry: string;
  /** PM2's name for it, where it runs the file under several. */
  readonly name?: string;
  /** Of the lowest rank only: what production does is not blurred by what `npm run dev` does. */
  readonly starts: readonly Start[];
}

/** Scripts that start scripts that start scripts: nobody writes more. */
const maxNesting = 5;

const none: Environment = new Map();

/** Every file of the repository that a command line or a PM2 configuration runs. */
export function programsOf(commands: readonly CommandLine[], apps: readonly Pm2App[], resolver: ModuleResolver): readonly Program[] {
  const finder = new StartFinder(commands, apps, resolver);
  const starts = [...commands.flatMap((command) => finder.ofCommand(command)), ...finder.ofUnnamedApps()];
  const byEntry = new Map<string, Start[]>();
  for (const start of starts) byEntry.set(start.entry, [...(byEntry.get(start.entry) ?? []), start]);
  return [...byEntry].flatMap(([entry, all]) => split(entry, all)).sort((a, b) => rankOf(a) - rankOf(b) || (a.entry < b.entry ? -1 : a.entry > b.entry ? 1 : 0));
}

export function rankOf(program: Program): number {
  return Math.min(...program.starts.map(({ rank }) => rank));
}

/** One program, or one for each PM2 application where several run the same file. */
function split(entry: string, all: readonly Start[]): readonly Program[] {
  const rank = Math.min(...all.map((start) => start.rank));
  const starts = all.filter((start) => start.rank === rank);
  const names = new Set(starts.flatMap(({ pm2 }) => (pm2?.name === undefined ? [] : [pm2.name])));
  if (names.size < 2) return [{ entry, starts }];
  return [...names].map((name) => ({ entry, name, starts: starts.filter(({ pm2 }) => pm2?.name === name) }));
}

interface Outer {
  readonly rank: number;
  readonly origin: FileOrigin;
  readonly holder: string;
  readonly environment: Environment;
  readonly hostname?: string;
  readonly command?: CommandLine;
}

class StartFinder {
  readonly #commands: readonly CommandLine[];
  readonly #apps: readonly Pm2App[];
  readonly #resolver: ModuleResolver;
  readonly #named = new Set<Pm2App>();

  constructor(commands: readonly CommandLine[], apps: readonly Pm2App[], resolver: ModuleResolver) {
    this.#commands = commands;
    this.#apps = apps;
    this.#resolver = resolver;
  }

  ofCommand(command: CommandLine): readonly Start[] {
    return this.#run(command, outerOf(command), 0);
  }

  /** Applications of configurations that no command line names; PM2 is then started by hand. */
  ofUnnamedApps(): readonly Start[] {
    return this.#apps.filter((app) => !this.#named.has(app)).flatMap((app) => this.#ofApp(app, undefined, undefined));
  }

  #run(command: CommandLine, outer: Outer, depth: number): readonly Start[] {
    const found = depth > maxNesting ? undefined : nodeCommand(command);
    if (found === undefined) return [];
    const directories = directoriesOf(command);
    if (found.kind === "file") {
      const entry = this.#entry(directories, found.word);
      return entry === undefined ? [] : [{ entry, ...outer, environments: new Map() }];
    }
    if (found.kind === "script") {
      return scriptsNamed(this.#commands, directories, found.name).flatMap((script) => (script === command ? [] : this.#run(script, within(outer, script), depth + 1)));
    }
    const { start } = found;
    if (start.isConfig) {
      const file = directories.map((directory) => join(directory, start.target)).find((path) => this.#apps.some((app) => app.file === path));
      const apps = this.#apps.filter((app) => app.file === file && (start.only === undefined || start.only.includes(textIn(app.name) ?? "")));
      for (const app of this.#apps) if (app.file === file) this.#named.add(app);
      return apps.flatMap((app) => this.#ofApp(app, outer, start.environment));
    }
    const bases = start.cwd === undefined ? directories : [...directories.map((directory) => join(directory, start.cwd ?? "")).filter((path) => path !== undefined), ...directories];
    const pm2 = { name: start.name, instances: start.instances, execMode: start.execMode, incremented: undefined };
    const entry = this.#entry(bases, start.target);
    if (entry !== undefined) return [{ entry, ...outer, environments: new Map(), pm2 }];
    const words = [...start.target.split(/\s+/), ...start.args].map((word) => plainWord(word, command.range));
    return this.#run({ ...command, words }, outer, depth + 1).map((inner) => ({ ...inner, pm2: { ...pm2, execMode: wrapped(pm2.execMode) } }));
  }

  #ofApp(app: Pm2App, outer: Outer | undefined, environmentName: string | undefined): readonly Start[] {
    const script = textIn(app.script);
    if (script === undefined) return [];
    const cwd = textIn(app.cwd);
    const own = directoriesAbove(app.file);
    const [first = ""] = own;
    const written = cwd === undefined ? undefined : placed(first, cwd);
    const directories = written === undefined ? own : [written, ...own];
    const origin = fileOrigin(app.file, app.range);
    const named = environmentName === undefined ? undefined : app.environments.get(environmentName);
    const start = {
      rank: 0,
      origin,
      holder: app.file,
      environment: new Map([...(outer?.environment ?? none), ...app.environment, ...(named ?? none)]),
      environments: environmentName === undefined ? app.environments : new Map<string, Environment>(),
      ...(outer?.hostname === undefined ? {} : { hostname: outer.hostname }),
      ...(outer?.command === undefined ? {} : { command: outer.command }),
    };
    const pm2 = { name: textIn(app.name), instances: app.instances, execMode: app.execMode, incremented: app.incremented };
    const entry = this.#entry(directories, script);
    if (entry !== undefined) return [{ ...start, entry, pm2 }];
    const words = [...script.split(/\s+/), ...app.args].map((word) => plainWord(word, app.range));
    const command: CommandLine = { file: app.file, range: app.range, holder: { kind: "shell", name: "" }, words, environment: app.environment, directory: directories[0] };
    return this.#run(command, start, 1).map((inner) => ({ ...inner, environments: start.environments, pm2: { ...pm2, execMode: wrapped(pm2.execMode) } }));
  }

  #entry(directories: readonly string[], word: string): string | undefined {
    for (const directory of directories) {
      for (const path of candidates(directory, word)) {
        const found = this.#resolver.file(path) ?? sourcesOf(path).map((source) => this.#resolver.file(source)).find((source) => source !== undefined);
        if (found !== undefined && isProgram(found)) return found;
      }
    }
    return undefined;
  }
}

/** JavaScript by its name, or a script without one (`bin/www`). */
function isProgram(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return /\.[cm]?[jt]sx?$/.test(name) || !name.includes(".");
}

/** A path as it may lie in the repository: of an absolute one, every end, for nobody says where an image keeps its files. */
function candidates(directory: string, word: string): readonly string[] {
  const own = placed(directory, word);
  if (own !== undefined) return [own];
  if (!word.startsWith("/")) return [];
  const parts = word.split("/").filter((part) => part !== "" && part !== "..");
  return parts.slice(0, 12).map((_, index) => inside(directory, parts.slice(index).join("/")));
}

/** A relative path from a directory, `__dirname` included; undefined for absolute ones and those that lead out. */
function placed(directory: string, path: string): string | undefined {
  if (path.startsWith("\0dirname")) return join(directory, path.slice("\0dirname".length).replace(/^\/+/, "") || ".");
  return path.startsWith("/") ? undefined : join(directory, path);
}

function textIn(sourced: Sourced<string> | undefined): string | undefined {
  return sourced?.value.kind === "exact" || sourced?.value.kind === "assumed" ? sourced.value.value : undefined;
}

function plainWord(word: string, range: CommandWord["range"]): CommandWord {
  return { value: { kind: "exact", value: word }, text: word, range };
}

/** A program that starts another one: PM2's cluster holds the first, and what the second does is its own. */
function wrapped(mode: Sourced<ExecMode>): Sourced<ExecMode> {
  return mode.value.kind === "exact" && mode.value.value === "cluster" ? { ...mode, value: { kind: "dynamic" } } : mode;
}

function outerOf(command: CommandLine): Outer {
  const { holder, file, range, environment } = command;
  const name = file.slice(file.lastIndexOf("/") + 1);
  const spoken = holder.kind === "package-script" ? `npm script ${holder.name}` : holder.name === "" || holder.name === name ? file : `${file} ${holder.name}`;
  return { rank: holderRank(command), origin: fileOrigin(file, range), holder: spoken, environment, command, ...(holder.kind === "compose" ? { hostname: holder.name } : {}) };
}

/** A script started by another command: its environment comes on top. */
function within(outer: Outer, script: CommandLine): Outer {
  return { ...outer, environment: new Map([...outer.environment, ...script.environment]) };
}

function holderRank({ holder, file }: CommandLine): number {
  const { kind, name } = holder;
  if (/(?:^|\/)(?:tests?|e2e|benchmarks?)\//.test(file)) return 3;
  if (kind === "shell") return 1;
  if (kind !== "package-script") return 0;
  if (/^(?:start|serve|server|prod|production|run|start[:-](?:prod|production|server|api|app))$/.test(name)) return 1;
  return /test|lint|build|bench|e2e|coverage|check|format|watch/.test(name) ? 3 : 2;
}
