import { YamlValue } from "./yaml-tree.ts";

/** How lists of a pod's spec are merged: by this key of their items (kubernetes: api/core/v1/types.go, patchMergeKey). Others are replaced. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  env: "name",
  ports: "containerPort",
  volumes: "name",
  volumeMounts: "mountPath",
};

/** A value under a strategic merge patch: maps are merged, some lists by a key, everything else is replaced. */
export class PatchedValue extends YamlValue {
  readonly #base: YamlValue;
  readonly #patch: YamlValue;
  readonly #key: string;

  constructor(base: YamlValue, patch: YamlValue, key = "") {
    super(base.tree, base.node);
    this.#base = base;
    this.#patch = patch;
    this.#key = key;
  }

  override entry(key: string): YamlValue | undefined {
    if (this.#patch.isNull(key)) return undefined;
    const [base, patch] = [this.#base.entry(key), this.#patch.entry(key)];
    if (base === undefined || patch === undefined) return patch ?? base;
    const merges = (base.isMap && patch.isMap) || (base.isList && patch.isList && Object.hasOwn(mergeKeys, key));
    return merges ? new PatchedValue(base, patch, key) : patch;
  }

  override isOpen(key: string): boolean {
    return this.#patch.entry(key) === undefined && this.#base.isOpen(key);
  }

  override entries(): readonly (readonly [string, YamlValue])[] {
    const keys = new Set([...this.#base.entries(), ...this.#patch.entries()].map(([key]) => key));
    return [...keys].flatMap((key) => {
      const value = this.entry(key);
      return value === undefined ? [] : [[key, value] as const];
    });
  }

  override items(): readonly YamlValue[] {
    const by = mergeKeys[this.#key] ?? "";
    const patches = new Map(this.#patch.items().map((item) => [item.at(by)?.text, item]));
    const merged = this.#base.items().map((item) => {
      const name = item.at(by)?.text;
      const patch = name === undefined ? undefined : patches.get(name);
      if (patch !== undefined) patches.delete(name);
      return patch === undefined ? item : new PatchedValue(item, patch);
    });
    return [...merged, ...patches.values()];
  }
}

/** Whether a patch says more than to merge: `$patch: delete`, `$setElementOrder/…`. Such a one is not applied. */
export function hasDirectives(patch: YamlValue): boolean {
  const waiting: YamlValue[] = [patch];
  for (let count = 0; count < 10_000; count += 1) {
    const value = waiting.pop();
    if (value === undefined) return false;
    for (const [key, inner] of value.entries()) {
      if (key.startsWith("$")) return true;
      waiting.push(inner);
    }
    waiting.push(...value.items());
  }
  return true;
}
