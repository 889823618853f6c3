import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Harness } from "../src/measuring.ts";
import { counted, kernel } from "./fake-kernel.ts";
import { runCli } from "./run-cli.ts";

interface Finding {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
  readonly measured: { readonly kind: string; readonly before?: { readonly measured: Readonly<Record<string, number>> } } | null;
}

const validate = new Ajv2020({ allErrors: true, strict: true }).compile(JSON.parse(readFileSync(new URL("../report.schema.json", import.meta.url), "utf8")) as object);

const server = 'require("node:http").createServer().listen(8080, "0.0.0.0", 10);\n';
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "audit-backlog-"));
  writeFileSync(join(root, "server.js"), server);
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

async function findings(world: Parameters<typeof runCli>[3] = {}, ...more: string[]): Promise<{ code: number; findings: readonly Finding[] }> {
  const { code, stdout } = await runCli([root, "--measure", "--format", "json", ...more], undefined, {}, world);
  const report = JSON.parse(stdout) as { findings: readonly Finding[] };
  expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  return { code, findings: report.findings };
}

describe("--measure", () => {
  it("prints before and after beside the finding", async () => {
    const { code, stdout } = await runCli([root, "--measure", "--burst", "100"], undefined, {}, { harness: kernel() });
    expect(code).toBe(1);
    // Backlog 10 holds 11 of 100; the remedy holds all.
    expect(stdout).toContain("measured, 100 clients all at once: 89 come to harm, 0 after the change");
    expect(stdout).toMatch(/dropped, no answer to the SYN +89 │ 89 +0 │ 0\n/);
    expect(stdout).toMatch(/^Measured on Linux 6\.1 /m);
  });

  it("puts counts into JSON, and null where nothing was measured", async () => {
    const measured = await findings({ harness: kernel() }, "--burst", "100");
    expect(measured.findings).toMatchObject([{ rule: "small-backlog", measured: { kind: "scenarios", before: { agrees: true, measured: { queued: 11, dropped: 89 } }, after: { measured: { queued: 100 } } } }]);
    const { stdout } = await runCli([root, "--format", "json"]);
    expect((JSON.parse(stdout) as { findings: readonly Finding[] }).findings).toMatchObject([{ measured: null }]);
  });

  it("makes a disagreement a finding of its own, which fails like a warning", async () => {
    const wrong = kernel((outcome) => ({ ...outcome, queued: outcome.queued - 1, dropped: outcome.dropped + 1 }));
    const { code, findings: found } = await findings({ harness: wrong }, "--burst", "100");
    expect(code).toBe(1);
    expect(found.map(({ rule, severity, measured }) => ({ rule, severity, measured: measured?.kind }))).toEqual([
      { rule: "small-backlog", severity: "warning", measured: "scenarios" },
      { rule: "prediction-disagrees", severity: "warning", measured: undefined },
      { rule: "prediction-disagrees", severity: "warning", measured: undefined },
    ]);
    expect(found[1]?.message).toContain("10 waiting in the queue where 11 were predicted; 90 dropped");
    const pretty = await runCli([root, "--measure"], undefined, {}, { harness: wrong });
    expect(pretty.stdout).toContain("warning prediction-disagrees");
    expect(pretty.stdout).toContain("differs");
  });

  it("makes no finding of an inconclusive count, nor of one that is impossible here", async () => {
    const unsure = await findings({ harness: kernel((outcome) => ({ ...outcome, queued: 1 }), { verdict: "inconclusive", because: ["a client is missing"] }) });
    expect(unsure.findings.map(({ rule }) => rule)).toEqual(["small-backlog"]);
    const refused = await findings({ harness: { ...kernel(), measure: () => Promise.reject(new Error("no")) } });
    expect(refused.findings).toMatchObject([{ rule: "small-backlog", measured: { kind: "impossible", because: "no" } }]);
  });

  it("starts the server where the finding is about its start, and not a count of clients", async () => {
    writeFileSync(join(root, "gunicorn.conf.py"), "backlog = -5\n");
    const { stdout } = await runCli([join(root, "gunicorn.conf.py"), "--measure"], undefined, {}, { harness: kernel() });
    rmSync(join(root, "gunicorn.conf.py"));
    expect(stdout).toMatch(/measured: the server does not start \(.*Value must be positive.*\); after the change it starts/);
  });

  it("puts a start of a server, and what can't be measured, into JSON", async () => {
    rmSync(join(root, "server.js"));
    for (const [setting, kind] of [["backlog = -5", "procedure"], ['worker_class = "eventlet"\nbacklog = 5', "from-source"]] as const) {
      writeFileSync(join(root, "gunicorn.conf.py"), `${setting}\n`);
      expect((await findings({ harness: kernel() })).findings).toMatchObject([{ measured: { kind } }]);
    }
    rmSync(join(root, "gunicorn.conf.py"));
    writeFileSync(join(root, "server.js"), server);
  });

  it("measures a scenario once, however many findings share it", async () => {
    writeFileSync(join(root, "other.js"), 'require("node:http").createServer().listen(8081, "0.0.0.0", 10);\n');
    let count = 0;
    const { measure, measureProcedure } = kernel();
    const counting: Harness["measure"] = (scenario, signal) => {
      count += 1;
      return measure(scenario, signal);
    };
    const { findings: found } = await findings({ harness: { measure: counting, measureProcedure } });
    expect(found).toHaveLength(2);
    expect(count).toBe(2);
    rmSync(join(root, "other.js"));
  });
});

it("counts what is predicted, in these tests", () => {
  expect(counted({ queued: 3, accepted: { atLeast: 1, atMost: 2 } } as never)).toEqual({ queued: 3, accepted: 1 });
});
