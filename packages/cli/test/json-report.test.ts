import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { json } from "../src/report/json.ts";
import { everything, findings, shownOf } from "./format-cases.ts";
import { runCli } from "./run-cli.ts";

const validate = new Ajv2020({ allErrors: true, strict: true }).compile(JSON.parse(readFileSync(new URL("../report.schema.json", import.meta.url), "utf8")) as object);

interface JsonReport {
  readonly chains: readonly { readonly sensitivity: readonly { readonly setting: string }[]; readonly limits: { readonly sureAtOnce: { readonly binding: readonly string[] } } }[];
  readonly chainsLeftOut: number;
  readonly services: readonly { readonly listeners: readonly { readonly address: { readonly description: string } }[] }[];
  readonly findings: readonly { readonly message: string; readonly locations: readonly { readonly origin: unknown }[] }[];
  readonly suppressed: readonly { readonly by: { readonly kind: string; readonly reason?: string }; readonly finding: unknown }[];
}

const parse = (text: string): JsonReport => JSON.parse(text) as JsonReport;

describe("hostile findings", () => {
  it.each(Object.entries(findings))("follow the schema and come back as they were: %s", (_, finding) => {
    const report = parse(json(shownOf([finding])));
    expect(validate(report), JSON.stringify(validate.errors, null, 1)).toBe(true);
    expect(report.findings[0]?.message).toBe(finding.message);
    const origin = finding.locations[0]?.origin;
    if (origin?.kind === "file") expect(report.findings[0]?.locations[0]?.origin).toMatchObject({ file: origin.file });
  });

  it("follow it all together, with those that were suppressed and why", () => {
    const report = parse(json(everything));
    expect(validate(report), JSON.stringify(validate.errors, null, 1)).toBe(true);
    expect(report).toMatchObject({ outOfFocus: 2, summary: { errors: 3 } });
    expect(report.suppressed.map(({ by }) => by.kind)).toEqual(["comment", "config", "eslint-disable"]);
    expect(report.suppressed[0]?.by.reason).toBe(everything.suppressed[0]?.by.reason);
  });
});

describe("a repository", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "audit-backlog-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const audit = async (): Promise<JsonReport> => parse((await runCli([".", "--format", "json"], root)).stdout);

  it("has its addresses in words, conditional ones too", async () => {
    writeFileSync(join(root, "gunicorn.conf.py"), 'import os\nif os.environ.get("DEBUG"):\n    bind = "127.0.0.1:8000"\nelse:\n    bind = "unix:/run/app.sock"\n');
    const [description = ""] = (await audit()).services.flatMap(({ listeners }) => listeners.map(({ address }) => address.description));
    expect(description).toMatch(/127\.0\.0\.1:8000 if .*DEBUG.*else unix:\/run\/app\.sock/);
    expect(description).not.toContain("{");
  });

  it("doubles what binds, and nothing that would move no limit", async () => {
    writeFileSync(join(root, "gunicorn.conf.py"), "backlog = 64\nworkers = 8\n");
    const [chain] = (await audit()).chains;
    // somaxconn, 4096, lies far above.
    expect(chain?.sensitivity.map(({ setting }) => setting.split("/").at(-1))).toEqual(["backlog", "workers"]);
    expect(chain?.limits.sureAtOnce.binding.map((id) => id.split("/").at(-1))).toEqual(["backlog"]);
  });

  it("has 500 chains at most, those of findings first, and counts the others", async () => {
    const listen = (port: number, backlog: number): string => `require("node:http").createServer().listen(${port}, "::", ${backlog});\n`;
    writeFileSync(join(root, "server.js"), `${Array.from({ length: 600 }, (_, index) => listen(2000 + index, 511)).join("")}${listen(9999, 10)}`);
    const report = await audit();
    expect([report.chains.length, report.chainsLeftOut, report.findings.length]).toEqual([500, 101, 1]);
    expect(JSON.stringify(report.chains[0])).toContain("9999");
    expect(validate(report)).toBe(true);
  });
});
