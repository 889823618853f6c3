import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Charts, looksLikeKubernetes, readKubernetes, readObjects } from "../src/readers/kubernetes/index.ts";

const head = "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n";

function read(files: Readonly<Record<string, string>>): ReturnType<typeof readKubernetes> {
  const charts = new Charts((path) => files[path]);
  return readKubernetes(Object.entries(files).map(([path, text]) => readObjects(path, text, charts.of(path))));
}

describe("hostile manifests", () => {
  it.each([
    ["deep nesting", `${head}  containers: ${"[".repeat(50_000)}`],
    ["aliases of aliases", `${head}  a: &a [x, x]\n${Array.from({ length: 60 }, (_, i) => `  a${i}: &a${i} [*a${i === 0 ? "" : i - 1}, *a${i === 0 ? "" : i - 1}]`).join("\n")}\n  containers: *a59\n`],
    ["an alias in itself", `${head}  containers: &c\n  - name: a\n    image: x\n    env: *c\n    command: [*c, gunicorn]\n`],
    ["merge keys in merge keys", `${head}  x0: &x0 { a: 1, b: 2 }\n${Array.from({ length: 30 }, (_, i) => `  x${i + 1}: &x${i + 1}\n    <<: [*x${i}, *x${i}]`).join("\n")}\n  containers:\n  - <<: *x30\n    name: a\n`],
    ["many documents", `${head}---\n`.repeat(5_000)],
    ["many template marks", `apiVersion: v1\nkind: Pod\n${"{{ if x }}a{{ else }}b{{ end }} ".repeat(5_000)}\n`],
    ["no scalars where there should be", `${head}  containers:\n  - name: [a]\n    image: {}\n    command: {}\n    args: 5\n    env: [1, { name: {} }]\n    livenessProbe: []\n    resources: x\n  securityContext: { sysctls: { a: b } }\n  hostNetwork: [true]\n`],
  ])("takes %s in a moment", (_, text) => {
    const started = performance.now();
    const facts = read({ "chart/templates/a.yaml": text, "chart/Chart.yaml": "name: x\n", "plain.yaml": text });
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(Array.isArray(facts.places)).toBe(true);
  }, 30_000);

  it("takes kustomizations that lead back to themselves", () => {
    const facts = read({ "a/kustomization.yaml": "resources: [../b, ../a, x.yaml]\n", "b/kustomization.yaml": "resources: [../a]\n", "a/x.yaml": `${head}  containers: [{ name: c, image: i }]\n` });
    expect(facts.places).toHaveLength(1);
  });

  it("never throws, whatever the lines", () => {
    const line = fc.constantFrom("apiVersion: v1", "kind: Pod", "kind: List", "items:", "- apiVersion: v1", "  kind: ConfigMap", "spec:", "  containers:", "  - name: a", "    image: x", "    args: [a, $(B]", "{{- if x }}", "{{ toYaml .Values.a | nindent 2 }}", "{{- end }}", "---", "data:", "  nginx.conf: |", '  a.conf: "listen 80;\\n"', "    listen 80 backlog=5;", "  &a", "  *a", "\t", "{", "]", "'", "# x", "  <<: *a");
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const text = lines.join("\n");
        const facts = read({ "c/templates/a.yaml": text, "c/Chart.yaml": "name: x", "c/values.yaml": text, "b/kustomization.yaml": text, "b/p.yaml": text });
        for (const { text: embedded } of facts.embedded) expect(embedded).toHaveLength(text.length);
        for (const { range } of facts.problems) if (range !== undefined) expect(range.end.offset).toBeLessThanOrEqual(text.length);
        looksLikeKubernetes("a.yaml", text);
      }),
    );
  }, 30_000);
});
