import { describe, expect, it } from "vitest";
import { readComposeFiles, type ComposeFacts } from "../src/readers/compose.ts";

function read(files: Readonly<Record<string, string>>): ComposeFacts {
  return readComposeFiles(Object.keys(files), (path) => files[path], () => undefined);
}

const many = Array.from({ length: 2_000 }, (_, index) => index);

describe("compose files that nobody means well with", () => {
  it.each([
    ["a service that extends itself", { "compose.yml": "services:\n  a:\n    extends: a\n    command: x\n" }],
    ["services that extend each other across files", { "compose.yml": "services:\n  a: { extends: { file: b.yml, service: b } }\n", "b.yml": "services:\n  b: { extends: { file: compose.yml, service: a } }\n" }],
    ["files that include each other", { "compose.yml": "include: [b/compose.yml]\nservices: { a: { command: x } }\n", "b/compose.yml": "include: [../compose.yml]\nservices: { b: { command: x } }\n" }],
    ["a namespace that leads to itself", { "compose.yml": "services:\n  a: { network_mode: service:b }\n  b: { network_mode: service:a }\n" }],
    ["values of the wrong kind", { "compose.yml": "services:\n  a: { sysctls: 5, environment: x, ports: {a: b}, networks: 3, healthcheck: [], ulimits: q, volumes: {x: y}, configs: 7, deploy: [], build: [1], command: {a: b}, extends: [1], env_file: {}, network_mode: [x], depends_on: 4 }\nconfigs: 3\nnetworks: [a]\ninclude: x\n" }],
    ["anchors that lead to themselves", { "compose.yml": "services: &a\n  x: *a\n  y: &y\n    <<: *y\n    environment: *a\n" }],
    ["paths out of the tree", { "compose.yml": "services:\n  a: { build: ../../.., volumes: ['../../x:/y', '/etc:/etc'], env_file: [../../../etc/passwd, /etc/passwd], extends: { file: ../../c.yml, service: x } }\n" }],
  ] as readonly (readonly [string, Readonly<Record<string, string>>])[])("survives %s", (_, files) => {
    const { places, problems } = read(files);
    expect(places.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(2);
    for (const { mounts, build } of places) {
      expect(mounts.filter(({ from }) => from.startsWith("..") || from.startsWith("/"))).toEqual([]);
      expect(build?.context ?? "").not.toMatch(/^\.\./);
    }
  });

  it.each([
    ["extends itself", { "compose.yml": "services:\n  a:\n    extends: a\n    command: x\n" }, 3],
    ["is included by what it includes", { "compose.yml": "include:\n  - b.yml\nservices: { a: { command: x } }\n", "b.yml": "include:\n  - compose.yml\nservices: { b: { command: x } }\n" }, 2],
  ] as readonly (readonly [string, Readonly<Record<string, string>>, number])[])("says once that something %s", (reason, files, line) => {
    const { places, problems } = read(files);
    expect(places.length).toBeGreaterThan(0);
    expect(problems.map((problem) => [problem.reason.includes(reason), problem.range?.start.line])).toEqual([[true, line]]);
  });

  it("takes time in proportion to what a huge .env is named for, and to templates that nobody can read", () => {
    const start = performance.now();
    read({ ".env": `A=${"x".repeat(190_000)}\n`, "compose.yml": `services: { a: { image: x, environment: { ${many.map((index) => `V${index}: "\${A}\${A}"`).join(", ")} } } }\n` });
    read({ "compose.yml": `services:\n${'{{ define "x" }}\n'.repeat(20_000)}` });
    read({ "compose.yml": `services:\n${"  {% if A %}\n".repeat(10_000)}  - x\n` });
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it("takes time in proportion to thousands of services in one namespace, on one network and with wide port ranges", () => {
    const services = many.slice(0, 2_000).map((index) => `  s${index}: { network_mode: "service:s${Math.max(0, index - 1)}", ports: ["1-60000:1-60000"], command: gunicorn a }\n`).join("");
    const start = performance.now();
    const { places } = read({ "compose.yml": `services:\n${services}` });
    expect(places).toHaveLength(2_000);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it("takes time in proportion to many overlays of one base", () => {
    const base = `services:\n${many.slice(0, 50).map((index) => `  s${index}: { image: x, command: gunicorn a }\n`).join("")}`;
    const overlays = Object.fromEntries(many.slice(0, 60).map((index) => [`docker-compose.x${index}.yml`, "services:\n  s0: { environment: { A: 1 } }\n"]));
    const start = performance.now();
    const { places } = read({ "docker-compose.yml": base, ...overlays });
    expect(places).toHaveLength(61 * 50);
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});
