import { expect, it } from "vitest";
import { scanned, serviceIn } from "./scanning.ts";

const compose = (more: string): Record<string, string> => ({ "docker-compose.yml": `services:\n  web:\n    image: {{ IMAGE }}\n    command: gunicorn shop.wsgi -w 3\n${more}` });

it.each([
  ["a value that stands for whole services", '  {{ patch("services")|indent(2) }}\n'],
  ["an item that is there or not", "    volumes:\n      - a:/a\n      {% if B %}- b:/b{% endif %}\n      - c:/c\n"],
  ["a key with a branch behind it", "  db:{% if X %} &db{% endif %}\n    image: x\n  other:\n    image: y\n"],
  ["branches around services", "  {% if DB -%}\n  db:\n    image: x\n  {%- endif %}\n"],
  ["a branch that holds the first of a service's lines", "  {% if A %}a:{% else %}b:{% endif %}\n    image: x\n"],
])("reads a compose file with %s", (_, more) => {
  const found = scanned(compose(more));
  expect(found.coverage.partial).toEqual([]);
  expect(serviceIn(found, "gunicorn:docker-compose.yml:web").runsIn?.map(({ id }) => id)).toEqual(["docker-compose.yml#web"]);
});

const deployment = (more: string, image = "{{ IMAGE }}"): string =>
  `{%- if A %}\n---\n{%- endif %}\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  {{ labels | indent(2) }}\nspec:\n  selector: {}\n  template:\n    spec:\n      {%- if B %}\n      # A remark.\n      affinity: {}\n      {%- endif %}\n      containers:\n        - name: web\n          image: ${image}\n          command: [gunicorn, shop.wsgi, -w, "3"]\n${more}`;

it.each([["", "{{ IMAGE }}"], ["          {% if C %}tty: true{% endif %}\n", "x"], ["          args: {% if C %}[a]{% else %}[b]{% endif %}\n", "x"]])("reads a manifest that somebody fills in first: %j, %s", (more, image) => {
  const found = scanned({ "k8s/web.yml": deployment(more, image) });
  expect(found.coverage.partial).toEqual([]);
  expect(found.templates).toEqual(["k8s/web.yml"]);
  const service = serviceIn(found, "gunicorn:k8s/web.yml:Deployment/web web");
  expect(service.runsIn?.map(({ id }) => id)).toEqual(["k8s/web.yml#Deployment/web web"]);
  expect(service.kind === "gunicorn" ? service.settings.workers.value : undefined).toEqual({ kind: "assumed", value: 3 });
});

it("leaves a manifest alone that only speaks of templates", () => {
  const text = 'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers:\n    - name: web\n      image: x\n      command: [gunicorn, shop.wsgi, -w, "3"]\n      env: [{ name: A, value: "{{ $labels.x }}" }]\n';
  const service = serviceIn(scanned({ "k8s/web.yml": text }), "gunicorn:k8s/web.yml:Pod/web web");
  expect(service.kind === "gunicorn" ? service.settings.workers.value : undefined).toEqual({ kind: "exact", value: 3 });
});

it("leaves out documents that say nothing of what runs, and keeps the places of the others", () => {
  const definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: { containers: [ }\n";
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers:\n    - name: web\n      image: x\n      command: [gunicorn, shop.wsgi, -w, "3"]\n';
  const found = scanned({ "install.yaml": `${definition}---\n${pod}---\n${definition}` });
  expect(found.coverage.partial).toEqual([]);
  const service = serviceIn(found, "gunicorn:install.yaml:Pod/web web");
  expect(service.kind === "gunicorn" ? service.settings.workers.origin : undefined).toMatchObject({ range: { start: { line: 12 } } });
});
