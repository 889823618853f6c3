import type { Address, Listener, NodeService } from "@audit-backlog/model";
import { assembleNode, type NodeAssembly } from "../src/assemble/node.ts";
import type { CommandLine, CommandWord } from "../src/facts.ts";
import { mightListen } from "../src/readers/javascript-might-listen.ts";
import { readJavaScript, type JavaScriptFacts } from "../src/readers/javascript.ts";
import { mightBeNodeConfig, readNodeConfig } from "../src/readers/node-config.ts";
import { mightBePm2, readPackagePm2, readPm2 } from "../src/readers/pm2.ts";

export const somaxconn = { value: { kind: "assumed", value: 4096 }, origin: { kind: "default", of: "Linux", source: "listen(2)" } } as const;

const nowhere = { offset: 0, line: 1, column: 1 };
export const noRange = { start: nowhere, end: nowhere };

export function words(line: string): readonly CommandWord[] {
  return line.split(" ").map((text) => ({ value: { kind: "exact", value: text }, text, range: noRange }));
}

/** A command line as its reader would hand it over. */
export function command(line: string, given: Partial<Pick<CommandLine, "file" | "holder" | "directory">> & { environment?: Record<string, string> } = {}): CommandLine {
  const file = given.file ?? "Procfile";
  const environment = Object.entries(given.environment ?? {}).map(([name, value]) => [name, { value: { kind: "exact", value }, origin: { kind: "file", file, range: noRange } }] as const);
  return {
    file,
    range: noRange,
    holder: given.holder ?? { kind: "procfile", name: "web" },
    words: words(line),
    environment: new Map(environment),
    directory: "directory" in given ? given.directory : "",
  };
}

export function script(name: string, line: string, directory = ""): CommandLine {
  return command(line, { file: directory === "" ? "package.json" : `${directory}/package.json`, holder: { kind: "package-script", name }, directory });
}

/** Assembles a repository given as texts, reading what discovery would read. */
export function assemble(texts: Readonly<Record<string, string>>, commands: readonly CommandLine[] = []): NodeAssembly {
  const files = new Map<string, JavaScriptFacts>();
  const paths = Object.keys(texts);
  for (const path of paths) {
    const text = texts[path] ?? "";
    if (/\.[cm]?[jt]sx?$/.test(path) && mightListen(Buffer.from(text))) files.set(path, readJavaScript(path, text));
  }
  return assembleNode({
    files,
    commands,
    pm2: paths.flatMap((path) => (path.endsWith("package.json") ? readPackagePm2(path, texts[path] ?? "").apps : mightBePm2(path) ? readPm2(path, texts[path] ?? "").apps : [])),
    configs: paths.filter(mightBeNodeConfig).map((path) => readNodeConfig(path, texts[path] ?? "")),
    manifests: paths.filter((path) => path.endsWith("package.json")),
    lookup: (path) => texts[path],
    somaxconn,
  });
}

/** A service in few words: its mode, instances, and what it listens on with which backlog. */
export function inShort(service: NodeService): object {
  return {
    id: service.id,
    mode: service.mode.value,
    instances: service.settings.instances.value,
    listeners: service.listeners.map((listener) => `${addressInShort(listener)} ${backlogInShort(listener)}`),
  };
}

export function addressInShort({ address: { value } }: Listener): string {
  if (value.kind === "oneOf") return value.options.map(({ value: option, when }) => `${option.kind === "exact" || option.kind === "assumed" ? show(option.value) : option.kind} ${when}`).join(" | ");
  if (value.kind === "exact") return show(value.value);
  return value.kind === "assumed" ? `${show(value.value)} assumed${value.variable === undefined ? "" : ` $${value.variable}`}` : value.kind;
}

function show(address: Address): string {
  if (address.family === "tcp") return `${address.host}:${address.port}`;
  return address.family === "unix" ? address.path : address.text;
}

export function backlogInShort({ backlog: { requested, reading } }: Listener): string {
  const { value } = requested;
  const number = value.kind === "exact" || value.kind === "assumed" ? String(value.value) : value.kind === "oneOf" ? value.options.map(({ value: option }) => ("value" in option ? String(option.value) : option.kind)).join("|") : value.kind;
  return `${number} ${reading}`;
}
