import { expect, it } from "vitest";
import { looksLikeNginx } from "../src/readers/nginx.ts";
import { readGunicornConfig, looksLikeGunicornConfig } from "../src/readers/gunicorn-config.ts";
import { Charts, readKubernetes, readObjects, type KubernetesFacts } from "../src/readers/kubernetes/index.ts";

function read(files: Readonly<Record<string, string>>): KubernetesFacts {
  const charts = new Charts((path) => files[path]);
  return readKubernetes(Object.entries(files).filter(([path]) => !/(?:values|Chart)\.yaml$/.test(path)).map(([path, text]) => readObjects(path, text, charts.of(path))), (path) => /\b(production|development)\b/.exec(path)?.[1]);
}

const deployment = (name: string, pod: string, more = ""): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata:
      labels: { app: ${name}, tier: backend }
${more}    spec:
${pod.replace(/^(?=.)/gm, "      ")}`;

const service = (name: string, app: string, port: string): string => `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec:
  selector: { app: ${app} }
  ports: [${port}]
`;

it("gives a pod the names and ports of the Services that select it", () => {
  const { places } = read({
    "k8s/web.yaml": deployment("web", "containers:\n- name: web\n  image: x\n  ports: [{ name: http, containerPort: 8000 }]\n- name: proxy\n  image: nginx\n"),
    "k8s/services.yaml": `${service("web", "web", "{ port: 80, targetPort: http }")}---\n${service("other", "else", "{ port: 81 }")}---\n${service("same", "web", "{ port: 82 }")}`,
  });
  expect(places.map(({ hostnames }) => hostnames)).toEqual([["web", "same"], ["web", "same"]]);
  expect(places[0]?.ports).toEqual([
    { published: 80, target: 8000, hostname: "web" },
    { published: 82, target: 82, hostname: "same" },
  ]);
  expect(places[0]?.surroundings.sharesNetworkWith).toEqual([places[1]?.surroundings.id]);
});

it("keeps what could not be in one cluster apart", () => {
  const one = deployment("web", "containers:\n- name: web\n  image: x\n");
  const { places } = read({ "examples/a/web.yaml": one, "examples/a/svc/s.yaml": service("web", "web", "{ port: 80 }"), "examples/b/web.yaml": one });
  expect(places.map(({ networks, hostnames }) => [networks, hostnames])).toEqual([
    [["kubernetes:examples/a"], ["web"]],
    [["kubernetes:examples/b"], []],
  ]);
});

const configMap = `apiVersion: v1
kind: ConfigMap
metadata:
  name: conf
data:
  nginx.conf: |
    events {}
    http { server { listen 80 backlog=64; } }
  gunicorn.conf.py: |
    workers = 3
    if workers > 2:
        backlog = 32
  WORKERS: "5"
`;

it("shows embedded configurations in place, and where containers see them", () => {
  const { places, embedded, commands, problems } = read({
    "k8s/conf.yaml": configMap,
    "k8s/web.yaml": deployment("web", `containers:
- name: web
  image: x
  args: [gunicorn, -w, $(WORKERS), "$$(WORKERS)", $(NONE), app]
  envFrom: [{ configMapRef: { name: conf } }]
  volumeMounts:
  - { name: v, mountPath: /etc/nginx/nginx.conf, subPath: nginx.conf }
  - { name: v, mountPath: /app }
volumes:
- { name: v, configMap: { name: conf } }
`),
  });
  expect(problems).toEqual([]);
  expect(places[0]?.mounts).toEqual([
    { from: "k8s/conf.yaml#conf/nginx.conf", to: "/etc/nginx/nginx.conf" },
    { from: "k8s/conf.yaml#conf/nginx.conf", to: "/app/nginx.conf" },
    { from: "k8s/conf.yaml#conf/gunicorn.conf.py", to: "/app/gunicorn.conf.py" },
    { from: "k8s/conf.yaml#conf/WORKERS", to: "/app/WORKERS" },
  ]);
  expect(commands[0]?.words.map(({ value }) => ("value" in value ? value.value : value.kind))).toEqual(["gunicorn", "-w", "5", "$(WORKERS)", "$(NONE)", "app"]);
  expect(embedded.map(({ path }) => path)).toEqual(["k8s/conf.yaml#conf/nginx.conf", "k8s/conf.yaml#conf/gunicorn.conf.py"]);
  for (const { text } of embedded) expect(text).toHaveLength(configMap.length);
  const [nginx, gunicorn] = embedded;
  expect(looksLikeNginx(nginx?.path ?? "", nginx?.text ?? "")).toBe(true);
  expect(nginx?.text.indexOf("backlog=64")).toBe(configMap.indexOf("backlog=64"));
  expect(looksLikeGunicornConfig(gunicorn?.path ?? "", gunicorn?.text ?? "")).toBe(true);
  const { settings, problems: ofPython } = readGunicornConfig("x", gunicorn?.text ?? "");
  expect(ofPython).toEqual([]);
  expect(settings.get("backlog")).toMatchObject({ value: { kind: "exact", value: 32 }, origin: { range: { start: { line: 12, column: 19 } } } });
});

it("applies patches of overlays, and takes none for a deployment", () => {
  const files = {
    "base/kustomization.yaml": "resources: [web.yaml]\n",
    "base/web.yaml": deployment("web", "containers:\n- name: web\n  image: x\n  command: [gunicorn, -w, '2', app]\n  livenessProbe: { httpGet: { port: 8000 }, timeoutSeconds: 5 }\n"),
    "overlays/production/kustomization.yaml": "resources: [../../base]\npatches:\n- path: more.yaml\n- target: { kind: Deployment, name: web }\n  patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: 3\n",
    "overlays/production/more.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    spec:
      securityContext: { sysctls: [{ name: net.core.somaxconn, value: "1024" }] }
      containers:
      - name: web
        livenessProbe: { timeoutSeconds: 9, periodSeconds: null }
        command: [gunicorn, -w, '8', app]
`,
    "overlays/development/kustomization.yaml": "bases: [../../base]\n",
  };
  const { places, commands, problems } = read(files);
  const seen = places.map(({ surroundings: { environment, sysctls, probes } }) => ({ environment, sysctls: sysctls.map(({ value }) => value.value), timeout: probes[0]?.timeout.value }));
  expect(seen).toEqual([
    { environment: "production", sysctls: [{ kind: "exact", value: 1024 }], timeout: { kind: "exact", value: 9 } },
    { environment: "development", sysctls: [], timeout: { kind: "exact", value: 5 } },
  ]);
  expect(commands.map(({ file, words, places: ids }) => [file, words[2]?.text, ids])).toEqual([
    ["overlays/production/more.yaml", "8", ["base/web.yaml#Deployment/web web@production"]],
    ["base/web.yaml", "2", ["base/web.yaml#Deployment/web web@development"]],
  ]);
  expect(problems.map(({ file, reason }) => [file, reason])).toEqual([["overlays/production/kustomization.yaml", "a patch of kustomize was not applied, since it is a list of operations (JSON 6902)"]]);
});

