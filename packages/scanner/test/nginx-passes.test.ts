import type { NginxService, Pass } from "@audit-backlog/model";
import { describe, expect, it } from "vitest";
import { serviceOf } from "./nginx-assembling.ts";

const nginx = (http: string): NginxService => serviceOf(`events {}\nhttp {\n${http}\n}\n`);
const only = (service: NginxService): Pass => {
  const [pass, ...others] = service.passes;
  if (pass === undefined || others.length > 0) throw new Error(`${service.passes.length} passes`);
  return pass;
};

describe("targets", () => {
  const tcp = (host: string, port: number) => ({ kind: "exact", value: { address: { family: "tcp", host, port } } });
  const unix = (path: string) => ({ kind: "exact", value: { address: { family: "unix", path } } });
  const upstream = { kind: "exact", value: { upstream: "App" } };
  it.each([
    ["proxy_pass http://app", upstream],
    ["proxy_pass http://APP/some/path", upstream],
    ["proxy_pass https://app$request_uri", upstream],
    ["proxy_pass http://app/$1?x=$args", upstream],
    ["proxy_pass http://web", tcp("web", 80)],
    ["proxy_pass https://web/", tcp("web", 443)],
    ["proxy_pass http://127.0.0.1:8000$uri", tcp("127.0.0.1", 8000)],
    ["proxy_pass HTTP://[::1]:8000/x", tcp("::1", 8000)],
    ["proxy_pass http://unix:/run/app.sock", unix("/run/app.sock")],
    ["proxy_pass http://unix:/run/app.sock:/path/", unix("/run/app.sock")],
    ["proxy_pass http://unix:/run/my__app.sock", unix("/run/my__app.sock")],
    ["proxy_pass http://__DOMAIN__:8000", { kind: "dynamic" }],
    ["proxy_pass http://$backend", { kind: "dynamic" }],
    ["proxy_pass $scheme://app", { kind: "dynamic" }],
    ["proxy_pass http://${APP_HOST}:8000", { kind: "dynamic" }],
    ["fastcgi_pass unix:/run/php.sock", unix("/run/php.sock")],
    ["fastcgi_pass app", upstream],
    ["fastcgi_pass php:9000", tcp("php", 9000)],
    ["uwsgi_pass uwsgi://localhost:4000", tcp("localhost", 4000)],
    ["uwsgi_pass unix:///run/u.sock", unix("///run/u.sock")],
    ["scgi_pass 127.0.0.1:4000", tcp("127.0.0.1", 4000)],
    ["grpc_pass grpcs://web", tcp("web", 443)],
    ["grpc_pass web:50051", tcp("web", 50051)],
  ])("%s", (directive, value) => {
    const service = nginx(`upstream App { server 127.0.0.1:1; }\nserver { listen 80; location / { ${directive}; } }`);
    expect(only(service).target.value).toEqual(value);
    expect(only(service).directive).toBe(directive.split(" ")[0]);
  });

  it("are kept as written, with their place", () => {
    const pass = only(serviceOf("events {}\nhttp { server { listen 80; location / {\n  proxy_pass http://127.0.0.1:8000/x;\n} } }\n"));
    expect(pass.target).toMatchObject({ text: "http://127.0.0.1:8000/x", origin: { range: { start: { line: 3, column: 14 }, end: { line: 3, column: 37 } } } });
  });

  it("that nginx refuses are none", () => {
    expect(nginx("server { listen 80; location / { proxy_pass app; } location /a { fastcgi_pass nowhere; } }").passes).toEqual([]);
  });
});

