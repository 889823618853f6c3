import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { actionArguments } from "../src/action-arguments.ts";
import { repository } from "./run-cli.ts";

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  readonly runs: { readonly using: string; readonly main: string };
  readonly branding: { readonly icon: string; readonly color: string };
}

const action = parse(readFileSync(join(repository, "action.yml"), "utf8")) as Action & Readonly<Record<string, unknown>>;

describe("action.yml", () => {
  it("has what GitHub asks for, and no key that it does not know", () => {
    // GitHub: docs, "Metadata syntax reference"
    expect(Object.keys(action).filter((key) => !["name", "author", "description", "inputs", "outputs", "runs", "branding"].includes(key))).toEqual([]);
    expect(action).toMatchObject({ name: expect.stringMatching(/./) as string, description: expect.stringMatching(/./) as string });
    for (const [name, input] of Object.entries(action.inputs)) {
      expect(name).toMatch(/^[a-z_][a-z0-9_-]*$/);
      expect(Object.keys(input).filter((key) => !["description", "default", "required", "deprecationMessage"].includes(key))).toEqual([]);
      expect([typeof input.description, typeof input.default]).toEqual(["string", "string"]);
    }
    expect(action.runs).toEqual({ using: expect.stringMatching(/^node(20|24)$/) as string, main: expect.any(String) as string });
    expect(existsSync(join(repository, action.runs.main))).toBe(true);
    expect(["white", "black", "yellow", "blue", "green", "orange", "red", "purple", "gray-dark"]).toContain(action.branding.color);
  });
});

it("makes a command line of inputs without a shell", () => {
  expect(actionArguments({})).toEqual(["--format", "github", "--"]);
  expect(actionArguments({ INPUT_PATHS: "a b\n\n  $(touch x)\r\n--measure\n", INPUT_ARGS: " --burst 500\n--fail-on=error ", INPUT_FORMAT: "concise", INPUT_SARIF: "out file.sarif" })).toEqual([
    ...["--format", "concise", "--format", "sarif=out file.sarif", "--burst", "500", "--fail-on=error"],
    ...["--", "a b", "$(touch x)", "--measure"],
  ]);
});

describe("the action, started as a runner starts it", () => {
  let workspace: string;
  beforeAll(() => {
    workspace = mkdtempSync(join(tmpdir(), "audit-backlog-action-"));
    cpSync(join(repository, "fixtures/shop"), workspace, { recursive: true });
    writeFileSync(join(workspace, "summary"), "");
  });
  afterAll(() => {
    rmSync(workspace, { recursive: true, force: true });
  });

  /** A runner gives each input as INPUT_<NAME>, blanks as underscores, with its default (actions/runner: src/Runner.Worker/Handlers/NodeScriptActionHandler.cs). */
  const start = (inputs: Readonly<Record<string, string>>) => {
    const given = Object.entries(action.inputs).map(([name, input]) => [`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`, inputs[name] ?? input.default ?? ""]);
    return spawnSync(process.execPath, [join(repository, action.runs.main)], {
      cwd: workspace,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: workspace, GITHUB_STEP_SUMMARY: join(workspace, "summary"), ...Object.fromEntries(given) as Record<string, string> },
    });
  };

  it("annotates the line, writes the summary and a SARIF file, and fails the step", () => {
    const { status, stdout } = start({ sarif: "out.sarif" });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^::error [^\n]*file=gunicorn\.conf\.py,[^\n]*line=3,/m);
    expect(readFileSync(join(workspace, "summary"), "utf8")).toContain("upstream-burst-limit");
    const sarif = JSON.parse(readFileSync(join(workspace, "out.sarif"), "utf8")) as { readonly version: string; readonly runs: readonly { readonly results: readonly { readonly ruleId: string }[] }[] };
    expect(sarif.version).toBe("2.1.0");
    expect(sarif.runs[0]?.results.find(({ ruleId }) => ruleId === "upstream-burst-limit")).toMatchObject({ locations: [{ physicalLocation: { artifactLocation: { uri: "gunicorn.conf.py" }, region: { startLine: 3 } } }] });
  });

  it("takes paths and options, and says what is wrong with them", () => {
    expect(start({ paths: "gunicorn.conf.py\nnginx", args: "--fail-on never", format: "concise" })).toMatchObject({ status: 0, stdout: expect.stringContaining("gunicorn.conf.py:3:11") as string });
    expect(start({ paths: "nowhere" })).toMatchObject({ status: 2, stderr: expect.stringContaining("no such file or directory: nowhere") as string });
  });
});
