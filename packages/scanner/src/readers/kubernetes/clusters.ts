import { posix } from "node:path";
import type { KubernetesObject } from "./objects.ts";

const maxDepth = 40;

/**
 * Which objects may be applied to one cluster together: those of the largest directory in which no two have the same
 * kind, namespace and name. A chart's templates are a cluster of their own. Keys are files, values the cluster's name.
 */
export function clustersOf(objects: readonly KubernetesObject[]): ReadonlyMap<string, string> {
  const byDirectory = new Map<string, Map<string, string>>();
  const clashing = new Set<string>();
  for (const { file, kind, namespace, name, chart } of objects) {
    if (chart !== undefined || name === "") continue;
    const key = `${kind} ${namespace ?? ""} ${name}`;
    for (const directory of [file, ...ancestors(file)]) {
      const known = byDirectory.get(directory) ?? new Map<string, string>();
      byDirectory.set(directory, known);
      if (known.has(key)) clashing.add(directory);
      known.set(key, file);
    }
  }
  const clusters = new Map<string, string>();
  for (const { file, chart } of objects) {
    if (chart !== undefined) clusters.set(file, chart);
    else if (!clusters.has(file)) clusters.set(file, [...ancestors(file)].reverse().find((directory) => !clashing.has(directory)) ?? file);
  }
  return clusters;
}

/** Directories around a file, the innermost first, "." last. */
function ancestors(file: string): readonly string[] {
  const found: string[] = [];
  for (let at = posix.dirname(file); found.length < maxDepth; at = posix.dirname(at)) {
    found.push(at);
    if (at === ".") break;
  }
  return found;
}

/** Of several candidates, those that lie nearest to a file: with the longest common directory. */
export function nearest<T extends { readonly file: string }>(candidates: readonly T[], file: string): readonly T[] {
  const common = (other: string): number => {
    if (other === file) return Infinity;
    const [a, b] = [posix.dirname(other).split("/"), posix.dirname(file).split("/")];
    const differs = a.findIndex((part, i) => part !== b[i]);
    return differs === -1 ? a.length : differs;
  };
  const most = candidates.reduce((best, { file: other }) => Math.max(best, common(other)), -1);
  return candidates.filter(({ file: other }) => common(other) === most);
}
