import { posix } from "node:path";
import type { FileProblem } from "@audit-backlog/model";
import type { EmbeddedText } from "../../facts.ts";
import { branchLength, underBranch } from "../embedded.ts";
import { looksLikeGunicornConfig } from "../gunicorn-config.ts";
import { looksLikeNginx } from "../nginx.ts";
import { nearest } from "./clusters.ts";
import type { KubernetesObject } from "./objects.ts";
import type { YamlValue } from "./yaml-tree.ts";

/** A ConfigMap, or what kustomize makes one of. */
export interface ConfigMap {
  readonly file: string;
  readonly name: string;
  readonly data: ReadonlyMap<string, YamlValue>;
  /** Where the text of each key is found: a file of the tree or an embedded text. */
  readonly paths: ReadonlyMap<string, string>;
}

/** ConfigMaps and Secrets with readable text, by name. */
export class ConfigMaps {
  readonly #byName = new Map<string, ConfigMap[]>();

  add(map: ConfigMap): void {
    this.#byName.set(map.name, [...(this.#byName.get(map.name) ?? []), map]);
  }

  /** The one that a pod in `file` means; undefined where none or several may be. */
  find(name: string, file: string): ConfigMap | undefined {
    const [only, second] = nearest(this.#byName.get(name) ?? [], file);
    return second === undefined ? only : undefined;
  }
}

export function configMapOf(object: KubernetesObject): ConfigMap | undefined {
  const field = object.kind === "ConfigMap" ? "data" : object.kind === "Secret" ? "stringData" : undefined;
  if (field === undefined) return undefined;
  const data = new Map(object.root.at(field)?.entries() ?? []);
  const paths = new Map([...data.keys()].map((key) => [key, `${object.file}#${object.name}/${key}`]));
  return { file: object.file, name: object.name, data, paths };
}

const maxTexts = 20;
/** Each is as long as its file. In characters. */
const maxTotal = 10_000_000;

/** Configurations that stand in a ConfigMap, for the readers of their kind. */
export function embeddedOf(map: ConfigMap): { readonly embedded: readonly EmbeddedText[]; readonly problems: readonly FileProblem[] } {
  const embedded: EmbeddedText[] = [];
  const problems: FileProblem[] = [];
  for (const [key, value] of map.data) {
    const path = map.paths.get(key);
    const content = value.mapped?.text ?? "";
    const isPython = looksLikeGunicornConfig(key, content);
    if (path === undefined || (!isPython && !looksLikeNginx(key, content))) continue;
    const { source } = value.tree;
    const tell = (reason: string): void => {
      const { start } = value.origin.range;
      problems.push({ file: map.file, range: { start, end: start }, reason: `${key}: ${reason}; it was not read` });
    };
    if (embedded.length >= maxTexts || (embedded.length + 1) * source.text.length > maxTotal) tell("too many configurations in one file");
    else {
      const text = isPython ? pythonText(value) : plainText(value);
      if (text === undefined) tell("a configuration in quotes that can't be shown with true places");
      else embedded.push({ path, text });
    }
  }
  return { embedded, problems };
}

/** The file with all but the scalar blank; undefined where escapes make the scalar another text than it is written as. */
function plainText(value: YamlValue): string | undefined {
  const { mapped, tree } = value;
  if (mapped === undefined) return undefined;
  const { text } = tree.source;
  const parts: string[] = [];
  let copied = 0;
  for (const { at, length, start, end } of mapped.segments) {
    // Line ends that `|+` keeps have no place of their own.
    if (start < copied || start === end) continue;
    const escape = end - start !== length;
    const written = mapped.text.slice(at, at + length);
    // Only a line's end may be written in another way; unless it is one, a comment would go on behind it.
    if (escape && (!/^\s*$/.test(written) || (mapped.text.includes("#") && !text.slice(start, end).includes("\n")))) return undefined;
    parts.push(blank(text.slice(copied, start)), escape || /^\s*$/.test(written) ? blank(text.slice(start, end)) : text.slice(start, end));
    copied = end;
  }
  parts.push(blank(text.slice(copied)));
  return parts.join("");
}

function blank(text: string): string {
  return text.replace(/[^\r\n]/g, " ");
}

/** Python in a block, where the key leaves room for a branch around it. */
function pythonText(value: YamlValue): string | undefined {
  const text = plainText(value);
  const { start } = value.origin.range;
  const { source } = value.tree;
  const header = /^[|>]/.test(source.text.slice(start.offset, start.offset + 1));
  const line = start.offset - (start.column - 1);
  if (text === undefined || !header || start.column <= branchLength) return undefined;
  return underBranch(text, line);
}

/** What a container sees of the maps that its pod mounts. */
export function mountsOf(spec: YamlValue, container: YamlValue, find: (name: string) => ConfigMap | undefined): readonly { readonly from: string; readonly to: string }[] {
  const volumes = new Map((spec.at("volumes")?.items() ?? []).map((volume) => [volume.at("name")?.text, volume]));
  return (container.at("volumeMounts")?.items() ?? []).flatMap((mount) => {
    const volume = volumes.get(mount.at("name")?.text);
    const [to, inner] = [mount.at("mountPath")?.text, mount.at("subPath")?.text];
    if (volume === undefined || to === undefined) return [];
    return filesOf(volume, find).flatMap(({ path, from }) => {
      if (inner !== undefined && inner !== path) return [];
      return [{ from, to: inner === undefined ? posix.join(to, path) : to }];
    });
  });
}

interface VolumeFile {
  readonly path: string;
  readonly from: string;
}

function filesOf(volume: YamlValue, find: (name: string) => ConfigMap | undefined): readonly VolumeFile[] {
  const sources = [volume, ...(volume.at("projected", "sources")?.items() ?? [])];
  return sources.flatMap((source) => {
    const reference = source.at("configMap") ?? source.at("secret");
    const name = reference?.at("name")?.text ?? reference?.at("secretName")?.text;
    const map = name === undefined ? undefined : find(name);
    const items = reference?.at("items")?.items();
    const paths = items === undefined ? [...(map?.paths.keys() ?? [])].map((key) => [key, key] as const) : items.map((item) => [item.at("key")?.text ?? "", item.at("path")?.text ?? ""] as const);
    return paths.flatMap(([key, path]) => {
      const from = map?.paths.get(key);
      return from === undefined ? [] : [{ path, from }];
    });
  });
}
