import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { audit, ConfigError, type Options, type Result } from "../src/library/index.ts";
import { readConfig } from "../src/config/read.ts";
import { whyNoRule } from "../src/config/rule-ids.ts";
import { formatNames } from "../src/report/formats.ts";
import { repository, runCli } from "./run-cli.ts";

const node = (backlog: string): string => `require("node:http").createServer().listen(8080, "::"${backlog});\n`;
const shop = {
  "nginx.conf": "events { worker_connections 8192; }\nhttp { server { listen 80 backlog=4096; location / { proxy_pass http://unix:/run/app.sock; proxy_read_timeout 60s; } } }\n",
  "app/gunicorn.conf.py": 'import multiprocessing\nbind = "unix:/run/app.sock"\nbacklog = 2048\nworkers = multiprocessing.cpu_count() * 2 + 1\n',
  Procfile: "web: gunicorn -c app/gunicorn.conf.py shop.wsgi\n",
};

function auditWith(config: string, files: Readonly<Record<string, string>>, options: Options = {}): Result {
  return audit(new Map(Object.entries({ ...files, "audit-backlog.config.yaml": config })), { today: "2026-06-01", ...options });
}

const found = ({ report }: Result): readonly string[] => report.findings.map(({ rule, severity, locations: [first] }) => `${severity} ${rule} ${first?.origin.kind === "file" ? `${first.origin.file}:${first.origin.range.start.line}` : ""}`);
const told = ({ report }: Result): readonly string[] => report.findings.filter(({ rule }) => rule === "config-unused").map(({ message }) => message);

function problemsOf(text: string, file = "audit-backlog.config.yaml"): readonly string[] {
  return readConfig(file, text).problems.map(({ range, message }) => `${range.start.line}:${range.start.column} ${message}`);
}

