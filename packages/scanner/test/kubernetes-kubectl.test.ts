import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseQuantity } from "../src/readers/kubernetes/quantity.ts";
import { readKubernetes, readObjects } from "../src/readers/kubernetes/index.ts";

const recordFile = new URL("./kubernetes-kubectl.json", import.meta.url);

/** What kubectl said, by the arguments and files that it was given. Debian has only an old one, which asks a cluster: its answers are kept. */
const recorded = JSON.parse(readFileSync(recordFile, "utf8")) as Record<string, string | null>;

/** With RECORD_KUBECTL set, a kubectl of release 1.32 or so answers anew, and its answers are written down. */
const isRecording = process.env["RECORD_KUBECTL"] !== undefined;

function kubectl(args: readonly string[], files: ReadonlyMap<string, string>): string | undefined {
  const key = createHash("sha256").update(JSON.stringify([args, [...files]])).digest("hex");
  if (isRecording) {
    recorded[key] = askKubectl(args, files) ?? null;
    writeFileSync(recordFile, `${JSON.stringify(recorded, null, 1)}\n`);
  }
  const answer = recorded[key];
  if (answer === undefined) throw new Error("kubectl was not asked this: RECORD_KUBECTL=1 npx vitest run packages/scanner/test/kubernetes-kubectl.test.ts");
  return answer ?? undefined;
}

/** kubectl without any cluster: it only reads and prints. */
function askKubectl(args: readonly string[], files: ReadonlyMap<string, string>): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "kubectl-"));
  try {
    for (const [path, text] of files) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    const env = { PATH: process.env["PATH"], HOME: directory, KUBECONFIG: join(directory, "none") };
    const { status, stdout } = spawnSync("kubectl", args, { cwd: directory, encoding: "utf8", env, timeout: 60_000, maxBuffer: 1 << 26 });
    return status === 0 ? stdout : undefined;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const podWith = (quantities: readonly string[]): ReadonlyMap<string, string> =>
  new Map([["pod.json", JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: { containers: quantities.map((cpu, i) => ({ name: `c${i}`, image: "i", resources: { limits: { cpu } } })) } })]]);

/** How kubectl prints the quantities itself; undefined where it refuses one. */
function canonical(quantities: readonly string[]): readonly string[] | undefined {
  const printed = kubectl(["set", "image", "--local", "-f", "pod.json", "c0=j", "-o", "json"], podWith(quantities));
  if (printed === undefined) return undefined;
  const pod = JSON.parse(printed) as { spec: { containers: { resources: { limits: { cpu: string } } }[] } };
  return pod.spec.containers.map(({ resources }) => resources.limits.cpu);
}

const digits = fc.oneof(fc.nat(5_000).map(String), fc.tuple(fc.nat(99), fc.nat(999)).map(([whole, part]) => `${whole}.${part}`), fc.constantFrom(".5", "1.", "0.1", "+3", "-2"));
const suffix = fc.constantFrom("", " ", "m", "u", "n", "k", "M", "Ki", "Mi", "e3", "E2", "e-2");

describe("quantities against kubectl", () => {
  it("means the same number as the form that kubectl prints", () => {
    const quantities = fc.sample(fc.tuple(digits, suffix).map((parts) => parts.join("")), { numRuns: 150, seed: 7 });
    const printed = canonical(quantities);
    expect(printed).toHaveLength(quantities.length);
    quantities.forEach((quantity, i) => {
      const [own, theirs] = [parseQuantity(quantity), parseQuantity(printed?.[i] ?? "")];
      expect(own, quantity).toBeDefined();
      // Kubernetes keeps billionths, rounded away from zero.
      expect(Math.abs((own ?? NaN) - (theirs ?? NaN)), `${quantity} is ${printed?.[i] ?? ""}`).toBeLessThanOrEqual(1e-9 + Math.abs(own ?? 0) * 1e-11);
    });
  });

  it.each(["", "x", "1x", "1 m", "1mm", "1Km", "--1", "1e", "0x10", "1_000", "NaN", "1.5.2"])("refuses %j, as kubectl does", (quantity) => {
    expect(canonical([quantity])).toBeUndefined();
    expect(parseQuantity(quantity)).toBeUndefined();
  });
});

