import { describe, expect, it } from "vitest";
import { assemble } from "./nginx-assembling.ts";

const main = (http: string): string => `worker_processes 4;\nevents { worker_connections 1000; }\nhttp {\n${http}\n}\n`;
const server = (listen: string): string => `server { listen ${listen}; }\n`;
const listenersOf = (repository: Record<string, string>, roots: Record<string, string> = {}): (readonly [string, string[]])[] =>
  assemble(repository, roots).services.map(({ id, listeners }) => [id, listeners.map((listener) => listener.id.slice(id.length + 1))]);

describe("includes of a main configuration", () => {
  it("are relative to its directory, wherever they stand", () => {
    expect(
      listenersOf({
        "deploy/nginx.conf": main("include conf.d/*.conf;"),
        "deploy/conf.d/b.conf": server("8002"),
        "deploy/conf.d/a.conf": `${server("8001")} include extra/c.conf;`,
        "deploy/conf.d/.hidden.conf": server("8009"),
        "deploy/extra/c.conf": server("8003"),
      }),
    ).toEqual([
      ["nginx:deploy/nginx.conf", ["*:8001", "*:8003", "*:8002"]],
      // A mask does not match hidden files, so that this one is reached by nothing.
      ["nginx:deploy/conf.d/.hidden.conf", ["*:8009"]],
    ]);
  });

  it("may be absolute where a mapping says what the path is here", () => {
    const repository = { "main/nginx.conf": main("include /srv/conf/sites/*;"), "files/sites/a": server("8001") };
    expect(listenersOf(repository, { "/srv/conf": "files" })).toEqual([["nginx:main/nginx.conf", ["*:8001"]]]);
    expect(assemble(repository, { "/srv/conf": "files" }).includes).toMatchObject([{ how: "mapped", files: ["files/sites/a"] }]);
    // Without it nothing is known to listen for the main file.
    expect(listenersOf(repository)).toEqual([["nginx:files/sites/a", ["*:8001"]]]);
  });

  it("may be absolute below a usual prefix where the rest exists beside the main file, and say so", () => {
    const result = assemble({ "docker/nginx.conf": main("include /etc/nginx/conf.d/*.conf;"), "docker/conf.d/a.conf": server("8001") });
    expect(result.services.map(({ listeners }) => listeners.length)).toEqual([1]);
    expect(result.includes).toMatchObject([{ how: "guessed", files: ["docker/conf.d/a.conf"], origin: { file: "docker/nginx.conf", range: { start: { line: 4 } } } }]);
  });

  it("that are not there are a problem when they name a file, none when they are a mask or come with nginx", () => {
    const { problems, services } = assemble({ "nginx.conf": `include modules-enabled/*.conf;\n${main("include mime.types; include /etc/nginx/conf.d/*.conf;\ninclude tuning.conf;\nserver { listen 80; location / { include /etc/nginx/uwsgi_params; } }")}` });
    expect(problems).toEqual([
      expect.objectContaining({ file: "nginx.conf", reason: "tuning.conf was not found in the repository: what it sets is unknown", range: expect.objectContaining({ start: expect.objectContaining({ line: 6, column: 1 }) as unknown }) as unknown }),
    ]);
    expect(services).toHaveLength(1);
  });

  it("end where they come round in a circle, and where they lead out of the repository", () => {
    const { problems, services } = assemble({ "nginx.conf": main("include a.conf; include ../../etc/passwd;"), "a.conf": `${server("80")}include b.conf;`, "b.conf": "include a.conf;\n" });
    expect(services.map(({ listeners }) => listeners.length)).toEqual([1]);
    expect(problems.map(({ file, reason }) => [file, reason])).toEqual([
      ["b.conf", "a.conf includes itself again through this line: read once"],
      ["nginx.conf", "../../etc/passwd was not found in the repository: what it sets is unknown"],
    ]);
  });

  it("that double at each level are bounded", () => {
    const repository: Record<string, string> = { "nginx.conf": main("include 0.conf;") };
    for (let level = 0; level < 30; level += 1) repository[`${level}.conf`] = `include ${level + 1}.conf; include ${level + 1}.conf; server { listen 80; }`;
    const start = performance.now();
    const { problems } = assemble(repository);
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(problems.some(({ reason }) => /nested more than|too many directives/.test(reason))).toBe(true);
  });

  it("inside of data blocks hold no configuration", () => {
    expect(listenersOf({ "nginx.conf": main(`map $host $x { include maps/hosts.conf; }\n${server("80")}`), "maps/hosts.conf": "listen 5;\nserver { listen 9; }\n" })).toEqual([["nginx:nginx.conf", ["*:80"]]]);
  });

  it("give the place in the included file", () => {
    const { services } = assemble({ "nginx.conf": main("include a.conf;"), "a.conf": "server {\n  listen 80 backlog=64;\n}\n" });
    expect(services[0]?.listeners[0]?.backlog.requested).toEqual({
      value: { kind: "exact", value: 64 },
      text: "64",
      origin: { kind: "file", file: "a.conf", range: { start: { offset: 29, line: 2, column: 21 }, end: { offset: 31, line: 2, column: 23 } } },
    });
  });
});