describe("what is wrong with a configuration", () => {
  it("is told all at once, with its place and what would be right", () => {
    const text = [
      "minimun: 3",
      "burst: many",
      "services:",
      "  - match: nginx",
      "    serviceTime: 0s",
      "    cpu: 2",
      "  - burst: 0",
      "ignore: examples/**",
      "ignores:",
      "  - rule: small-backlog",
      "    path: /etc/nginx",
      "    until: 2027-02-30",
      "severity: { small-backlog: fatal }",
      "roots: { etc/nginx: ../nginx }",
    ].join("\n");
    expect(problemsOf(text)).toEqual([
      '1:1 unknown key "minimun": did you mean minimum?',
      '2:8 burst takes a whole number from 1 on, not "many"',
      '5:18 serviceTime takes a time above 0 such as 0.2, 200ms or 2s, not "0s"',
      '6:5 unknown key "cpu": did you mean cpus?',
      "7:5 an entry of services needs match",
      "7:12 burst takes a whole number from 1 on, not 0",
      '8:9 ignore takes a list, not "examples/**"',
      "10:5 an entry of ignores needs reason",
      '11:11 path takes a path relative to the audited directory, not "/etc/nginx"',
      '12:12 until takes a day such as 2027-01-31, not "2027-02-30"',
      '13:28 severity takes error, warning, note, off, not "fatal"',
      '14:10 roots takes absolute paths such as /etc/nginx, not "etc/nginx"',
      '14:21 roots takes a path relative to the audited directory, not "../nginx"',
    ]);
  });

  it.each([
    ["burst: 1\nburst: 2\nminimun: x\n", /^2:1 "burst" stands twice: line 1 has it, too\n3:1 unknown key "minimun"/],
    ["services: [{ match: a, burst: 1, match: b }]\n", /^1:34 "match" stands twice/],
    ["a: &a [x]\nb: *a\n", /aliases are not read/],
    ["burst: [1\n", /^\d:\d this is not YAML: /],
    ["{a: 1}\n---\n{b: 2}\n", /this is not YAML: it holds several documents/],
    ["? [a]\n: 1\n", /^1:3 a key must be a plain word/],
    ["- a\n", /^1:1 a configuration takes keys with values, not a list/],
  ])("is told of %j", (text, message) => {
    expect(problemsOf(text).join("\n")).toMatch(message);
  });

  it.each([
    ['{ "burst": 1, }', /^1:15 this is not JSON: /],
    ['{ // no\n"burst": 1 }', /this is not JSON: invalid comment token/],
    ["burst: 1", /^1:1 this is not JSON: /],
    ["{ 'burst': 1 }", /this is not JSON: /],
    ['{ "burst": 1, "burst": 2 }', /^1:15 "burst" stands twice: line 1 has it, too$/],
    ['{ "burst": 1, }', /^.*$/],
  ])("is told of JSON that is none: %j", (text, message) => {
    expect(problemsOf(text, "audit-backlog.config.json").join("\n")).toMatch(message);
  });

  it("takes nothing for an empty configuration", () => {
    for (const text of ["", "# nothing yet\n", "{}", "---\n", "\uFEFF"]) expect(problemsOf(text)).toEqual([]);
    expect(problemsOf('\t{\n\t"burst": 1\n\t}', "audit-backlog.config.json")).toEqual([]);
  });

  it("ends soon for hostile ones", () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 26 }, (_, i) => `${String.fromCharCode(98 + i)}: &${String.fromCharCode(98 + i)} [${Array(9).fill(`*${String.fromCharCode(97 + i)}`).join(",")}]`).join("\n")}\n`;
    const many = `ignore:\n${"  - '*a*a*a*a*a*a*a*a*a*b/**/**/**/c'\n".repeat(501)}`;
    for (const text of [bomb, "[".repeat(60_000), "- ".repeat(30_000), "{a: ".repeat(15_000), `${" ".repeat(20)}x:\n`.repeat(1000), many, "a".repeat(65_000)]) {
      const begun = performance.now();
      expect(problemsOf(text).length).toBeGreaterThan(0);
      expect(performance.now() - begun).toBeLessThan(3000);
    }
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${"a".repeat(200)}${i}.conf`, ""]));
    const begun = performance.now();
    auditWith(`ignore:\n${"  - '*a*a*a*a*a*a*a*a*a*b/**/**/**/c'\n".repeat(100)}`, files);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(() => auditWith("#".repeat((1 << 16) + 1), {})).toThrow(/65 KiB: larger than the 64 KiB/);
  });

  it("never fails otherwise, whatever stands in the file", () => {
    const piece = fc.constantFrom("burst", "services", "ignore", ":", ": ", "- ", "\n", "  ", "{", "}", "[", "]", ",", '"', "'", "&a", "*a", "!!binary", "!x ", "|", ">", "? ", "#", "---\n", "%YAML 1.1\n", "<<", "1", "null", "\t", "\r", "\u2028", "\0", "é", "2027-01-31");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")), fc.constantFrom("json", "yaml"), (text, kind) => {
        for (const { range, message } of readConfig(`audit-backlog.config.${kind}`, text).problems) {
          expect(message).not.toBe("");
          expect(range.start.line).toBeGreaterThan(0);
          expect(range.start.offset).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("is thrown by the library as data", () => {
    try {
      auditWith("brust: 1\nminimum: 0\n", shop);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      expect(error.problems.map(({ file, range, reason }) => [file, range?.start.line, reason])).toEqual([
        ["audit-backlog.config.yaml", 1, 'unknown key "brust": did you mean burst?'],
        ["audit-backlog.config.yaml", 2, "minimum takes a whole number from 1 on, not 0"],
      ]);
    }
  });
});

it("is what its page shows", () => {
  const page = readFileSync(join(repository, "docs/configuration.md"), "utf8");
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const { config, problems } = readConfig("audit-backlog.config.yaml", example);
  expect(problems).toEqual([]);
  expect(config).toMatchObject({ minimum: { value: 511 }, services: [{ numbers: { serviceTime: { value: 0.2 }, cpus: { value: 4 } } }], severity: new Map([["reuseport-strands-queue", { value: "off" }]]) });
  expect([...config.severity.keys(), ...config.ignores.map(({ rule }) => rule.value)].map(whyNoRule)).toEqual([undefined, undefined]);
});

describe("what a configuration states", () => {
  it("counts less than the same on the command line", () => {
    const files = { "server.js": node(", 300") };
    expect(found(auditWith("minimum: 301\n", files))).toEqual(["warning small-backlog server.js:1"]);
    expect(found(auditWith("minimum: 300\n", files))).toEqual([]);
    expect(found(auditWith("minimum: 300\n", files, { minimum: 301 }))).toEqual(["warning small-backlog server.js:1"]);
    expect(auditWith("burst: 900\n", files).report.options.assumptions.burst).toBe(900);
    expect(auditWith("burst: 900\n", files, { burst: 10 }).report.options.assumptions).toEqual({ burst: 10 });
    expect(auditWith("burst: 900\n", files, { config: false }).report.options.assumptions).toEqual({});
    const given = { config: { file: "other.json", text: '{ "burst": 7 }' } };
    expect(auditWith("burst: 900\n", files, given).report.options.assumptions.burst).toBe(7);
    const somaxconn = "services: [{ match: '**', somaxconn: 128 }]\n";
    expect(auditWith(somaxconn, files).report.limits[0]?.sureAtOnce.value.low).toBe(129);
    expect(auditWith(somaxconn, files, { somaxconn: 4096 }).report.limits[0]?.sureAtOnce.value.low).toBe(301);
  });

  it("reaches a burst's finding with its place", () => {
    const { report } = auditWith("\n\nburst: 2000\n", { "server.js": node("") });
    expect(report.findings.map(({ rule }) => rule)).toEqual(["target-not-met"]);
    expect(report.findings[0]?.locations).toContainEqual({ role: "related", label: "a burst of 2000 is stated here", origin: expect.objectContaining({ file: "audit-backlog.config.yaml" }) as object });
  });

  it("gives each chain the numbers of its innermost service, by name or file; the last entry counts", () => {
    const config = ["services:", "  - { match: '**', burst: 100, arrivalRate: 1 }", "  - { match: nginx, burst: 9000, clientTimeout: 2s }", "  - { match: gunicorn shop.wsgi, burst: 2500, serviceTime: 100ms, cpus: 4, somaxconn: 2048 }"].join("\n");
    const { report } = auditWith(config, { ...shop, "server.js": node("") });
    const chains = report.limits.map(({ chain }) => [chain.hops.length, report.options.byChain?.get(chain.id)] as const);
    const shown = chains.map(([hops, stated]) => [hops, stated?.burst, stated?.arrivalRate, stated?.clientTimeout, stated?.serviceTime]);
    expect(shown).toContainEqual([2, 2500, 1, 2, 0.1]);
    expect(shown).toContainEqual([1, 100, 1, undefined, undefined]);
    const limits = report.limits.find(({ chain }) => chain.hops.length === 2);
    // min(2048, 2048) + 1 in the queue of gunicorn, 2 × 4 + 1 workers.
    expect(limits?.hops[1]?.spreadOut).toMatchObject({ value: { low: 2049 + 9, high: 2049 + 9 } });
    // The client's 2 s end before the 60 s of proxy_read_timeout.
    expect(limits?.lastInLine?.patience?.origin).toMatchObject({ kind: "file", file: "audit-backlog.config.yaml", range: { start: { line: 3 } } });
    expect(limits?.sustained?.capacity).toEqual({ low: 90, high: 90 });
    expect(limits?.settings.find(({ name }) => name === "workers")?.value).toMatchObject({ value: { kind: "exact", value: 9 }, via: [{ file: "audit-backlog.config.yaml" }] });
    expect(report.findings.filter(({ rule }) => rule === "target-not-met" || rule === "upstream-burst-limit").map(({ message }) => message).join()).toContain("2500");
  });

  it("computes what it computes for the command line", () => {
    // A count of CPUs that a file states of one service makes its numbers exact; one of the command line leaves them formulas.
    const files = { ...shop, "app/gunicorn.conf.py": shop["app/gunicorn.conf.py"].replace(/workers = .*/, "workers = 9") };
    const plain = audit(new Map(Object.entries(files)), { burst: 3000, serviceTime: 0.1, arrivalRate: 50, clientTimeout: 5 });
    const config = auditWith("services: [{ match: '**', burst: 3000, serviceTime: 100ms, arrivalRate: 50, clientTimeout: 5 }]\n", files);
    const numbers = ({ report }: Result): unknown => report.limits.map(({ sureAtOnce, bestAtOnce, spreadOut, lastInLine, sustained }) => [sureAtOnce.value, "value" in bestAtOnce && bestAtOnce.value, "value" in spreadOut && spreadOut.value, lastInLine?.breakEven, sustained]);
    expect(numbers(config)).toEqual(numbers(plain));
    expect(config.report.findings.map(({ rule, severity, message }) => [rule, severity, message])).toEqual(plain.report.findings.map(({ rule, severity, message }) => [rule, severity, message]));
  });

  it("keeps environments apart", () => {
    const side = (name: string): Record<string, string> => ({
      [`${name}/nginx.conf`]: "events {}\nhttp { server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } } }\n",
      [`${name}/gunicorn.conf.py`]: 'bind = "127.0.0.1:8000"\nworkers = 2\n',
    });
    const files = { ...side("one"), ...side("two") };
    const linked = ({ report }: Result): readonly string[] => report.limits.flatMap(({ chain: { hops } }) => (hops.length < 2 ? [] : [hops.map(({ members }) => members.map(({ service }) => /one|two/.exec(service)?.[0]).join("+")).join(">")]));
    const apart = linked(auditWith("environments: { first: [one/**], second: [two] }\n", files));
    expect([...apart].sort()).toEqual(["one>one", "two>two"]);
    const across = { "one/nginx.conf": side("one")["one/nginx.conf"] ?? "", "two/gunicorn.conf.py": side("two")["two/gunicorn.conf.py"] ?? "" };
    expect(linked(auditWith("{}", across))).toEqual(["one>two"]);
    expect(linked(auditWith("environments: { first: [one/**], second: [two] }\n", across))).toEqual([]);
  });

  it("leads absolute paths to their place, after the command line", () => {
    const files = { "etc/main.conf": "events {}\nhttp { include /etc/nginx/sites/*.conf; }\n", "a/sites/x.conf": "server { listen 81; }\n", "b/sites/x.conf": "server { listen 82; }\n" };
    const ports = (result: Result): string => JSON.stringify(result.report.deployment.services.find(({ origin }) => origin.kind === "file" && origin.file === "etc/main.conf")?.listeners.map(({ id }) => id));
    expect(ports(auditWith("roots: { /etc/nginx: ./a/ }\n", files))).toContain("81");
    expect(ports(auditWith("roots: { /etc/nginx: a }\n", files, { roots: new Map([["/etc/nginx", "b"]]) }))).toContain("82");
  });
});

describe("what a configuration leaves out", () => {
  it("is read by nobody and always counted", () => {
    const files = { "server.js": node(", 1"), "examples/a.js": node(", 2"), "examples/deep/.b/b.js": node(", 3"), "deploy/nginx.conf": "events {}\nhttp { include extra.conf; }\n", "deploy/extra.conf": "server { listen 80 backlog=4; }\n" };
    const result = auditWith("ignore: [examples, 'deploy/ext*.conf']\n", files);
    expect(found(result)).toEqual(["warning small-backlog server.js:1"]);
    expect(result.report.deployment.coverage.skipped).toEqual([
      { file: "deploy/ext*.conf", reason: "left out by audit-backlog.config.yaml:1 (1 file)" },
      { file: "examples", reason: "left out by audit-backlog.config.yaml:1 (2 files)" },
    ]);
    // It is no file of the deployment itself.
    expect(result.report.deployment.coverage.read).toMatchObject({ configuration: ["audit-backlog.config.yaml"], javascript: ["server.js"] });
    expect(result.report.deployment.coverage.read["commands"]).toBeUndefined();
  });

  it("suppresses findings by rule and path, with a reason, until a day", () => {
    const files = { "a/x.js": node(", 1"), "b/x.js": node(", 2") };
    const entry = (more: string): string => `ignores: [{ rule: small-backlog, path: a/**, reason: it fails over${more} }]\n`;
    const result = auditWith(entry(", until: 2026-06-01"), files);
    expect(found(result)).toEqual(["warning small-backlog b/x.js:1"]);
    expect(result.suppressed.map(({ finding, by }) => [finding.locations[0]?.origin.kind === "file" && finding.locations[0].origin.file, by.kind, by.reason])).toEqual([["a/x.js", "config", "it fails over"]]);
    const late = auditWith(entry(", until: 2026-06-01"), files, { today: "2026-06-02" });
    expect(found(late)).toEqual(["warning small-backlog a/x.js:1", "warning config-unused audit-backlog.config.yaml:1", "warning small-backlog b/x.js:1"].sort((x, y) => (x.split(" ")[2] ?? "").localeCompare(y.split(" ")[2] ?? "")));
    expect(told(late)).toEqual(["An entry of ignores held until 2026-06-01: small-backlog is reported again."]);
    expect(found(auditWith(entry(""), files, { ignores: false }))).toEqual(["warning small-backlog a/x.js:1", "warning small-backlog b/x.js:1"]);
  });

  it("does not call an entry unused where a comment suppresses the same", () => {
    const result = auditWith("ignores: [{ rule: small-backlog, path: x.js, reason: both }]\n", { "x.js": `// audit-backlog: ignore[small-backlog]\n${node(", 1")}` });
    expect([found(result), result.suppressed.map(({ by }) => by.kind)]).toEqual([[], ["comment"]]);
  });

  it("reaches a finding without a place of its own at its listener, and knows which rule speaks for another", () => {
    const files = { "x.js": node("") };
    const entry = (rule: string): string => `ignores: [{ rule: ${rule}, path: x.js, reason: x }]\n`;
    const clamped = auditWith(entry("backlog-clamped"), files, { somaxconn: 64 });
    expect([found(clamped), clamped.suppressed.map(({ finding }) => finding.rule)]).toEqual([[], ["backlog-clamped"]]);
    // small-backlog speaks for target-not-met: in another run the other one may be the one to ignore.
    expect(found(auditWith(entry("target-not-met"), { "x.js": node(", 10") }, { burst: 100 }))).toEqual(["warning small-backlog x.js:1"]);
  });

  it("sets severities, of its own findings too", () => {
    const files = { "x.js": node(", 1") };
    expect(found(auditWith("severity: { small-backlog: error }\n", files))).toEqual(["error small-backlog x.js:1"]);
    expect(auditWith("severity: { small-backlog: note }\n", files).summary).toMatchObject({ warnings: 0, notes: 1, worst: "note" });
    const silent = 'severity: { small-backlog: "off", config-unused: off, nonsense: off }\n';
    const result = auditWith(silent, files);
    // Nothing goes without a word: what is off counts as suppressed, and --no-ignores shows it.
    expect([found(result), result.suppressed.map(({ finding, by }) => [finding.rule, by.kind])]).toEqual([[], [["small-backlog", "config"], ["config-unused", "config"]]]);
    expect(found(auditWith(silent, files, { ignores: false }))).toEqual(["warning config-unused audit-backlog.config.yaml:1", "warning small-backlog x.js:1"]);
  });
});

describe("settings that match nothing", () => {
  const dead = ["services: [{ match: nobody, burst: 1 }]", "environments: { production: [gone/**, '**/*.js'] }", "roots: { /etc/nginx: gone }", "ignore: [gone/**]", "ignores: [{ rule: small-backlog, path: y.js, reason: x }, { rule: smal-backlog, path: x.js, reason: x }]", "severity: { smal-backlog: off, ambiguous-backlog: off }"].join("\n");

  it("are findings at their places", () => {
    const result = auditWith(dead, { "x.js": node(", 1") });
    expect(found(result).filter((line) => line.includes("config-unused"))).toEqual([
      "warning config-unused audit-backlog.config.yaml:5",
      "warning config-unused audit-backlog.config.yaml:6",
      "warning config-unused audit-backlog.config.yaml:6",
      "note config-unused audit-backlog.config.yaml:1",
      "note config-unused audit-backlog.config.yaml:2",
      "note config-unused audit-backlog.config.yaml:3",
      "note config-unused audit-backlog.config.yaml:4",
      "note config-unused audit-backlog.config.yaml:5",
    ]);
    expect(told(result)).toContain("A severity is set in vain: there is no rule smal-backlog: did you mean small-backlog?");
    expect(told(result)).toContain("A severity is set in vain: ambiguous-backlog is a rule of the editor alone.");
  });

  it("are not looked for in a part of the tree", async () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "audit-backlog-")));
    try {
      writeFileSync(join(root, "x.js"), node(", 1"));
      writeFileSync(join(root, "y.js"), node(""));
      writeFileSync(join(root, "audit-backlog.config.yaml"), dead);
      const { stdout } = await runCli(["x.js", "y.js", "--format", "concise"], root);
      expect(stdout.match(/config-unused/g)?.length).toBe(3);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

describe("on the command line", () => {
  let root: string;
  const put = (path: string, text: string): void => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "audit-backlog-")));
    put("app/server.js", node(", 300"));
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it("finds it at the root of what is audited, takes another or none", async () => {
    put("app/audit-backlog.config.yaml", "minimum: 256\n");
    put("strict.json", '{ "minimum": 2000 }');
    expect((await runCli(["app"], root)).code).toBe(0);
    expect((await runCli(["app", "--no-config"], root)).code).toBe(1);
    expect((await runCli(["app", "--config", "strict.json"], root)).code).toBe(1);
    expect((await runCli(["app", "--minimum", "301"], root)).code).toBe(1);
    expect((await runCli(["app", "--config", "strict.json", "--no-config"], root)).stderr).toContain("contradict each other");
  });

  it("says that it passes one over which lies above what is audited, and takes it by name without calling it unused", async () => {
    put("audit-backlog.config.yaml", "minimum: 256\nignore: [elsewhere/**]\nroots: { /etc/nginx: nginx }\n");
    for (const path of ["app", "app/server.js"]) {
      const passed = await runCli([path, "--format", "concise"], root);
      expect(passed).toMatchObject({ code: 1, stderr: "audit-backlog: audit-backlog.config.yaml is not used, for it lies above what is audited; --config audit-backlog.config.yaml uses it, --no-config says that you know\n" });
    }
    expect(await runCli(["app", "--no-config"], root)).toMatchObject({ code: 1, stderr: "" });
    const named = await runCli(["app", "--config", "audit-backlog.config.yaml", "--format", "concise"], root);
    expect(named).toMatchObject({ code: 0, stderr: "" });
    expect(named.stdout).not.toContain("config-unused");
    expect((await runCli([], root)).stderr).toBe("");
    put("app/audit-backlog.config.yaml", "minimum: 300\n");
    expect((await runCli(["app"], root)).stderr).toBe("");
  });

  it.each(formatNames)("shows as %s what a setting does in vain", async (format) => {
    put("app/audit-backlog.config.yaml", "severity: { smal-backlog: off }\nignores: [{ rule: small-backlog, path: server.js, reason: of no use here }]\n");
    const { stdout, stderr, code } = await runCli(["app", "--format", format], root);
    expect([stderr, code]).toEqual(["", 1]);
    expect(stdout).toContain("config-unused");
    expect(stdout).toContain("audit-backlog.config.yaml");
  });

  it("names errors as the shell sees the file, and says how to go on", async () => {
    put("app/audit-backlog.config.yaml", "brust: 3\nminimum: x\n");
    const wrong = await runCli(["app"], root);
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toContain('the configuration can\'t be used:\napp/audit-backlog.config.yaml:1:1: unknown key "brust": did you mean burst?\napp/audit-backlog.config.yaml:2:10: minimum takes');
    expect(wrong.stderr).toContain("--no-config");
    put("up.json", "[]");
    expect((await runCli(["app", "--config", "up.json"], root)).stderr).toContain("\nup.json:1:1: ");
    put("app/audit-backlog.config.yaml", '"\\e[31m\\u202e": 3\n"\u009b31m": 1\n');
    expect((await runCli(["app"], root)).stderr).not.toMatch(/[\u001b\u009b\u202e]/);
  });

  it("refuses what is no configuration of this tree", async () => {
    writeFileSync(`${root}.outside`, "minimum: 1\n");
    symlinkSync(`${root}.outside`, join(root, "app/audit-backlog.config.yaml"));
    expect((await runCli(["app"], root)).stderr).toContain("app/audit-backlog.config.yaml: symlink that leads out of the tree: not followed");
    rmSync(`${root}.outside`);
    rmSync(join(root, "app/audit-backlog.config.yaml"));
    put("app/audit-backlog.config.yml", "minimum: 1\n");
    expect((await runCli(["app"], root)).stderr).toMatch(/audit-backlog\.config\.yml: it is not read: .*rename it/);
    rmSync(join(root, "app/audit-backlog.config.yml"));
    put("app/audit-backlog.config.yaml", "");
    put("app/audit-backlog.config.json", "{}");
    expect((await runCli(["app"], root)).stderr).toContain("delete one of them");
    for (const [path, why] of [["gone.yaml", "no such file"], ["app", "that is no file"], ["/dev/zero", "that is no file"]] as const) {
      expect((await runCli(["app", "--config", path], root)).stderr).toContain(`--config ${path}: ${why}`);
    }
  });
});
