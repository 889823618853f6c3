import type { Probe, Sourced } from "@audit-backlog/model";
import type { ReadWord } from "../commands/shell-scope.ts";
import type { FoundCommand } from "../commands/shell-walk.ts";
import { containerEnvironment, expandedWord, type ConfigMaps } from "./environment.ts";
import { integer, sourced, words } from "./numbers.ts";
import { probesOf } from "./probes.ts";
import { parseQuantity } from "./quantity.ts";
import { MappedText, type SourceText } from "../commands/text.ts";
import type { YamlValue } from "./yaml-tree.ts";

/** What a pod's spec says of one container. */
export interface Container {
  readonly name: string;
  readonly value: YamlValue;
  /** Runs to its end before the others start. */
  readonly startsFirst: boolean;
  readonly command: FoundCommand | undefined;
  /** The file that the command stands in. */
  readonly source: SourceText | undefined;
  readonly startsOwnCommand: boolean;
  readonly image: Sourced<string> | undefined;
  readonly cpus: Sourced<number> | undefined;
  readonly probes: readonly Probe[];
  /** Its ports by name. */
  readonly ports: ReadonlyMap<string, number>;
}

/** Containers of a pod's spec, those that initialise it included. */
export function containersOf(spec: YamlValue, maps: ConfigMaps): Container[] {
  const named = (list: string): { value: YamlValue; startsFirst: boolean }[] =>
    // A native sidecar stands among the init containers and keeps running (kubernetes.io/docs/concepts/workloads/pods/sidecar-containers).
    (spec.at(list)?.items() ?? []).map((value) => ({ value, startsFirst: list === "initContainers" && value.at("restartPolicy")?.text !== "Always" }));
  return [...named("containers"), ...named("initContainers")].map(({ value, startsFirst }) => container(value, startsFirst, maps));
}

function container(value: YamlValue, startsFirst: boolean, maps: ConfigMaps): Container {
  const ports = new Map<string, number>();
  for (const port of value.at("ports")?.items() ?? []) {
    const [name, number] = [port.at("name")?.text, integer(port.at("containerPort")?.text ?? "")];
    if (name !== undefined && number !== undefined) ports.set(name, number);
  }
  const portOf = (port: YamlValue): Sourced<number> => sourced(port, (text) => integer(text) ?? ports.get(text));
  const image = value.at("image");
  const cpu = value.at("resources", "limits", "cpu");
  return {
    name: value.at("name")?.text ?? "",
    value,
    startsFirst,
    ...commandOf(value, maps),
    startsOwnCommand: (value.at("command")?.items().length ?? 0) > 0 || value.isOpen("command"),
    image: image === undefined ? undefined : sourced(image, words),
    cpus: cpu === undefined ? undefined : sourced(cpu, parseQuantity),
    probes: probesOf(value, portOf),
    ports,
  };
}

/** `command` stands for the image's entrypoint, `args` for its command; without the first, the entrypoint gets the second. */
function commandOf(value: YamlValue, maps: ConfigMaps): { readonly command: FoundCommand | undefined; readonly source: SourceText | undefined } {
  const environment = containerEnvironment(value, maps);
  const items = ["command", "args"].flatMap((list) => value.at(list)?.items() ?? []);
  const source = items[0]?.tree.source;
  const found: ReadWord[] = items.flatMap((item) => {
    const word = expandedWord(item, environment);
    if (word === undefined) return [];
    return [item.tree.source === source || word.file !== undefined ? word : { ...word, file: item.tree.source.path }];
  });
  const own = found.filter(({ file }) => file === undefined);
  if (source === undefined || own.length === 0) return { command: undefined, source: undefined };
  const offsets = own.flatMap(({ range }) => [range.start.offset, range.end.offset]);
  const [start, end] = [offsets.reduce((least, offset) => Math.min(least, offset)), offsets.reduce((most, offset) => Math.max(most, offset))];
  if (["command", "args"].some((list) => value.isOpen(list))) found.push(unknownWord(source, start, end));
  return { command: { words: found, start, end, environment: environment.variables, directory: undefined }, source };
}

/** A template may add any words here. */
function unknownWord(source: SourceText, start: number, end: number): ReadWord {
  return { value: { kind: "dynamic" }, text: "…", range: source.range(start, end), template: new MappedText("\uE000", [{ at: 0, length: 1, start, end }], start) };
}
