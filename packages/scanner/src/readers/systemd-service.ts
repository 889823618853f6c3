import type { FileProblem, Origin, Sourced } from "@audit-backlog/model";
import type { CommandLine } from "../facts.ts";
import { tokenWords } from "./commands/annotated.ts";
import { Collector } from "./commands/collector.ts";
import { exactPiece } from "./commands/pieces.ts";
import { assumedPiece, bindingAt, type Binding, type Environment } from "./commands/shell-scope.ts";
import { startedWords } from "./commands/systemd-start.ts";
import { settings } from "./commands/systemd-settings.ts";
import { specifiers, systemdWords } from "./commands/systemd-words.ts";
import { MapBuilder, maskTemplates, SourceText, templateMark, type MappedText } from "./commands/text.ts";
import { readSystemdEnvFile } from "./systemd-env-file.ts";
import type { LayeredUnit, UnitFile } from "./systemd-unit-files.ts";

const maxLength = 1_000_000;
const maxEnvironmentFiles = 50;

/** What a service unit and its drop-ins say together. */
export interface SystemdService {
  readonly commands: readonly CommandLine[];
  readonly problems: readonly FileProblem[];
  /** Whether any of its files has a `[Service]` section with a setting in it. */
  readonly isService: boolean;
  /** Soft limit of open files; absent where nothing sets it. */
  readonly nofile?: Sourced<number>;
  /** CPUs' worth of time a second; absent where nothing bounds it. */
  readonly cpus?: Sourced<number>;
  readonly network: Sourced<"own" | "host">;
  /** Files of the tree that its variables come from. */
  readonly environmentFiles: readonly string[];
}

/** The file of the tree that an absolute path means on the machine; undefined where that is not known. */
export type MachineFile = (path: string) => { readonly path: string; readonly text: string } | undefined;

const hostNetwork: Sourced<"host"> = { value: { kind: "assumed", value: "host" }, origin: { kind: "default", of: "systemd", source: "systemd.exec(5), PrivateNetwork=" } };

/** Reads a unit's settings in order: later ones replace earlier ones or add to them, and an empty one empties a list. systemd.service(5), systemd.exec(5). */
export function readSystemdService({ name, files }: LayeredUnit, places: readonly string[], machineFile: MachineFile): SystemdService {
  const unit = new Service(machineFile);
  for (const file of files) unit.read(file);
  return unit.facts(name.replace(/\.service$/, ""), places);
}

interface Start {
  readonly value: MappedText;
  readonly layer: Layer;
}

interface Layer {
  readonly source: SourceText;
  readonly collector: Collector;
}

class Service {
  readonly #machineFile: MachineFile;
  readonly #layers: Layer[] = [];
  #starts: Start[] = [];
  #environment = new Map<string, Binding>();
  #environmentFiles: string[] = [];
  readonly #found = new Set<string>();
  #nofile: Sourced<number> | undefined;
  #cpus: Sourced<number> | undefined;
  #privateNetwork: Sourced<boolean> | undefined;
  #namespacePath: Sourced<string> | undefined;
  #isService = false;

  constructor(machineFile: MachineFile) {
    this.#machineFile = machineFile;
  }

  read({ path, text, defaults }: UnitFile): void {
    const source = new SourceText(path, text, defaults);
    const layer = { source, collector: new Collector(source) };
    this.#layers.push(layer);
    if (text.length > maxLength) {
      layer.collector.problem(0, 0, `a unit of more than ${maxLength} characters, not read`);
      return;
    }
    for (const { section, name, value } of settings(maskTemplates(text, path))) {
      if (section !== "Service") continue;
      this.#isService = true;
      this.#apply(name, value, layer);
    }
  }

