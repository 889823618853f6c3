import { describeWith } from "@audit-backlog/test-support";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { serviceOf } from "./nginx-assembling.ts";
import { testNginx } from "./nginx-real.ts";

interface Places {
  readonly main: string;
  readonly events: string;
  readonly http: string;
  readonly upstream: string;
  readonly server: string;
  readonly location: string;
}

/** One configuration, with a line put in one of its blocks. */
function configuration(lines: Partial<Places>): string {
  return `pid nginx.pid;
error_log stderr;
${lines.main ?? ""}
events { ${lines.events ?? ""} }
http {
  access_log off;
  limit_conn_zone $remote_addr zone=x:1m;
  limit_conn_zone $server_name zone=y:1m;
  ${lines.http ?? ""}
  upstream app { server 127.0.0.1:9000; ${lines.upstream ?? ""} }
  server {
    listen 127.0.0.1:8080; listen unix:DIR/a.sock;
    ${lines.server ?? ""}
    location / { proxy_pass http://app; ${lines.location ?? ""} }
  }
}
`;
}

const numbers = ["0", "1", "2", "3", "16", "007", "65535", "", "-1", "+1", "1k", "0x10", "1.5", "abc", "9223372036854775807", "9223372036854775808"];
const times = ["0", "1", "60s", "1m30s", "1m 30s", "1m30", "30 1m", "1h1h", "500ms", "1s500ms", "500ms1s", "1y", "1M", "1w2d3h4m5s6ms", "ms", "s", "", "-1", "1.5s", "1S", " 1", "1 ", " ", "1  s", "1m  30", "1s ", "1ms ", "1s 1", "1d1w", "60 60"];

const quoted = (value: string): string => `"${value}"`;
const one = (values: readonly string[]) => fc.constantFrom(...values).map(quoted);
const line: fc.Arbitrary<Partial<Places>> = fc.oneof(
  one([...numbers, "auto", "AUTO"]).map((value) => ({ main: `worker_processes ${value};` })),
  one(numbers).map((value) => ({ main: `worker_rlimit_nofile ${value};` })),
  one(numbers).map((value) => ({ events: `worker_connections ${value};` })),
  fc.tuple(fc.constantFrom<keyof Places>("http", "server", "location"), fc.constantFrom("proxy_connect_timeout", "proxy_read_timeout", "fastcgi_read_timeout"), one(times)).map(([place, name, value]) => ({ [place]: `${name} ${value};` })),
  fc.tuple(fc.constantFrom<keyof Places>("http", "server", "location"), one(numbers.filter((value) => value.length < 15))).map(([place, value]) => ({ [place]: `limit_conn x ${value};` })),
  // 0 is refused before 1.29.7 and switches it off since: we do not know which nginx it will be.
  one(numbers.filter((value) => value !== "0" && value.length < 15)).map((value) => ({ upstream: `keepalive ${value};` })),
  fc.tuple(fc.constantFrom("weight", "max_conns", "max_fails"), fc.constantFrom(...numbers)).map(([name, value]) => ({ upstream: `server 127.0.0.1:9001 "${name}=${value}";` })),
  fc.constantFrom(...times).map((value) => ({ upstream: `server 127.0.0.1:9001 "fail_timeout=${value}";` })),
  fc.constantFrom("unix:", "127.0.0.1:0", "127.0.0.1:70000", "[::1", "[::1]", "[::1]:9", "127.0.0.1/x", ":80", "unix:/run/x.sock", "127.0.0.1:80-81").map((value) => ({ upstream: `server ${value};` })),
);
const twice: readonly Partial<Places>[] = [
  { main: "worker_processes 1; worker_processes 2;" },
  { main: "worker_rlimit_nofile 100; worker_rlimit_nofile 100;" },
  { main: "events {}" },
  { main: "http {}" },
  { events: "worker_connections 10; worker_connections 10;" },
  { http: "upstream APP { server 127.0.0.1:9; }" },
  { server: "proxy_read_timeout 1; proxy_read_timeout 1;" },
  { http: "proxy_read_timeout 1;", server: "proxy_read_timeout 1;" },
  { location: "limit_conn x 1; limit_conn y 1;" },
  { events: "worker_connections 3;", http: "server { listen 8081; }" },
  { events: "worker_connections 3;", http: "server { listen 8080; }" },
  { events: "worker_connections 4;", http: "server { listen 8081; listen [::1]:8081 reuseport; }" },
];

describeWith(["nginx"], "settings against nginx -t", () => {
  it("refuses a value, in its words, if and only if nginx does", { timeout: 300_000 }, () => {
    const samples = [...twice, ...fc.sample(line, { seed: 7, numRuns: 350 })].map(configuration);
    const real = testNginx(samples);
    const wrong = samples.flatMap((text, index) => {
      const said = real[index];
      const predicted = serviceOf(text).startFailures[0]?.message;
      const agree = predicted === undefined ? said === undefined : said?.startsWith(predicted) === true;
      return agree ? [] : [{ text, said, predicted }];
    });
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(real.filter((said) => said === undefined).length).toBeGreaterThan(100);
    expect(real.filter((said) => said !== undefined).length).toBeGreaterThan(100);
  });
});

describe("worker settings", () => {
  it("are read with their places, and defaults are named as such", () => {
    const service = serviceOf("worker_processes auto;\nworker_rlimit_nofile 8192;\nevents {\n  worker_connections 1024;\n}\nhttp { server { listen 80; } }\n");
    expect(service.settings).toMatchObject({
      worker_processes: { value: { kind: "formula", formula: { op: "cpus" } }, text: "auto", origin: { range: { start: { line: 1, column: 18 } } } },
      worker_rlimit_nofile: { value: { kind: "exact", value: 8192 } },
      worker_connections: { value: { kind: "exact", value: 1024 }, origin: { range: { start: { line: 4, column: 22 }, end: { line: 4, column: 26 } } } },
    });
    expect(serviceOf("events {}\nhttp { server { listen 80; } }\n").settings).toEqual({
      worker_processes: { value: { kind: "assumed", value: 1 }, origin: { kind: "default", of: "nginx", source: "https://nginx.org/en/docs/ngx_core_module.html#worker_processes" } },
      worker_connections: { value: { kind: "assumed", value: 512 }, origin: { kind: "default", of: "nginx", source: "https://nginx.org/en/docs/ngx_core_module.html#worker_connections" } },
    });
  });

  it("too few connections for the sockets: the place is that of the setting", () => {
    const service = serviceOf("events { worker_connections 2; }\nhttp { server { listen 80; listen 81; } }\n");
    expect(service.startFailures).toMatchObject([{ kind: "not-enough-connections", message: "2 worker_connections are not enough for 2 listening sockets", origin: { range: { start: { line: 1, column: 29 } } } }]);
  });
});