describe("what is in force for a pass", () => {
  it("comes from the nearest block that sets it, wherever in the block it stands", () => {
    const service = nginx(`
proxy_read_timeout 10m;
server {
  listen 80;
  location / { proxy_pass http://a:1; if ($x) { proxy_pass http://b:1; } }
  location /c { proxy_read_timeout 90; location /c/d { proxy_pass http://d:1; } proxy_connect_timeout 1500ms; }
  location /e { fastcgi_pass e:1; }
  proxy_connect_timeout 5s;
}`);
    expect(service.passes.map(({ connectTimeout, readTimeout }) => [connectTimeout.value, readTimeout.value])).toEqual([
      [{ kind: "exact", value: 5 }, { kind: "exact", value: 600 }],
      [{ kind: "exact", value: 5 }, { kind: "exact", value: 600 }],
      [{ kind: "exact", value: 1.5 }, { kind: "exact", value: 90 }],
      [{ kind: "assumed", value: 60 }, { kind: "assumed", value: 60 }],
    ]);
    expect(service.passes[3]?.readTimeout.origin).toEqual({ kind: "default", of: "nginx", source: "https://nginx.org/en/docs/http/ngx_http_fastcgi_module.html#fastcgi_read_timeout" });
  });

  it("limit_conn: the smallest of the nearest block that has any", () => {
    const service = nginx(`
limit_conn outer 5;
server { listen 80;
  location /a { proxy_pass http://a:1; }
  location /b { limit_conn x 20; limit_conn y 10; proxy_pass http://b:1; }
}`);
    expect(service.passes.map(({ limitConn }) => limitConn?.value)).toEqual([{ kind: "exact", value: 5 }, { kind: "exact", value: 10 }]);
  });

  it("listeners: those that take the connections of its server", () => {
    const service = nginx(`
server { listen 127.0.0.1:80; listen 8080; location / { proxy_pass http://a:1; } }
server { listen *:80; listen [::]:80; }`);
    expect(only(service).listeners).toEqual(["nginx:nginx.conf#*:80", "nginx:nginx.conf#*:8080"]);
  });

  it("a server without listen is on port 80", () => {
    const service = nginx("server { location / { proxy_pass http://a:1; } }");
    expect(only(service).listeners).toEqual(["nginx:nginx.conf#*:80"]);
    expect(service.listeners).toMatchObject([{ address: { value: { kind: "assumed", value: { family: "tcp", host: "*", port: 80 } } }, backlog: { reading: "default", requested: { value: { kind: "assumed", value: 511 } } }, origin: { kind: "file", range: { start: { line: 3 } } } }]);
  });
});

describe("upstreams", () => {
  it("have their servers with what is written and what is not", () => {
    const [upstream] = nginx(`upstream app {
  server 127.0.0.1:8000 weight=5 max_conns=50 max_fails=0 fail_timeout=1m;
  server unix:/run/app.sock backup;
  server web down;
  server \${HOST}:80 weight=\${W};
  keepalive 32;
}
server { listen 80; }`).upstreams;
    expect(upstream).toMatchObject({ name: "app", keepalive: { value: { kind: "exact", value: 32 }, text: "32" } });
    expect(upstream?.servers.map(({ address, weight, max_conns, max_fails, fail_timeout, down, backup }) => [address.value, weight.value, max_conns.value, max_fails.value, fail_timeout.value, down, backup])).toEqual([
      [{ kind: "exact", value: { family: "tcp", host: "127.0.0.1", port: 8000 } }, { kind: "exact", value: 5 }, { kind: "exact", value: 50 }, { kind: "exact", value: 0 }, { kind: "exact", value: 60 }, false, false],
      [{ kind: "exact", value: { family: "unix", path: "/run/app.sock" } }, { kind: "assumed", value: 1 }, { kind: "assumed", value: 0 }, { kind: "assumed", value: 1 }, { kind: "assumed", value: 10 }, false, true],
      [{ kind: "exact", value: { family: "tcp", host: "web", port: 80 } }, { kind: "assumed", value: 1 }, { kind: "assumed", value: 0 }, { kind: "assumed", value: 1 }, { kind: "assumed", value: 10 }, true, false],
      [{ kind: "dynamic" }, { kind: "dynamic" }, { kind: "assumed", value: 0 }, { kind: "assumed", value: 1 }, { kind: "assumed", value: 10 }, false, false],
    ]);
  });
});

