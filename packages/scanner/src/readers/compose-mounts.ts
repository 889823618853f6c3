import { posix } from "node:path";
import { isMap, isScalar, isSeq, Scalar } from "yaml";
import type { EmbeddedText, Place } from "../facts.ts";
import { inTree } from "./commands/shell-builtins.ts";
import type { ComposeYaml } from "./compose-yaml.ts";
import type { LayeredService, Valued } from "./compose-layers.ts";
import { maskedText, underBranch } from "./embedded.ts";

type Mount = Place["mounts"][number];

/**
 * What of the tree a service's container sees at which path: bind mounts, and `configs` and `secrets` of files.
 * Source: compose-spec 05-services.md volumes, configs, secrets; 08-configs.md.
 */
export function mountsOf(service: LayeredService, files: readonly ComposeYaml[]): readonly Mount[] {
  const binds = service.items("volumes").flatMap((item) => bindOf(item));
  const configs = service.items("configs").flatMap((item) => given(item, "configs", files));
  const secrets = service.items("secrets").flatMap((item) => given(item, "secrets", files));
  // A later mount at the same place replaces the earlier one.
  return [...new Map([...binds, ...configs, ...secrets].map((mount) => [mount.to, mount])).values()];
}

function bindOf({ yaml, node }: Valued): readonly Mount[] {
  if (isMap(node)) {
    const type = yaml.known(yaml.entry(node, "type"));
    return type === undefined || type === "bind" ? mount(yaml.known(yaml.entry(node, "source")), yaml.known(yaml.entry(node, "target")), yaml) : [];
  }
  const [from, to] = yaml.known(node)?.split(":") ?? [];
  return mount(from, to, yaml);
}

function mount(from: string | undefined, to: string | undefined, yaml: ComposeYaml): readonly Mount[] {
  // Other names are volumes, which hold nothing of the tree.
  if (from === undefined || !to?.startsWith("/") || !/^\.{1,2}(?:\/|$)/.test(from)) return [];
  const path = beside(yaml, from);
  return path === undefined ? [] : [{ from: path, to: posix.normalize(to).replace(/(.)\/$/, "$1") }];
}

/** A path is relative to the file that names it: files laid over each other stand in one directory here. */
function beside(yaml: ComposeYaml, path: string): string | undefined {
  return path.startsWith("/") ? undefined : inTree(posix.join(posix.dirname(yaml.source.path), path));
}

/** An item of a service's `configs`: a name, or a mapping of `source` and `target`. */
function given({ yaml, node }: Valued, section: "configs" | "secrets", files: readonly ComposeYaml[]): readonly Mount[] {
  const source = isMap(node) ? yaml.known(yaml.entry(node, "source")) : yaml.known(node);
  if (source === undefined) return [];
  const target = (isMap(node) ? yaml.known(yaml.entry(node, "target")) : undefined) ?? source;
  const to = posix.resolve(section === "configs" ? "/" : "/run/secrets", target);
  for (const file of [...files].reverse()) {
    const all = file.section(section);
    const config = all === undefined ? undefined : file.resolve(file.entry(all, source));
    if (!isMap(config)) continue;
    if (contentOf(file, config) !== undefined) return [{ from: embeddedPath(file, source), to }];
    const path = file.known(file.entry(config, "file"));
    const from = path === undefined ? undefined : beside(file, path);
    return from === undefined ? [] : [{ from, to }];
  }
  return [];
}

/** The configurations that a file's own `configs` hold. */
export function embeddedIn(yaml: ComposeYaml): readonly EmbeddedText[] {
  const configs = yaml.section("configs");
  const python = pythonNames(yaml);
  return (configs === undefined ? [] : yaml.items(configs)).flatMap(({ key, value }) => {
    const config = yaml.resolve(value);
    const name = yaml.known(key);
    const content = isMap(config) ? contentOf(yaml, config) : undefined;
    if (name === undefined || content === undefined) return [];
    const text = maskedText(yaml.source.text, content);
    const line = yaml.source.text.lastIndexOf("\n", content[0] - 2) + 1;
    return [{ path: embeddedPath(yaml, name), text: python.has(name) ? underBranch(text, line) : text }];
  });
}

/** Configurations that are Python by their own name, or by that of the file that a service gets. */
function pythonNames(yaml: ComposeYaml): ReadonlySet<string> {
  const [configs, services] = [yaml.section("configs"), yaml.section("services")];
  const own = (configs === undefined ? [] : yaml.items(configs)).flatMap(({ key }) => yaml.known(key) ?? []).filter((name) => name.endsWith(".py"));
  const given = (services === undefined ? [] : yaml.items(services)).flatMap(({ value }) => {
    const service = yaml.resolve(value);
    const list = isMap(service) ? yaml.resolve(yaml.entry(service, "configs")) : undefined;
    return (isSeq(list) ? list.items : []).flatMap((item) => {
      const node = yaml.resolve(item);
      const source = isMap(node) && yaml.known(yaml.entry(node, "target"))?.endsWith(".py") === true ? yaml.known(yaml.entry(node, "source")) : undefined;
      return source ?? [];
    });
  });
  return new Set([...own, ...given]);
}

function embeddedPath(yaml: ComposeYaml, name: string): string {
  return `${yaml.source.path}#${name}`;
}

/** Where an inline configuration stands, if that is line by line as the container sees it. */
function contentOf(yaml: ComposeYaml, config: unknown): readonly [number, number] | undefined {
  const content = isMap(config) ? yaml.resolve(yaml.entry(config, "content")) : undefined;
  if (!isScalar(content) || content.type !== Scalar.BLOCK_LITERAL || content.range === null || content.range === undefined) return undefined;
  const [start, end] = content.range;
  const header = yaml.source.text.indexOf("\n", start);
  return header === -1 || header >= end ? undefined : [header + 1, end];
}