interface Shape {
  readonly command: readonly string[] | undefined;
  readonly workers: string | undefined;
  readonly sysctl: string | undefined;
  readonly timeout: number | null | undefined;
  readonly period: number | undefined;
  readonly cpu: string | undefined;
  readonly sidecar: boolean;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  command: fc.option(fc.constantFrom(["gunicorn", "-w", "$(WORKERS)", "app"], ["gunicorn", "app"]), { nil: undefined }),
  workers: fc.option(fc.constantFrom("2", "9"), { nil: undefined }),
  sysctl: fc.option(fc.constantFrom("net.core.somaxconn", "net.ipv4.tcp_syncookies"), { nil: undefined }),
  timeout: fc.option(fc.constantFrom(1, 5, null), { nil: undefined }),
  period: fc.option(fc.constantFrom(3, 30), { nil: undefined }),
  cpu: fc.option(fc.constantFrom("500m", "2"), { nil: undefined }),
  sidecar: fc.boolean(),
});

const whole = (name: string, shape: Shape, isPatch: boolean): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    ...(isPatch ? {} : { selector: { matchLabels: { app: name } } }),
    template: {
      ...(isPatch ? {} : { metadata: { labels: { app: name } } }),
      spec: {
        ...(shape.sysctl === undefined ? {} : { securityContext: { sysctls: [{ name: shape.sysctl, value: isPatch ? "1024" : "128" }] } }),
        containers: [
          {
            name: "web",
            ...(isPatch ? {} : { image: "shop:1" }),
            ...(shape.command === undefined ? {} : { command: shape.command }),
            ...(shape.workers === undefined ? {} : { env: [{ name: "WORKERS", value: shape.workers }] }),
            ...(shape.cpu === undefined ? {} : { resources: { limits: { cpu: shape.cpu } } }),
            livenessProbe: { ...(isPatch ? {} : { httpGet: { path: "/", port: 8000 } }), ...(shape.timeout === undefined || (!isPatch && shape.timeout === null) ? {} : { timeoutSeconds: shape.timeout }), ...(shape.period === undefined ? {} : { periodSeconds: shape.period }) },
          },
          ...(shape.sidecar ? [{ name: "side", image: "side:1", command: ["node", "server.js"] }] : []),
        ],
      },
    },
  },
});

/** What a reading of manifests says, without the places where it stands. */
function meaning(files: ReadonlyMap<string, string>): unknown {
  const { places, commands, problems } = readKubernetes([...files].map(([path, text]) => readObjects(path, text)));
  const ofPlace = places.map(({ surroundings, image }) => {
    const { name, sysctls, probes, cpus } = surroundings;
    return { name, image: image?.value, sysctls: sysctls.map((sysctl) => [sysctl.name, sysctl.value.value]), cpus: cpus?.value, probes: probes.map(({ kind, by, port, timeout, period, failures }) => [kind, by, port?.value, timeout.value, period.value, failures.value]) };
  });
  const byName = <T extends { readonly name: string }>(list: readonly T[]): readonly T[] => [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { places: byName(ofPlace), commands: byName(commands.map(({ holder, words }) => ({ name: holder.name, words: words.map(({ value }) => value) }))), problems };
}

describe("overlays against kubectl kustomize", () => {
  it("says of a base under an overlay what it says of the manifests that kustomize makes", () => {
    const pairs = fc.sample(fc.tuple(shape, shape), { numRuns: 60, seed: 3 });
    const base = pairs.map(([of], i) => JSON.stringify(whole(`web-${i}`, of, false), null, 1));
    const patches = pairs.map(([, patch], i) => JSON.stringify(whole(`web-${i}`, patch, true), null, 1));
    const files = new Map([
      ["base/kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [web.yaml]\n"],
      ["base/web.yaml", base.join("\n---\n")],
      ["overlays/prod/kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nbases: [../../base]\npatchesStrategicMerge: [patch.yaml]\n"],
      ["overlays/prod/patch.yaml", patches.join("\n---\n")],
    ]);
    const made = kubectl(["kustomize", "overlays/prod"], files);
    expect(made).toBeDefined();
    const theirs = meaning(new Map([["made.yaml", made ?? ""]]));
    expect(theirs).toMatchObject({ places: expect.any(Array) as unknown[], problems: [] });
    expect(meaning(files)).toEqual(theirs);
  });
});