  facts(name: string, places: readonly string[]): SystemdService {
    const commands = this.#commands(name).map((command) => (places.length === 0 ? command : { ...command, places }));
    const network = this.#network();
    return {
      commands,
      problems: this.#layers.flatMap(({ collector }) => collector.facts().problems),
      isService: this.#isService,
      network,
      environmentFiles: [...this.#found],
      ...(this.#nofile === undefined ? {} : { nofile: this.#nofile }),
      ...(this.#cpus === undefined ? {} : { cpus: this.#cpus }),
    };
  }

  #commands(name: string): readonly CommandLine[] {
    const environment = this.#variables();
    for (const { value, layer } of this.#starts) {
      const { source, collector } = layer;
      const [start, end] = [value.start(0), value.end(value.text.length)];
      const local = localised(environment, source, start);
      for (const words of startedWords(value, source, collector, local)) {
        if (words.length > 0 && !collector.add({ words, start, end, environment: local, directory: undefined }, { holder: { kind: "systemd", name } })) break;
      }
    }
    return this.#layers.flatMap(({ collector }) => collector.facts().commands);
  }

  /** Variables of files override those of Environment=. systemd.exec(5), EnvironmentFile=. */
  #variables(): Environment {
    if (this.#environmentFiles.length === 0) return this.#environment;
    const all = new Map<string, Binding>([...this.#environment].map(([name, binding]) => [name, { ...binding, pieces: binding.pieces.map((piece) => assumedPiece(piece, name)) }] as const));
    for (const path of this.#environmentFiles) {
      const file = this.#machineFile(path);
      if (file === undefined) continue;
      this.#found.add(file.path);
      for (const [name, binding] of readSystemdEnvFile(file.path, file.text)) all.set(name, binding);
    }
    return all;
  }

  #network(): Sourced<"own" | "host"> {
    // systemd: src/core/execute.c exec_child: a path comes before PrivateNetwork=.
    if (this.#namespacePath !== undefined) return { ...this.#namespacePath, value: { kind: "dynamic" } };
    const own = this.#privateNetwork;
    if (own === undefined) return hostNetwork;
    if (own.value.kind !== "exact") return { ...own, value: { kind: "dynamic" } };
    return { ...own, value: { kind: "exact", value: own.value.value ? "own" : "host" } };
  }

  #apply(name: string, value: MappedText, layer: Layer): void {
    const { source, collector } = layer;
    switch (name) {
      case "ExecStart":
        if (value.text === "") this.#starts = [];
        else this.#starts.push({ value, layer });
        return;
      case "Environment":
        if (value.text === "") this.#environment = new Map();
        else for (const [variable, binding] of assignments(value, source, collector)) this.#environment.set(variable, binding);
        return;
      case "EnvironmentFile":
        if (value.text === "") this.#environmentFiles = [];
        else if (this.#environmentFiles.length < maxEnvironmentFiles) this.#environmentFiles.push(value.text.replace(/^-/, ""));
        return;
      case "LimitNOFILE":
        // An empty one is no number to systemd either, and takes nothing back.
        this.#nofile = this.#number(value, layer, softLimit, this.#nofile, "no limit");
        return;
      case "CPUQuota":
        this.#cpus = value.text === "" ? undefined : this.#number(value, layer, quota, this.#cpus, "no share");
        return;
      case "PrivateNetwork":
        this.#privateNetwork = this.#switch(value, layer) ?? this.#privateNetwork;
        return;
      case "NetworkNamespacePath":
        this.#namespacePath = value.text === "" ? undefined : { value: { kind: "dynamic" }, ...placeIn(value, source) };
        return;
      default:
        return;
    }
  }

  /** A line that systemd ignores keeps what stood before. */
  #number(value: MappedText, { source, collector }: Layer, read: (text: string) => number | undefined, before: Sourced<number> | undefined, what: string): Sourced<number> | undefined {
    const place = placeIn(value, source);
    if (value.text.includes(templateMark) || value.text.includes("%n")) return { value: { kind: "dynamic" }, ...place };
    const number = read(value.text);
    if (number === Infinity) return { value: { kind: "dynamic" }, ...place };
    if (number !== undefined) return { value: { kind: "exact", value: number }, ...place };
    collector.problem(value.start(0), value.end(value.text.length), `systemd takes ${what} from ${place.text === "" ? "an empty setting" : place.text}; it ignores the line`);
    return before;
  }

  #switch(value: MappedText, { source }: Layer): Sourced<boolean> | undefined {
    const place = placeIn(value, source);
    if (value.text.includes(templateMark)) return { value: { kind: "dynamic" }, ...place };
    const read = parseBoolean(value.text);
    return read === undefined ? undefined : { value: { kind: "exact", value: read }, ...place };
  }
}

function placeIn(value: MappedText, source: SourceText): { readonly origin: Extract<Origin, { kind: "file" }>; readonly text: string } {
  const origin = source.origin(value.start(0), value.end(value.text.length));
  return { origin, text: source.text.slice(origin.range.start.offset, origin.range.end.offset) };
}

/** systemd: src/basic/parse-util.c parse_boolean. */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(?:1|yes|y|true|t|on)$/i.test(text)) return true;
  return /^(?:0|no|n|false|f|off)$/i.test(text) ? false : undefined;
}

/** `soft:hard` or one number for both; Infinity for `infinity`, which the kernel bounds by fs.nr_open. systemd: src/basic/rlimit-util.c rlimit_parse. */
function softLimit(text: string): number | undefined {
  const [soft = "", hard = soft, ...more] = text.split(":").map((part) => part.trim());
  const [low, high] = [limit(soft), limit(hard)];
  return low === undefined || high === undefined || low > high || more.length > 0 ? undefined : low;
}

function limit(text: string): number | undefined {
  if (text === "infinity") return Infinity;
  return /^\+?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A percentage of one CPU. systemd: src/basic/percent-util.c parse_permyriad_unbounded. */
function quota(text: string): number | undefined {
  const percent = /^(\d{1,7}(?:\.\d{1,2})?)%$/.exec(text)?.[1];
  const share = percent === undefined ? 0 : Number(percent) / 100;
  return share > 0 ? share : undefined;
}

function assignments(value: MappedText, source: SourceText, collector: Collector): (readonly [string, Binding])[] {
  const annotated = specifiers(value, source.path);
  const { tokens, problem } = systemdWords(annotated.mapped.text);
  if (problem !== undefined) collector.problem(value.start(problem.at), value.start(problem.at), `Environment: ${problem.reason}`);
  return tokenWords(annotated, tokens, source).flatMap((word) => {
    const { template } = word;
    const equals = template.text.indexOf("=");
    if (equals <= 0) return [];
    const mapped = template.slice(equals + 1, template.text.length);
    const piece = word.value.kind === "exact" ? exactPiece(mapped) : { value: { kind: "dynamic" } as const, mapped };
    const [start, end] = [template.start(equals + 1), mapped.end(mapped.text.length)];
    return [[template.text.slice(0, equals), bindingAt(source, [piece], start, end, true)] as const];
  });
}

/** Variables as a command of `source` sees them: texts from other files stand at `place` there, for offsets mean one file. */
function localised(environment: Environment, source: SourceText, place: number): Environment {
  return new Map(
    [...environment].map(([name, binding]) => {
      if (binding.origin.file === source.path) return [name, binding] as const;
      const pieces = binding.pieces.map((piece) => {
        const builder = new MapBuilder(place);
        builder.add(piece.mapped.text, place, place);
        return { ...piece, mapped: builder.build() };
      });
      return [name, { ...binding, pieces }] as const;
    }),
  );
}
