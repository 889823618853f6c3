import { isScalar, LineCounter, parseDocument, visit, type YAMLMap } from "yaml";
import type { Position, Sourced, Sysctl } from "@audit-backlog/model";
import { maskTemplates, templateMark } from "../commands/text.ts";
import { shallowEnough } from "../commands/yaml-depth.ts";
import { isSysctlName, mentionsSysctl, sysctlName, sysctlNumber } from "./names.ts";

const maxLength = 1_000_000;

/**
 * Settings in YAML that can mean nothing else: a key that is a sysctl's full name (Ansible variables, hiera), and a map that
 * has one beside `value:` (Ansible's sysctl module and its loops; `state: absent` takes it away). Manifests of Kubernetes and
 * compose files speak of containers, and are read as such.
 */
export function readSysctlYaml(path: string, text: string): readonly Sysctl[] {
  if (!mentionsSysctl(text) || text.length > maxLength || speaksOfContainers(text)) return [];
  const masked = maskTemplates(text);
  if (!shallowEnough(masked)) return [];
  const lines = new LineCounter();
  const found: Sysctl[] = [];
  const take = (key: unknown, value: unknown): void => {
    const sysctl = sysctlOf(key, value, (range) => sourcedRange(path, range, lines), text);
    if (sysctl !== undefined) found.push(sysctl);
  };
  const document = parseDocument(masked, { lineCounter: lines, uniqueKeys: false, merge: false, logLevel: "silent" });
  visit(document, {
    Pair: (_, { key, value }) => {
      if (isScalar(key) && isSysctlName(sysctlName(String(key.value)))) take(key.value, value);
    },
    Map: (_, map) => {
      const name = entry(map, "name") ?? entry(map, "key");
      if (isScalar(name) && isScalar(entry(map, "value")) && scalarText(entry(map, "state")) !== "absent") take(name.value, entry(map, "value"));
    },
  });
  return found;
}

function speaksOfContainers(text: string): boolean {
  return /^(?:apiVersion|services)[ \t]*:/m.test(text);
}

function entry(map: YAMLMap, name: string): unknown {
  return map.items.find(({ key }) => isScalar(key) && key.value === name)?.value;
}

function scalarText(node: unknown): string | undefined {
  return isScalar(node) ? String(node.value) : undefined;
}

type Place = (range: readonly [number, number, number] | null | undefined) => Sourced<number>["origin"];

function sysctlOf(key: unknown, value: unknown, place: Place, text: string): Sysctl | undefined {
  const name = sysctlName(String(key));
  if (!isSysctlName(name) || !isScalar(value)) return undefined;
  const written = String(value.value);
  const [from, to] = value.range ?? [0, 0];
  const at = { origin: place(value.range), text: text.slice(from, to) };
  if (written.includes(templateMark)) return { name, value: { value: { kind: "dynamic" }, ...at } };
  const number = sysctlNumber(written);
  return number === undefined ? undefined : { name, value: { value: { kind: "exact", value: number }, ...at } };
}

function sourcedRange(file: string, range: readonly [number, number, number] | null | undefined, lines: LineCounter): Sourced<number>["origin"] {
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { offset, line, column: col };
  };
  const [start, end] = range ?? [0, 0];
  return { kind: "file", file, range: { start: position(start), end: position(end) } };
}
