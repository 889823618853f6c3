import fc from "fast-check";
import { expect, it } from "vitest";
import { audit } from "../src/library/index.ts";

/** A number as a template writes it: as it is, with a default, from another file, or unknown. */
const jinja = fc.tuple(fc.nat(40), fc.nat(3)).map(([number, how]) => [String(number), `{{ x | default(${number}) }}`, "{{ small }}", "{{ x }}"].at(how) ?? "");
const helm = fc.tuple(fc.nat(40), fc.nat(3)).map(([number, how]) => [String(number), `{{ .Values.none | default ${number} }}`, "{{ .Values.small }}", '{{ include "x" . }}'].at(how) ?? "");
const branch = fc.constantFrom((text: string) => text, (text: string) => `{% if x %}\n${text}{% else %}\n${text}{% endif %}\n`);

const nginx = fc.tuple(jinja, jinja, branch).map(([backlog, connections, around]): [string, string] => [
  "roles/web/templates/nginx.conf.j2",
  `events { worker_connections ${connections}; }\nhttp {\n${around(`server {\n  listen 80 backlog=${backlog};\n  location / { proxy_pass http://unix:/run/app.sock; }\n}\n`)}}\n`,
]);
const gunicorn = fc.tuple(jinja, jinja).map(([backlog, workers]): [string, string] => ["roles/web/templates/gunicorn.conf.py.j2", `bind = "unix:/run/app.sock"\nbacklog = ${backlog}\nworkers = ${workers}\n`]);
const unit = fc.tuple(jinja, jinja).map(([backlog, workers]): [string, string] => ["roles/web/templates/app.service.j2", `[Service]\nExecStart=/usr/bin/gunicorn -b unix:/run/app.sock --backlog ${backlog} -w ${workers} app\n`]);
const supervisord = jinja.map((backlog): [string, string] => ["roles/web/templates/supervisord.conf.j2", `[program:app]\ncommand=gunicorn -b 0.0.0.0:9000 --backlog ${backlog} app\n`]);
const envsubst = fc.integer({ min: 1, max: 40 }).map((backlog): [string, string] => ["etc/default.conf.template", `server { listen 81 backlog=\${BACKLOG:-${backlog}}; }\nserver { listen 82 backlog=${backlog}; }\n`]);
const chart = fc.tuple(helm, helm, helm, fc.boolean()).map(([backlog, seconds, somaxconn, conditional]): [string, string] => [
  "chart/templates/web.yaml",
  `${conditional ? "{{- if .Values.on }}\n" : ""}apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "x.fullname" . }}
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      securityContext:
        sysctls:
          - name: net.core.somaxconn
            value: "${somaxconn}"
      containers:
        - name: web
          image: x
          args: ["gunicorn", "--bind=0.0.0.0:8000", "--backlog=${backlog.replaceAll('"', '\\"')}", "app"]
          livenessProbe:
            httpGet: { path: /, port: 8000 }
            timeoutSeconds: ${seconds}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: conf
data:
  nginx.conf: |
    events { worker_connections 64; }
    http { server { listen 80 backlog=${backlog}; } }
${conditional ? "{{- end }}\n" : ""}`,
]);

const others: readonly [string, string][] = [
  ["roles/web/defaults/main.yml", "small: 7\n"],
  ["chart/Chart.yaml", "name: x\n"],
  ["chart/values.yaml", "small: 7\non: true\n"],
];

it("reports nothing of a template as certain", () => {
  let findings = 0;
  const assumed = new Set<string>();
  fc.assert(
    fc.property(fc.tuple(nginx, gunicorn, unit, supervisord, envsubst, chart), (files) => {
      const { report } = audit(new Map([...files, ...others]));
      for (const { rule, certainty, locations } of report.findings) {
        findings += 1;
        for (const { origin } of locations) if (origin.kind === "file") assumed.add(origin.file);
        expect(certainty.kind, `${rule} at ${JSON.stringify(locations[0]?.origin)}`).toBe("conditional");
      }
    }),
    { numRuns: 60 },
  );
  // It does look: every one of the formats has something to report.
  expect(findings).toBeGreaterThan(100);
  expect([...assumed].sort()).toEqual(expect.arrayContaining(["chart/templates/web.yaml", "etc/default.conf.template", "roles/web/templates/app.service.j2", "roles/web/templates/gunicorn.conf.py.j2", "roles/web/templates/nginx.conf.j2", "roles/web/templates/supervisord.conf.j2"]));
}, 60_000);
