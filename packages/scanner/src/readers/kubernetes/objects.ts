import type { FileProblem } from "@audit-backlog/model";
import { isKustomization } from "./kustomize.ts";
import type { Chart } from "./helm.ts";
import { YamlTree, type YamlValue } from "./yaml-tree.ts";

/** One object of a manifest: `apiVersion`, `kind` and the rest. */
export interface KubernetesObject {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined where it isn't written: whoever applies the file chooses. */
  readonly namespace: string | undefined;
  readonly root: YamlValue;
  /** The directory of the chart whose template it is. */
  readonly chart?: string;
}

export interface KubernetesFile {
  readonly path: string;
  /** All documents, whatever is in them. */
  readonly roots: readonly YamlValue[];
  readonly objects: readonly KubernetesObject[];
  readonly problems: readonly FileProblem[];
}

/** Documents are indented by nothing: what a manifest quotes has more in front. */
const apiVersion = /^(?:"apiVersion"|apiVersion)[ \t]*:/m;
const kind = /^(?:"kind"|kind)[ \t]*:[ \t]*["']?[A-Z\uE000{]/m;

/** Whether a YAML file holds manifests: unmistakable by `apiVersion` and `kind` at the left edge. */
export function looksLikeKubernetes(path: string, text: string): boolean {
  if (isKustomization(path)) return true;
  return /\.(?:ya?ml|ya?ml\.\w+)$/i.test(path) && apiVersion.test(text) && kind.test(text);
}

const maxObjects = 2_000;

/** Words without which no object of a file says what runs, where, or behind which name: roles, policies, most definitions. */
const telling = /\bcontainers\b|\btemplate\b|\bsecurityContext\b|\bkind["']?[ \t]*:[ \t]*["']?(?:Service|ConfigMap|Secret|Namespace|\w{0,40}List)\b/;

/** Kinds that say nothing of the sort, and are most of the text: a definition of a resource is as long as a hundred workloads. */
const idle =
  /^kind[ \t]*:[ \t]*["']?(?:CustomResourceDefinition|NetworkPolicy|PodDisruptionBudget|(?:Horizontal|Vertical)PodAutoscaler|Ingress|(?:Cluster)?Role(?:Binding)?|ServiceAccount|ServiceMonitor|PodMonitor|PrometheusRule|PersistentVolumeClaim|StorageClass)["']?[ \t]*\r?$/;

/** The text with documents of such kinds blank, so that they need not be parsed; places stay true. */
function withoutIdle(text: string): string {
  return text
    .split(/^(?=---(?:\s|$))/m)
    .map((document) => {
      const kinds = document.match(/^kind[ \t]*:.*$/gm) ?? [];
      return kinds.length > 0 && kinds.every((line) => idle.test(line)) ? document.replace(/[^\r\n]/g, " ") : document;
    })
    .join("");
}

/** The objects of a manifest's documents and of `kind: List`s in them. `chart`: whose template it is. Never throws. */
export function readObjects(path: string, written: string, chart?: Chart): KubernetesFile {
  const text = isKustomization(path) ? written : withoutIdle(written);
  if (!isKustomization(path) && !telling.test(text)) return { path, roots: [], objects: [], problems: [] };
  const tree = new YamlTree(path, text, chart === undefined ? {} : { template: chart });
  const objects: KubernetesObject[] = [];
  const problems = [...tree.problems];
  const waiting = [...tree.roots].reverse();
  for (let root = waiting.pop(); root !== undefined; root = waiting.pop()) {
    const object = objectOf(path, root);
    if (object === undefined) continue;
    if (objects.length >= maxObjects) {
      problems.push({ file: path, range: root.origin.range, reason: `more than ${maxObjects} objects in one file; this one and what follows is left out` });
      break;
    }
    if (object.kind.endsWith("List") && root.at("items")?.isList === true) waiting.push(...[...(root.at("items")?.items() ?? [])].reverse());
    else objects.push(chart === undefined ? object : { ...object, chart: chart.directory });
  }
  return { path, roots: tree.roots, objects, problems };
}

function objectOf(file: string, root: YamlValue): KubernetesObject | undefined {
  const [version, type] = [root.at("apiVersion")?.text, root.at("kind")?.text];
  if (version === undefined || type === undefined) return undefined;
  return { file, apiVersion: version, kind: type, name: root.at("metadata", "name")?.text ?? "", namespace: root.at("metadata", "namespace")?.text, root };
}

/** The pod that an object runs: its metadata and its spec. */
export interface Pod {
  readonly object: KubernetesObject;
  readonly metadata: YamlValue | undefined;
  readonly spec: YamlValue;
}

/**
 * The pod of a Pod, or of anything that has a pod template where a Deployment or a CronJob has it (ReplicaSet, Job, an Argo
 * Rollout, a Knative Service, OpenShift's DeploymentConfig); undefined for everything else.
 */
export function podOf(object: KubernetesObject): Pod | undefined {
  const { root } = object;
  const template = root.at("spec", "jobTemplate", "spec", "template") ?? root.at("spec", "template");
  const holder = object.kind === "Pod" ? root : template;
  const spec = holder?.at("spec");
  return spec?.at("containers")?.isList === true ? { object, metadata: holder?.at("metadata"), spec } : undefined;
}