describe("stream, mail and QUIC", () => {
  it("listen as http does; UDP has no accept queue", () => {
    const service = serviceOf(`
events {}
http { server { listen 443 ssl; listen 443 quic reuseport; } }
stream { server { listen 5432 backlog=7 so_keepalive=on; proxy_pass 10.0.0.1:5432; } server { listen 53 udp reuseport; proxy_pass 10.0.0.1:53; } }
mail { server { listen 25 backlog=9; protocol smtp; } }
`);
    expect(service.startFailures).toEqual([]);
    expect(service.listeners.map(({ id, backlog }) => [id.split("#")[1], "value" in backlog.requested.value ? backlog.requested.value.value : undefined])).toEqual([
      ["*:443", 511],
      ["*:5432", 7],
      ["*:25", 9],
    ]);
    expect(service.passes.map(({ listeners }) => listeners)).toEqual([["nginx:nginx.conf#*:5432"]]);
  });

  it("http and stream on one port can't both have it", () => {
    const service = serviceOf("events {}\nhttp { server { listen 80; } }\nstream { server { listen 80; proxy_pass a:1; } }\n");
    expect(service.startFailures).toMatchObject([{ kind: "listen-conflict", passesConfigTest: true }]);
    expect(new Set(service.listeners.map(({ id }) => id)).size).toBe(2);
  });

  it.each([
    ["http { server { listen 443 quic backlog=5; } }", "invalid-backlog", '"listen" directive "backlog" parameter is incompatible with "quic"'],
    ["stream { server { listen 53 udp backlog=5; proxy_pass a:1; } }", "invalid-backlog", '"listen" directive "backlog" parameter is incompatible with "udp"'],
    ["mail { server { listen 25; } server { listen 25; } }", "duplicate-listen", 'duplicate "0.0.0.0:25" address and port pair'],
    ["stream { upstream a { server 127.0.0.1; } server { listen 5000; proxy_pass a; } }", "other", 'no port in upstream "127.0.0.1"'],
  ])("%s", (block, kind, message) => {
    expect(serviceOf(`events {}\n${block}\n`).startFailures).toMatchObject([{ kind, message, passesConfigTest: false }]);
  });
});

describe("values that never get to the kernel as written", () => {
  it("an earlier backlog= of one directive is ignored, with its own place", () => {
    const { listeners } = nginx("server {\n  listen 80 backlog=100 backlog=7;\n}");
    expect(listeners[0]?.backlog).toMatchObject({
      requested: { value: { kind: "exact", value: 7 }, origin: { range: { start: { line: 4, column: 33 } } } },
      ignored: [{ reason: "later-parameter-wins", setting: { value: { kind: "exact", value: 100 }, origin: { range: { start: { line: 4, column: 21 }, end: { column: 24 } } } } }],
    });
  });

  it.each([
    ["2147483648", -2147483648],
    ["4294967301", 5],
  ])("backlog=%s overflows the int that it is kept in", (text, value) => {
    expect(nginx(`server { listen 80 backlog=${text}; }`).listeners[0]?.backlog).toMatchObject({ reading: "coerced", written: { value: { value: text } }, requested: { value: { kind: "exact", value } } });
  });

  it("a refused one leaves the default in the books and names the parameter", () => {
    const service = nginx('server {\n  listen 80 "backlog=0";\n}');
    expect(service.startFailures).toMatchObject([{ kind: "invalid-backlog", message: 'invalid backlog "backlog=0"', origin: { range: { start: { line: 4, column: 13 } } } }]);
    expect(service.listeners[0]?.backlog).toMatchObject({ reading: "refused", requested: { value: { value: 511 } }, written: { value: { value: "0" } } });
  });
});
