import { describe, expect, it } from "vitest";
import { mightBePm2, readPackagePm2, readPm2, type Pm2App } from "../src/readers/pm2.ts";
import { assemble, command, inShort } from "./node-fixture.ts";

const cpus = { kind: "formula", formula: { op: "cpus" } };
const server = `require("http").createServer().listen(process.env.PORT || 3000);`;

function only(text: string, path = "ecosystem.config.js"): Pm2App | undefined {
  const { apps, problems } = readPm2(path, text);
  expect(problems).toEqual([]);
  expect(apps).toHaveLength(1);
  return apps[0];
}

/** Processes left when as many CPUs are to stay free. */
function butFor(free: number): object {
  return { kind: "formula", formula: { op: "max", operands: [{ op: "number", value: 1 }, { op: "-", operands: [{ op: "cpus" }, { op: "number", value: free }] }] } };
}

describe("instances and exec_mode", () => {
  // By hand from pm2's lib/Common.js (verifyConfs, determineExecMode) and lib/God.js (prepare).
  it.each<[string, object, string]>([
    ["", { kind: "assumed", value: 1 }, "fork"],
    ["instances: 1", { kind: "exact", value: 1 }, "cluster"],
    ["instances: 4", { kind: "exact", value: 4 }, "cluster"],
    ["instances: '4'", { kind: "exact", value: 4 }, "cluster"],
    ["instances: 'max'", cpus, "cluster"],
    ["instances: 0", cpus, "cluster"],
    ["instances: '0'", cpus, "cluster"],
    ["instances: 'many'", cpus, "cluster"],
    ["instances: -1", butFor(1), "cluster"],
    ["instances: -2", butFor(2), "fork"],
    ["instances: null", { kind: "assumed", value: 1 }, "fork"],
    ["instances: 4, exec_mode: 'fork'", { kind: "exact", value: 4 }, "fork"],
    ["exec_mode: 'cluster_mode'", { kind: "assumed", value: 1 }, "cluster"],
    ["execMode: 'cluster', instances: 2", { kind: "exact", value: 2 }, "cluster"],
    ["instances: 2, interpreter: 'python3'", { kind: "exact", value: 2 }, "fork"],
    ["instances: 2, interpreter: 'none'", { kind: "exact", value: 2 }, "fork"],
    ["instances: 2, interpreter: '/opt/node/bin/node'", { kind: "exact", value: 2 }, "cluster"],
    ["instances: require('os').cpus().length", { kind: "formula", formula: { op: "max", operands: [{ op: "number", value: 1 }, { op: "int", operands: [{ op: "cpus" }] }] } }, "cluster"],
    ["instances: process.env.WEB_CONCURRENCY || 3", { kind: "assumed", value: 3, variable: "WEB_CONCURRENCY" }, "cluster"],
    ["instances: process.env.WEB_CONCURRENCY || 'max'", cpus, "cluster"],
  ])("%s", (options, instances, mode) => {
    const app = only(`module.exports = { apps: [{ script: "app.js", ${options} }] };`);
    expect(app?.instances.value).toEqual(instances);
    expect(app?.execMode.value).toMatchObject({ value: mode });
  });

  it("keeps what only the running machine knows unknown", () => {
    const app = only(`module.exports = { apps: [{ script: "app.js", instances: process.env.N }] };`);
    expect(app?.instances.value).toEqual({ kind: "dynamic", variable: "N" });
    expect(app?.execMode.value).toEqual({ kind: "dynamic" });
  });

  it("keeps both sides of a condition", () => {
    const app = only(`const prod = process.env.NODE_ENV === "production";\nmodule.exports = { apps: [{ script: "app.js", instances: prod ? "max" : 1, exec_mode: prod ? "cluster" : "fork" }] };`);
    expect(app?.instances.value).toEqual({ kind: "oneOf", options: [{ value: cpus, when: "if prod" }, { value: { kind: "exact", value: 1 }, when: "else" }] });
    expect(app?.execMode.value).toMatchObject({ kind: "oneOf", options: [{ value: { value: "cluster" } }, { value: { value: "fork" } }] });
  });
});

