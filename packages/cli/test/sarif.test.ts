import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import AjvDraft04 from "ajv-draft-04";
import addFormats from "ajv-formats";
import type { Location, Log, Result, Run } from "sarif";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configurationRules, rules, suppressionRules } from "@audit-backlog/audit";
import { sarif } from "../src/report/sarif.ts";
import type { Shown } from "../src/report/shown.ts";
import { everything, findingAt, findings, hostileNames, NUMBER_AT, numberIn, shownOf } from "./format-cases.ts";
import { repository, runCli } from "./run-cli.ts";

/** The schema of SARIF 2.1.0 as Microsoft's SDK ships it; a draft-04 schema, one of whose patterns is none with the "u" flag. */
const schema = JSON.parse(readFileSync(createRequire(import.meta.url).resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"), "utf8")) as object;
const ajv = new AjvDraft04.default({ allErrors: true, strict: false, unicodeRegExp: false });
addFormats.default(ajv);
const validate = ajv.compile(schema);

function runOf(text: string): Run {
  const log = JSON.parse(text) as Log;
  expect(validate(log), JSON.stringify(validate.errors?.slice(0, 3), null, 1)).toBe(true);
  expect(log.runs).toHaveLength(1);
  const [run] = log.runs;
  if (run === undefined) throw new Error("no run");
  return run;
}

const resultsOf = (text: string): readonly Result[] => runOf(text).results ?? [];

function resultOf(shown: Shown): Result {
  const [result] = resultsOf(sarif(shown));
  if (result === undefined) throw new Error("no result");
  return result;
}

async function audit(path: string, ...more: string[]): Promise<Run> {
  return runOf((await runCli([path, "--format", "sarif", ...more])).stdout);
}

const burstLimit = ({ results = [] }: Run): Result | undefined => results.find(({ ruleId }) => ruleId === "upstream-burst-limit");

const fixtures = readdirSync(join(repository, "fixtures"), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);

describe("the official schema", () => {
  it.each(fixtures)("takes the report on fixtures/%s", async (name) => {
    const run = await audit(`fixtures/${name}`);
    const json = JSON.parse((await runCli([`fixtures/${name}`, "--format", "json"])).stdout) as { readonly findings: readonly { readonly rule: string; readonly severity: string }[] };
    expect(run.results?.filter(({ suppressions = [] }) => suppressions.length === 0).map(({ ruleId, level }) => ({ rule: ruleId, severity: level }))).toEqual(json.findings.map(({ rule, severity }) => ({ rule, severity })));
  });

  it.each(Object.entries(findings))("takes a finding %s", (_, finding) => {
    expect(resultsOf(sarif(shownOf([finding])))).toHaveLength(1);
  });

  it("takes all of them together, and rejects what is no report", () => {
    const run = runOf(sarif(everything));
    expect(run.results).toHaveLength(everything.report.findings.length + everything.suppressed.length);
    expect(validate({ version: "2.1.0", runs: [{ ...run, results: [{ level: "worst" }] }] })).toBe(false);
  });
});

describe("places", () => {
  it.each(hostileNames)("gives %j a relative URI that leads to it", (name) => {
    const [location] = resultOf(shownOf([findingAt(numberIn(name))])).locations ?? [];
    const { uri = "", uriBaseId } = location?.physicalLocation?.artifactLocation ?? {};
    expect(uriBaseId).toBe("%SRCROOT%");
    // As a client of the URL standard resolves it.
    const url = new URL(uri, "file:///repo/");
    expect(url.href.startsWith("file:///repo/")).toBe(true);
    expect([url.search, url.hash]).toEqual(["", ""]);
    expect(decodeURIComponent(url.pathname)).toBe(`/repo/${name}`);
  });

  it("counts columns in UTF-16 code units, without a BOM", () => {
    for (const file of ["gunicorn.conf.py", "bom.conf"]) {
      const [location] = resultOf(shownOf([findingAt(numberIn(file))])).locations ?? [];
      const { line, column, endLine, endColumn } = NUMBER_AT;
      expect(location?.physicalLocation?.region).toEqual({ startLine: line, startColumn: column, endLine, endColumn });
    }
  });

  it("starts from the working directory, or from the audited one where that lies elsewhere", () => {
    const uri = (root: string): string | undefined => resultOf(shownOf([findingAt(numberIn("a.conf"))], { root })).locations?.[0]?.physicalLocation?.artifactLocation?.uri;
    expect([uri("."), uri("deploy/x y"), uri("../elsewhere"), uri("/srv/app")]).toEqual(["a.conf", "deploy/x%20y/a.conf", "a.conf", "a.conf"]);
  });

  it("points into its artifacts", () => {
    const run = runOf(sarif(everything));
    const seen: string[] = [];
    JSON.stringify(run.results, (key, value: unknown) => {
      if (key === "artifactLocation") {
        const { uri, index } = value as { readonly uri: string; readonly index: number };
        expect(run.artifacts?.[index]?.location?.uri).toBe(uri);
        seen.push(uri);
      }
      return value;
    });
    expect(new Set(seen).size).toBeGreaterThan(hostileNames.length);
    expect(run.columnKind).toBe("utf16CodeUnits");
  });

  it("names what stands in no file as what it is", () => {
    const at = (name: string) => resultOf(shownOf([findings[name] ?? findingAt(numberIn("a.conf"))])).locations?.[0];
    expect(at("set by an option")).toMatchObject({ logicalLocations: [{ fullyQualifiedName: "--somaxconn 128", kind: "option" }], physicalLocation: { artifactLocation: { uri: "a.conf" } }, message: { text: expect.stringContaining("not in this file") as string } });
    expect(at("set by a default, no file at all")).not.toHaveProperty("physicalLocation");
    expect(at("set by a default, no file at all")).toMatchObject({ logicalLocations: [{ fullyQualifiedName: "default of gunicorn" }] });
  });
});

describe("messages", () => {
  it("link every related location, and only those", async () => {
    for (const result of [...((await audit("fixtures/shop")).results ?? []), ...resultsOf(sarif(everything))]) {
      const ids = (result.relatedLocations ?? []).map(({ id }) => id);
      expect(ids).toEqual(ids.map((_, index) => index + 1));
      const links = [...(result.message.text ?? "").matchAll(/(?<!\\)\]\(([^)]*)\)/g)].map(([, target]) => Number(target));
      expect(new Set(links)).toEqual(new Set(ids));
    }
  });

  it("hold no placeholder", () => {
    expect(JSON.stringify(resultsOf(sarif(everything)).map(({ message }) => message))).not.toMatch(/(?<!\{)\{\d+\}/);
  });
});

describe("fixtures/shop, where gunicorn's backlog of 64 binds behind nginx", () => {
  let result: Result | undefined;
  beforeAll(async () => {
    result = burstLimit(await audit("fixtures/shop"));
  });
  const at = (location: Location | undefined): string =>
    `${location?.physicalLocation?.artifactLocation?.uri ?? ""}:${String(location?.physicalLocation?.region?.startLine)}`;

  it("relates every term of the limits that stands in a file", () => {
    const places = (result?.relatedLocations ?? []).map((location) => at(location));
    // workers; worker_connections and worker_processes; proxy_pass; bind: see the files.
    for (const place of ["gunicorn.conf.py:2", "nginx/nginx.conf:6", "nginx/nginx.conf:2", "nginx/nginx.conf:29", "gunicorn.conf.py:1"]) expect(places).toContain(`fixtures/shop/${place}`);
    const terms = (result?.properties?.["terms"] ?? []) as readonly { readonly name: string }[];
    expect(new Set(terms.map(({ name }) => name))).toEqual(new Set(["backlog", "net.core.somaxconn", "worker_connections", "worker_processes", "workers"]));
  });

  it("leads along the chain, from the client to what binds", () => {
    const steps = result?.codeFlows?.[0]?.threadFlows[0]?.locations.map(({ location }) => at(location)) ?? [];
    expect(steps.map((step) => step.replace("fixtures/shop/", ""))).toEqual(["nginx/nginx.conf:17", "nginx/nginx.conf:29", "gunicorn.conf.py:1", "gunicorn.conf.py:3"]);
  });
});

describe("fixes", () => {
  const root = mkdtempSync(join(tmpdir(), "audit-backlog-"));
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it("cure their finding when they are applied, and touch nothing else", async () => {
    cpSync(join(repository, "fixtures/shop"), root, { recursive: true });
    const result = burstLimit(await audit(root));
    const change = result?.fixes?.[0]?.artifactChanges[0];
    const replacement = change?.replacements[0];
    expect(change?.artifactLocation.uri).toBe("gunicorn.conf.py");
    const file = join(root, "gunicorn.conf.py");
    const before = readFileSync(file, "utf8");
    const lines = before.split("\n");
    const { startLine = 0, startColumn = 0, endColumn = 0 } = replacement?.deletedRegion ?? {};
    const line = lines[startLine - 1] ?? "";
    lines[startLine - 1] = line.slice(0, startColumn - 1) + (replacement?.insertedContent?.text ?? "") + line.slice(endColumn - 1);
    writeFileSync(file, lines.join("\n"));
    expect(readFileSync(file, "utf8")).toBe(before.replace("backlog = 64", "backlog = 511"));
    expect(burstLimit(await audit(root))).toBeUndefined();
  });

  it("exist only where the remedy is one number over another", () => {
    for (const result of resultsOf(sarif(everything))) expect(result).not.toHaveProperty("fixes");
  });
});

describe("fingerprints", () => {
  const root = mkdtempSync(join(tmpdir(), "audit-backlog-"));
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const prints = async (text: string): Promise<readonly (string | undefined)[]> => {
    writeFileSync(join(root, "server.js"), text);
    return (await audit(root)).results?.map(({ partialFingerprints }) => partialFingerprints?.["auditBacklog/v1"]) ?? [];
  };
  const listen = (port: number, backlog: number): string => `require("node:http").createServer().listen(${port}, "::", ${backlog});\n`;

  it("survive lines that move and white space, and tell findings apart", async () => {
    const before = await prints(listen(1, 10) + listen(2, 10));
    expect(new Set(before).size).toBe(2);
    expect(await prints(`// a comment\n\n${listen(1, 10)}// more\n${listen(2, 10).replaceAll(" ", "\t  ")}`)).toEqual(before);
    expect(await prints(listen(1, 20) + listen(2, 10))).toEqual([expect.not.stringContaining(before[0] ?? "") as string, before[1]]);
  });

  it("count equal ones in their order", () => {
    const twice = [findingAt(numberIn("a.conf")), findingAt(numberIn("a.conf"))];
    const [first, second] = resultsOf(sarif(shownOf(twice))).map(({ partialFingerprints }) => partialFingerprints?.["auditBacklog/v1"]);
    expect(first).toBe(resultOf(shownOf(twice.slice(0, 1))).partialFingerprints?.["auditBacklog/v1"]);
    expect(second).not.toBe(first);
  });
});

describe("suppressions", () => {
  it("say where and why, by all results or by none", () => {
    const all = resultsOf(sarif(everything));
    expect(all.filter(({ suppressions }) => suppressions === undefined)).toEqual([]);
    const kinds = all.flatMap(({ suppressions = [] }) => suppressions.map(({ kind, status }) => `${kind} ${String(status)}`));
    expect(kinds).toEqual(["inSource accepted", "external accepted", "inSource accepted"]);
    expect(all.at(-3)?.suppressions?.[0]?.justification).toContain("backlog 64 holds 65 clients.");
    expect(resultOf(shownOf([findingAt(numberIn("a.conf"))]))).not.toHaveProperty("suppressions");
  });
});

describe("rules", () => {
  it("are all described, with the text of their pages", () => {
    const { tool, results = [] } = runOf(sarif(everything));
    const described = tool.driver.rules ?? [];
    for (const { id, summary, docs } of [...rules, ...suppressionRules, ...configurationRules]) {
      const rule = described.find((one) => one.id === id);
      expect(rule?.shortDescription?.text).toBe(summary);
      expect(rule?.help?.text).toContain(docs.fires.text.split("\n")[0]);
    }
    for (const { ruleId, ruleIndex = -1 } of results) expect(described[ruleIndex]?.id).toBe(ruleId);
  });
});

describe("what was not read", () => {
  it("is told as notifications", () => {
    const notifications = runOf(sarif(everything)).invocations?.[0]?.toolExecutionNotifications ?? [];
    expect(notifications.map(({ descriptor, level }) => [descriptor?.id, level])).toEqual([["read-in-part", "warning"], ["not-read", "note"], ["not-listed", "note"]]);
    expect(notifications[1]?.locations?.[0]?.physicalLocation?.artifactLocation?.uri).toBe("node_modules/");
    expect(notifications[2]?.message.text).toBe("2 findings out of focus");
  });
});

it("keeps to the size that GitHub takes", () => {
  const noise = (): string => randomBytes(1_200).toString("base64");
  const text = sarif(shownOf(Array.from({ length: 10_000 }, () => findingAt(numberIn("a.conf"), { message: noise() }))));
  expect(gzipSync(text).length).toBeLessThanOrEqual(10_000_000);
  expect(text).toContain("5000 results left out");
});

it("keeps to the results that GitHub takes, the most severe ones, and counts the rest", () => {
  const many = shownOf([...Array.from({ length: 25_001 }, () => findingAt(numberIn("a.conf")))]);
  const log = JSON.parse(sarif(many)) as Log;
  const [run] = log.runs;
  expect(run?.results).toHaveLength(25_000);
  expect(run?.invocations?.[0]?.toolExecutionNotifications?.at(-1)?.message.text).toContain("1 result left out");
});