it("leaves alone what only looks like a workload: a patch that no kustomization names", () => {
  const patch = deployment("web", "containers:\n- name: web\n  command: [gunicorn, app]\n").replace(/ {2}selector.*\n/, "");
  const { places, commands, problems } = read({ "patch.yaml": patch });
  expect([places, commands]).toEqual([[], []]);
  expect(problems).toMatchObject([{ file: "patch.yaml", reason: "Deployment web has a container without an image and no selector, as a patch does; it was not read" }]);
});

it.each([
  ["    spec:\n", "", undefined],
  ["annotations", "      annotations: { sidecar.istio.io/inject: \"true\" }\n", "istio"],
  ["annotations", "      annotations: { linkerd.io/inject: enabled }\n", "linkerd"],
  ["annotations", "      annotations: { sidecar.istio.io/inject: \"false\" }\n", undefined],
])("knows a mesh by %s %s", (_, metadata, mesh) => {
  expect(read({ "a.yaml": deployment("web", "containers:\n- name: web\n  image: x\n", metadata) }).places[0]?.surroundings.mesh?.name).toBe(mesh);
});

it("fills a chart's templates with its values, and calls nothing of it certain", () => {
  const template = `{{- if .Values.web.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.fullname" . }}
spec:
  selector:
    matchLabels:
      {{- include "shop.labels" . | nindent 6 }}
  template:
    spec:
      {{- with .Values.podSecurityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: web
          image: "{{ .Values.image.name }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          args:
            - gunicorn
            - --backlog={{ .Values.web.backlog }}
            - --threads
            - {{ .Values.web.threads }}
            - -w
            - {{ .Values.web.workers | default 4 | quote }}
            {{- range .Values.extraArgs }}
            - {{ . }}
            {{- end }}
          livenessProbe:
            httpGet:
              path: /
              port: {{ .Values.web.port }}
            timeoutSeconds: 7
          resources: {{- toYaml .Values.resources | nindent 12 }}
{{- end }}
`;
  const values = `web:
  enabled: true
  threads: 2
  backlog: 64
  port: 8000
podSecurityContext:
  sysctls:
    - name: net.core.somaxconn
      value: "256"
resources:
  limits:
    cpu: 500m
`;
  const { places, commands, problems } = read({ "chart/templates/web.yaml": template, "chart/Chart.yaml": "name: shop\n", "chart/values.yaml": values });
  expect(problems).toEqual([]);
  const words = commands[0]?.words.map(({ value }) => value) ?? [];
  expect(words.map((value) => ("value" in value ? value.value : undefined))).toEqual(["gunicorn", "--backlog=64", "--threads", "2", "-w", "4", undefined]);
  expect(words.map(({ kind }) => kind)).toEqual(["assumed", "assumed", "assumed", "assumed", "assumed", "assumed", "dynamic"]);
  expect(commands[0]?.words[3]).toMatchObject({ file: "chart/values.yaml", range: { start: { line: 3, column: 12 } }, via: [{ file: "chart/templates/web.yaml" }] });
  const surroundings = places[0]?.surroundings;
  expect(surroundings?.sysctls[0]?.value).toMatchObject({ value: { kind: "assumed", value: 256 }, origin: { file: "chart/values.yaml", range: { start: { line: 9 } } } });
  expect(surroundings?.cpus).toMatchObject({ value: { kind: "assumed", value: 0.5 }, origin: { file: "chart/values.yaml" } });
  expect(surroundings?.probes).toMatchObject([{ port: { value: { kind: "assumed", value: 8000 }, origin: { file: "chart/values.yaml", range: { start: { line: 5, column: 9 } } } }, timeout: { value: { kind: "assumed", value: 7 } } }]);
});