describe("the file", () => {
  it("may be JSON with comments, YAML, or one application without a list", () => {
    expect(only(`{ // ours\n "apps": [{ "script": "app.js", "instances": 2 }] }`, "pm2.json")?.instances).toMatchObject({ value: { value: 2 }, origin: { range: { start: { line: 2, column: 46 } } } });
    expect(only("apps:\n  - script: app.js\n    instances: max\n", "process.yml")?.instances).toMatchObject({ value: cpus, origin: { range: { start: { line: 3, column: 16 } } } });
    expect(only(`{ "script": "app.js", "instances": 2 }`, "process.json")?.instances.value).toEqual({ kind: "exact", value: 2 });
    expect(readPackagePm2("package.json", `{ "name": "x", "pm2": [{ "script": "app.js", "instances": -1 }] }`).apps[0]?.instances.value).toEqual(butFor(1));
  });

  it("may spread objects and use constants and export by name", () => {
    const app = only(`const base = { instances: 3, exec_mode: "cluster" };\nconst name = "api";\nexports.apps = [{ ...base, name, script: \`./\${name}.js\` }];`);
    expect(app).toMatchObject({ name: { value: { value: "api" } }, script: { value: { kind: "exact", value: "./api.js" } }, instances: { value: { value: 3 } }, execMode: { value: { value: "cluster" } } });
  });

  it("says what was left out of a list that is computed", () => {
    const { apps, problems } = readPm2("ecosystem.config.js", `const more = require("./more");\nmodule.exports = { apps: [{ script: "a.js" }, ...more, build()] };`);
    expect(apps).toHaveLength(1);
    expect(problems.map(({ range, reason }) => [range?.start.line, reason])).toEqual([
      [2, "PM2 application: no script that is known without running the file; it was left out"],
      [2, "PM2 applications: the list is computed when PM2 runs the file; only what is written out was read"],
    ]);
  });

  it("is left alone when it is another tool's", () => {
    expect(mightBePm2("webpack.config.js")).toBe(true);
    expect(readPm2("webpack.config.js", `module.exports = { entry: "./a.js", scripts: [] , apps: 3 };`)).toEqual({ file: "webpack.config.js", apps: [], problems: [] });
    expect(readPm2("src/process.js", `export const script = 1;`)).toEqual({ file: "src/process.js", apps: [], problems: [] });
    expect(mightBePm2("src/server.js")).toBe(false);
  });

  it("names its place when it is broken", () => {
    expect(readPm2("ecosystem.json", `{ "apps": [ { "script": "a.js" `).problems).toMatchObject([{ file: "ecosystem.json", range: { start: { line: 1 } }, reason: expect.stringMatching(/^JSON syntax: /) as unknown }]);
    expect(readPm2("ecosystem.yml", "apps:\n  - script: [a").problems).toMatchObject([{ file: "ecosystem.yml", range: { start: { line: 2 } }, reason: expect.stringMatching(/^YAML syntax: /) as unknown }]);
    expect(readPm2("ecosystem.config.js", `module.exports = { apps: [ script ] `).problems.length).toBeGreaterThan(0);
  });

  it.each<[string, string, string]>([
    ["nests", "ecosystem.config.js", `module.exports = { apps: ${"[".repeat(5000)}"script"${"]".repeat(5000)} };`],
    ["doubles", "ecosystem.config.js", `const a0 = { script: "x.js" };\n${Array.from({ length: 40 }, (_, index) => `const a${index + 1} = [a${index}, a${index}];`).join("\n")}\nmodule.exports = { apps: [{ script: "x.js" }, a40] };`],
    ["refers to itself", "ecosystem.config.js", `const a = { ...b, script: "x.js" };\nconst b = { ...a };\nmodule.exports = { apps: [a] };`],
    ["doubles by aliases", "ecosystem.yml", `a: &a0 [1]\n${Array.from({ length: 40 }, (_, index) => `b${index}: &a${index + 1} [*a${index}, *a${index}]`).join("\n")}\napps: [{ script: x.js, env: { A: *a40 } }]\n`],
    ["contains itself", "ecosystem.yml", "apps: &a\n  - script: x.js\n    more: *a\n"],
  ])("is read in no time when it %s", (_, path, text) => {
    const before = performance.now();
    expect(readPm2(path, text).file).toBe(path);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe("programs under PM2", () => {
  it("run in a round-robin cluster, the application's environment in force", () => {
    const { services } = assemble({ "ecosystem.config.js": `module.exports = { apps: [{ name: "api", script: "./app.js", instances: "max", env: { PORT: 8080 } }] };`, "app.js": server });
    expect(services.map(inShort)).toEqual([{ id: "node:app.js", mode: { kind: "exact", value: "round-robin" }, instances: cpus, listeners: [":::8080 511 default"] }]);
    expect(services[0]).toMatchObject({ manager: "pm2", origin: { file: "ecosystem.config.js" } });
  });

  it("keep the ports of named environments apart, and take the one that --env names", () => {
    const files = { "ecosystem.config.js": `module.exports = { apps: [{ script: "app.js", env: { PORT: 3001 }, env_production: { PORT: 80 } }] };`, "app.js": server };
    expect(assemble(files).services.map(inShort)).toMatchObject([{ listeners: [":::3001 in ecosystem.config.js | :::80 with --env production 511 default"] }]);
    expect(assemble(files, [command("pm2 start ecosystem.config.js --env production")]).services.map(inShort)).toMatchObject([{ listeners: [":::80 511 default"] }]);
  });

  it("are services of their own where one file runs under several names", () => {
    const { services } = assemble({ "ecosystem.config.js": `module.exports = { apps: [{ name: "a", script: "app.js", env: { PORT: 3001 } }, { name: "b", script: "app.js", env: { PORT: 3002 } }] };`, "app.js": server });
    expect(services.map(inShort)).toMatchObject([
      { id: "node:app.js (a)", listeners: [":::3001 511 default"] },
      { id: "node:app.js (b)", listeners: [":::3002 511 default"] },
    ]);
  });

  it("cannot share an address in fork mode", () => {
    const files = { "ecosystem.config.js": `module.exports = { apps: [{ script: "app.js", instances: 2, exec_mode: "fork" }] };`, "app.js": `require("http").createServer().listen(3000);` };
    expect(assemble(files).services[0]?.startFailures).toMatchObject([{ kind: "other", message: "listen EADDRINUSE: address already in use :::3000", origin: { file: "ecosystem.config.js" } }]);
    const counted = { ...files, "ecosystem.config.js": files["ecosystem.config.js"].replace("instances", "increment_var: 'PORT', instances") };
    expect(assemble(counted).services[0]?.startFailures).toEqual([]);
  });

  // By hand from pm2's lib/binaries/CLI.js and lib/API.js _startScript.
  it.each<[string, string, object]>([
    ["pm2 start app.js -i max", "round-robin", cpus],
    ["pm2-runtime -i 4 app.js", "round-robin", { kind: "exact", value: 4 }],
    ["pm2-runtime start app.js --instances=2 -- --port 80", "round-robin", { kind: "exact", value: 2 }],
    ["pm2 start app.js --name api", "single", { kind: "assumed", value: 1 }],
    ["pm2 start app.js -x -i 1", "single", { kind: "exact", value: 1 }],
    ["pm2 start -i -1 app", "round-robin", butFor(1)],
  ])("are read from %s", (line, mode, instances) => {
    const { services } = assemble({ "app.js": server }, [command(line)]);
    expect(services.map(inShort)).toMatchObject([{ id: "node:app.js", mode: { value: mode }, instances }]);
  });

  it("may be an npm script", () => {
    const { services } = assemble({ "package.json": "{}", "app.js": server, "ecosystem.config.js": `module.exports = { apps: [{ name: "web", script: "npm", args: "run serve" }] };` }, [
      { ...command("node app.js", { file: "package.json", holder: { kind: "package-script", name: "serve" } }) },
    ]);
    expect(services.map(inShort)).toMatchObject([{ id: "node:app.js", mode: { value: "single" }, instances: { kind: "assumed", value: 1 } }]);
  });
});
