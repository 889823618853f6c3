import { expect, it } from "vitest";
import type { Deployment } from "@audit-backlog/model";
import { scan, treeOf } from "../src/index.ts";

function scanned(files: Readonly<Record<string, string>>): Deployment {
  const somaxconn = { value: { kind: "assumed", value: 4096 }, origin: { kind: "default", of: "Linux", source: "test" } } as const;
  return scan(treeOf(new Map(Object.entries(files))), { roots: new Map(), somaxconn });
}

const nginx = "events { worker_connections {{ nginx_worker_connections }}; }\nhttp { server { listen {{ port }} backlog={{ nginx_backlog | default(99) }}; } }\n";

it("fills a role's templates with its own defaults, over which its vars go", () => {
  const deployment = scanned({
    "roles/web/templates/nginx.conf.j2": nginx,
    "roles/web/defaults/main.yml": 'nginx_worker_connections: "1024"\nnginx_backlog: 12\nport: "{{ other }}"\n',
    "roles/web/vars/main.yml": "nginx_backlog: 13\n",
    "roles/other/templates/nginx.conf.j2": nginx,
  });
  const [other, web] = deployment.services.flatMap((service) => (service.kind === "nginx" ? [service] : []));
  expect(web?.settings.worker_connections.value).toEqual({ kind: "assumed", value: 1024, variable: "nginx_worker_connections" });
  expect(web?.listeners[0]?.backlog.requested.value).toEqual({ kind: "assumed", value: 13, variable: "nginx_backlog" });
  expect(web?.listeners[0]?.address.value).toEqual({ kind: "dynamic" });
  // Another role's defaults are not its own.
  expect(other?.settings.worker_connections.value).toEqual({ kind: "dynamic" });
  expect(other?.listeners[0]?.backlog.requested.value).toEqual({ kind: "assumed", value: 99, variable: "nginx_backlog" });
  expect(deployment.templates).toEqual(["roles/other/templates/nginx.conf.j2", "roles/web/templates/nginx.conf.j2", "roles/web/defaults/main.yml", "roles/web/vars/main.yml"].sort());
});

it("takes a chart's values for the chart's, and for no machine's sysctls", () => {
  const values = "podSecurityContext:\n  sysctls:\n  - name: net.core.somaxconn\n    value: '1024'\n";
  expect(scanned({ "chart/Chart.yaml": "name: x\n", "chart/values.yaml": values, "chart/values-prod.yaml": values }).hostSysctls).toEqual([]);
});

it.each([
  ["ntpd.conf.j2", "listen on {{ x }}\nservers {{ y }}\n"],
  ["pool.conf.j2", "[{{ pool }}]\n;   listen queue len     - the size of the queue;\nlisten = {{ x }}\n"],
  ["application.conf.py.j2", "{# about\n   it #}\nlisten {{ x }};\n"],
])("does not take %s for nginx", (path, text) => {
  expect(scanned({ [path]: text }).coverage.read).toEqual({});
});
