import { posix } from "node:path";
import type { FileProblem } from "@audit-backlog/model";
import { maskedText } from "../embedded.ts";
import type { KubernetesFile, KubernetesObject } from "./objects.ts";
import { hasDirectives, PatchedValue } from "./patched.ts";
import { YamlTree, type YamlValue } from "./yaml-tree.ts";

/** Whether a file is a kustomization by its name (kustomize: api/konfig RecognizedKustomizationFileNames). */
export function isKustomization(path: string): boolean {
  return /(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/.test(path);
}

interface Patch {
  readonly root: YamlValue;
  readonly kind: string | undefined;
  readonly name: string | undefined;
}

interface Kustomization {
  readonly directory: string;
  readonly root: YamlValue;
  /** Files and directories of the tree. */
  readonly resources: readonly string[];
  readonly patches: readonly Patch[];
}

/** An object as one way to deploy it has it. */
export interface Variant {
  readonly object: KubernetesObject;
  /** The overlay's directory; undefined where none names the object. */
  readonly overlay: string | undefined;
}

const maxDepth = 20;
const maxVisits = 20_000;

/** What the kustomizations of a tree make of its objects. */
export class Kustomize {
  readonly problems: FileProblem[] = [];
  /** Files that are parts of objects and no objects themselves. */
  readonly patchFiles = new Set<string>();
  readonly #kustomizations = new Map<string, Kustomization>();
  /** The ways from an overlay to the file: the overlay last. */
  readonly #ways = new Map<string, Kustomization[][]>();

  constructor(files: readonly KubernetesFile[]) {
    const byPath = new Map(files.map((file) => [file.path, file]));
    for (const { path, roots } of files) {
      const [root] = roots;
      if (root !== undefined && isKustomization(path)) this.#kustomizations.set(posix.dirname(path), this.#read(path, root, byPath));
    }
    const named = new Set([...this.#kustomizations.values()].flatMap(({ resources }) => resources));
    let visits = 0;
    const visit = (kustomization: Kustomization, way: readonly Kustomization[]): void => {
      visits += 1;
      if (way.length > maxDepth || visits > maxVisits || way.includes(kustomization)) return;
      const longer = [kustomization, ...way];
      for (const resource of kustomization.resources) {
        const inner = this.#kustomizations.get(resource);
        if (inner !== undefined) visit(inner, longer);
        else this.#ways.set(resource, [...(this.#ways.get(resource) ?? []).slice(0, 50), longer]);
      }
    };
    for (const kustomization of this.#kustomizations.values()) if (!named.has(kustomization.directory)) visit(kustomization, []);
  }

  /** ConfigMaps that kustomizations generate of files: their directory, name and files by key. */
  *generated(): Generator<{ readonly directory: string; readonly name: string; readonly files: ReadonlyMap<string, string> }> {
    for (const { directory, root } of this.#kustomizations.values()) {
      for (const generator of [...(root.at("configMapGenerator")?.items() ?? []), ...(root.at("secretGenerator")?.items() ?? [])]) {
        const name = generator.at("name")?.text;
        const files = (generator.at("files")?.items() ?? []).flatMap(({ text }) => {
          if (text === undefined) return [];
          const equals = text.indexOf("=");
          const path = text.slice(equals + 1);
          return [[equals === -1 ? posix.basename(path) : text.slice(0, equals), posix.join(directory, path)] as const];
        });
        if (name !== undefined && files.length > 0) yield { directory, name, files: new Map(files) };
      }
    }
  }

  /** An object as each overlay has it; as it is where no overlay changes its pods. */
  variantsOf(object: KubernetesObject): readonly Variant[] {
    const ways = this.#ways.get(object.file) ?? [];
    const variants = ways.map((way) => {
      const patches = way.flatMap((kustomization) => kustomization.patches).filter((patch) => patch.kind === object.kind && patch.name === object.name && changesPods(patch.root));
      const root = patches.reduce<YamlValue>((value, patch) => this.#apply(value, patch), object.root);
      return { object: root === object.root ? object : { ...object, root }, overlay: way.at(-1)?.directory };
    });
    const [only, second] = variants;
    if (only !== undefined && second === undefined) return [only];
    return variants.some((variant) => variant.object !== object) ? variants : [{ object, overlay: undefined }];
  }

  #apply(value: YamlValue, { root }: Patch): YamlValue {
    if (!hasDirectives(root)) return new PatchedValue(value, root);
    this.#notApplied(root, "it has $patch directives");
    return value;
  }

  #notApplied(value: YamlValue, why: string): void {
    const { file, range } = value.origin;
    this.problems.push({ file, range: { start: range.start, end: range.start }, reason: `a patch of kustomize was not applied, since ${why}` });
  }

  #read(path: string, root: YamlValue, files: ReadonlyMap<string, KubernetesFile>): Kustomization {
    const directory = posix.dirname(path);
    const list = (key: string): readonly YamlValue[] => root.at(key)?.items() ?? [];
    const resources = ["resources", "bases", "components"].flatMap((key) => list(key).flatMap(({ text }) => (text === undefined || text.includes("://") ? [] : [posix.join(directory, text).replace(/\/$/, "")])));
    const patches: Patch[] = [];
    const take = (value: YamlValue, target: YamlValue | undefined): void => {
      for (const patch of this.#patchRoots(value, directory, files)) {
        if (patch.isList) this.#notApplied(value, "it is a list of operations (JSON 6902)");
        else patches.push({ root: patch, kind: target?.at("kind")?.text ?? patch.at("kind")?.text, name: target?.at("name")?.text ?? patch.at("metadata", "name")?.text });
      }
    };
    for (const value of list("patchesStrategicMerge")) take(value, undefined);
    for (const entry of [...list("patches"), ...list("patchesJson6902")]) {
      const value = entry.at("patch") ?? entry.at("path");
      if (value !== undefined) take(value, entry.at("target"));
    }
    return { directory, root, resources, patches };
  }

  /** The documents of a patch, which is written here or in a file of its own. */
  #patchRoots(value: YamlValue, directory: string, files: ReadonlyMap<string, KubernetesFile>): readonly YamlValue[] {
    const text = value.text ?? "";
    if (text.includes("\n")) {
      const { start, end } = value.origin.range;
      // The header of the block is no part of the patch.
      const content = value.tree.source.text.indexOf("\n", start.offset) + 1;
      return new YamlTree(value.tree.source.path, maskedText(value.tree.source.text, [content, end.offset])).roots;
    }
    const path = posix.join(directory, text);
    const file = files.get(path);
    if (file === undefined) this.#notApplied(value, "its file is not among the manifests that were read");
    this.patchFiles.add(path);
    return file?.roots ?? [];
  }
}

function changesPods(patch: YamlValue): boolean {
  return patch.at("spec", "template", "spec") !== undefined || patch.at("spec", "jobTemplate", "spec") !== undefined || patch.at("spec", "containers") !== undefined;
}
