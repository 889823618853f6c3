import { expect, it } from "vitest";
import { readKubernetes, readObjects, looksLikeKubernetes, type KubernetesFacts } from "../src/readers/kubernetes/index.ts";

function read(...files: readonly (readonly [string, string])[]): KubernetesFacts {
  return readKubernetes(files.map(([path, text]) => readObjects(path, text)));
}

const shop = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  template:
    spec:
      securityContext:
        sysctls:
          - name: net.core.somaxconn
            value: "1024"
      containers:
        - name: web
          image: shop:1
          command: ["gunicorn", "shop.wsgi", "--workers=$(WORKERS)"]
          env:
            - name: WORKERS
              value: "3"
          livenessProbe:
            httpGet: { path: /health, port: http }
            timeoutSeconds: 2
          resources:
            limits: { cpu: 1500m }
          ports:
            - name: http
              containerPort: 8000
`;

it("reads a pod's command, sysctls, probe and limit with their places", () => {
  const facts = read(["k8s/shop.yaml", shop]);
  expect(facts.problems).toEqual([]);
  const [command] = facts.commands;
  expect(command?.holder).toEqual({ kind: "kubernetes", name: "Deployment/shop web" });
  expect(command?.words.map(({ value }) => value)).toEqual(["gunicorn", "shop.wsgi", "--workers=3"].map((value) => ({ kind: "exact", value })));
  expect(command?.words[2]?.range.start).toEqual({ offset: shop.indexOf('"--workers') + 1, line: 15, column: 47 });
  const [place] = facts.places;
  expect(place?.surroundings.sysctls).toMatchObject([{ name: "net.core.somaxconn", value: { value: { kind: "exact", value: 1024 }, origin: { range: { start: { line: 11 } } } } }]);
  expect(place?.surroundings.cpus?.value).toEqual({ kind: "exact", value: 1.5 });
  expect(place?.surroundings.network.value).toEqual({ kind: "assumed", value: "own" });
  expect(place?.surroundings.probes).toMatchObject([
    { kind: "liveness", by: "http", port: { value: { kind: "exact", value: 8000 } }, timeout: { value: { value: 2 } }, period: { value: { kind: "assumed", value: 10 } }, failures: { value: { kind: "assumed", value: 3 } } },
  ]);
});

it("takes only what has apiVersion and kind at its left edge for a manifest", () => {
  expect(looksLikeKubernetes("k8s/shop.yaml", shop)).toBe(true);
  expect(looksLikeKubernetes("a.yml", "example: |\n  apiVersion: v1\n  kind: Pod\n")).toBe(false);
  expect(looksLikeKubernetes("compose.yaml", "services:\n  web:\n    image: x\n")).toBe(false);
});