describe("fragments", () => {
  it("know nothing of the workers", () => {
    const [service] = assemble({ "default.conf": server("80") }).services;
    expect(service).toMatchObject({ id: "nginx:default.conf", fragment: true, settings: { worker_processes: { value: { kind: "dynamic" }, text: "set outside this file" }, worker_connections: { value: { kind: "dynamic" } } } });
  });

  it("of conf.d are one nginx: addresses merge, upstreams and settings are shared, failures are not claimed across files", () => {
    const { services } = assemble({
      "conf.d/app.conf": "server { listen 80; location / { proxy_pass http://App; } }\n",
      "conf.d/other.conf": "server { listen 80 backlog=100; server_name other; }\nserver { listen 81 backlog=1; }\n",
      "conf.d/third.conf": "server { listen 81 backlog=2; server_name third; }\n",
      "conf.d/upstreams.conf": "upstream app { server 127.0.0.1:9000; }\nproxy_read_timeout 5m;\n",
    });
    expect(services).toHaveLength(1);
    expect(services[0]).toMatchObject({ id: "nginx:conf.d/", startFailures: [], passes: [{ target: { value: { value: { upstream: "app" } } }, readTimeout: { value: { value: 300 } } }] });
    expect(services[0]?.listeners.map(({ id, backlog }) => [id, backlog.requested.value])).toEqual([
      ["nginx:conf.d/#*:80", { kind: "exact", value: 100 }],
      ["nginx:conf.d/#*:81", { kind: "exact", value: 1 }],
    ]);
  });

  it("of conf.d that define the same upstream are alternatives", () => {
    const site = "upstream app { server 127.0.0.1:9000; }\nserver { listen 80; location / { proxy_pass http://app; } }\n";
    expect(listenersOf({ "conf.d/dev.conf": site, "conf.d/prod.conf": site })).toEqual([
      ["nginx:conf.d/dev.conf", ["*:80"]],
      ["nginx:conf.d/prod.conf", ["*:80"]],
    ]);
  });

  it("elsewhere stand for themselves and borrow the one definition of an upstream beside them", () => {
    const { services } = assemble({
      "nginx/dev.conf": "server { listen 80; location / { proxy_pass http://app/; } }\n",
      "nginx/prod.conf": "server { listen 80 backlog=9; location / { proxy_pass http://app; } }\n",
      "nginx/upstream.conf": "upstream app { server app:8000; }\n",
    });
    expect(services.map(({ id, upstreams, passes, listeners }) => [id, upstreams.map(({ name }) => name), passes.map(({ target }) => target.value), listeners.length])).toEqual([
      ["nginx:nginx/dev.conf", ["app"], [{ kind: "exact", value: { upstream: "app" } }], 1],
      ["nginx:nginx/prod.conf", ["app"], [{ kind: "exact", value: { upstream: "app" } }], 1],
    ]);
  });

  it("that belong into a server say that nothing is known to reach them", () => {
    const { services, problems } = assemble({ "locations.conf": "location / { proxy_pass http://127.0.0.1:1; }\n" });
    expect(services).toEqual([]);
    expect(problems.map(({ reason }) => reason)).toEqual(["no server that was read includes this file, so nothing is known to reach its passes: they were left out"]);
  });

  it("with an http block but no events are no whole configuration", () => {
    const [service] = assemble({ "http.conf": "http { server { listen 80; } }\n" }).services;
    expect(service).toMatchObject({ fragment: true, settings: { worker_connections: { value: { kind: "dynamic" } } } });
  });

  it("of a stream are told from http", () => {
    const [service] = assemble({ "tcp.conf": "upstream db { server 10.0.0.2:5432; }\nserver { listen 5432; proxy_pass db; }\nserver { listen 53 udp; proxy_pass 10.0.0.3:53; }\n" }).services;
    expect(service?.listeners.map(({ id }) => id)).toEqual(["nginx:tcp.conf#*:5432"]);
    expect(service?.passes).toMatchObject([{ target: { value: { value: { upstream: "db" } } }, readTimeout: { value: { value: 600 }, origin: { kind: "default" } } }]);
  });
});

describe("hostile repositories", () => {
  it("nest without end, name thousands of addresses, and include each other", () => {
    const deep = `events {}\nhttp { server { listen 80; ${"location / { ".repeat(20_000)}proxy_pass http://a:1;${" }".repeat(20_000)} } }\n`;
    const many = `events {}\nhttp { server { ${Array.from({ length: 5000 }, (_, index) => `listen 127.${index >> 16}.${(index >> 8) & 255}.${index & 255}:80 bind;`).join("\n")} } server { listen 80; listen 1-65535; } }\n`;
    const repository: Record<string, string> = { "deep/nginx.conf": deep, "many/nginx.conf": many };
    for (let index = 0; index < 200; index += 1) repository[`ring/${index}.conf`] = `include ring/*.conf;\nserver { listen ${index + 1}; }\n`;
    const start = performance.now();
    const { services, problems } = assemble(repository);
    expect(performance.now() - start).toBeLessThan(40_000);
    expect(services.length).toBeGreaterThan(1);
    expect(problems.map(({ reason }) => reason)).toEqual(expect.arrayContaining(["blocks nested more than 50 deep: what they hold was left out", "a listen directive with more than 1024 ports: only the first 1024 were read"]));
  });
});
