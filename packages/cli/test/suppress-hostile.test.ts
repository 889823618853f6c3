import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commentsOf, type CommentSyntax } from "@audit-backlog/scanner";
import { audit } from "../src/library/index.ts";
import { suppress } from "../src/suppress/suppress.ts";
import { readWish } from "../src/suppress/syntax.ts";
import { runCli } from "./run-cli.ts";

/** Milliseconds. On a busy machine ten times what it takes; of work that is quadratic, a hundredth of it. */
const BOUND = 5000;

function expectFast(work: () => unknown): void {
  const start = performance.now();
  work();
  expect(performance.now() - start).toBeLessThan(BOUND);
}

const bodies: readonly (readonly [string, (count: number) => string])[] = [
  ["many comments", (count) => "# audit-backlog: ignore[small-backlog]\n".repeat(count)],
  ["many open quotes", (count) => "x='\"\n".repeat(count)],
  ["many template marks", (count) => "{{ {# <%# {{! {{/* ".repeat(count)],
  ["many blanks behind braces", (count) => `${"{{".repeat(count)}${" ".repeat(count)}`],
  ["many here-documents", (count) => "cat <<A <<B\n".repeat(count)],
  ["many substitutions", (count) => '"$(${`('.repeat(count)],
  ["one long line", (count) => "a;# b ".repeat(count)],
];
const syntaxes: readonly CommentSyntax[] = ["nginx", "yaml", "shell", "ini", "systemd", "procfile"];

describe.each(syntaxes)("comments of %s", (syntax) => {
  it.each(bodies)("are found: %s", (_title, body) => {
    expectFast(() => commentsOf("f", body(20_000), syntax));
  });
});

describe("a line of a comment", () => {
  it.each([
    ["blanks", (count: number) => `audit-backlog${" ".repeat(count)}`],
    ["the name", (count: number) => "audit-backlog ".repeat(count)],
    ["stars", (count: number) => `${"* ".repeat(count)}audit-backlog: ignore`],
    ["brackets", (count: number) => `audit-backlog: ignore${"[".repeat(count)}`],
    ["commas", (count: number) => `audit-backlog: ignore[${",".repeat(count)}`],
    ["names", (count: number) => `audit-backlog: ignore[${Array.from({ length: count }, (_, i) => `r${i}`).join(",")}]`],
    ["dashes", (count: number) => `audit-backlog: ignore[a]${" -".repeat(count)}`],
  ] as const)("is read: %s", (_title, line) => {
    expectFast(() => readWish(line(200_000)));
  });
});

it("applies thousands of comments to thousands of findings", () => {
  const program = (count: number): ReadonlyMap<string, string> =>
    new Map([["nginx.conf", `events {}\nhttp { server {\n${Array.from({ length: count }, (_, i) => `listen ${i + 1} backlog=5; # audit-backlog: ignore[small-backlog, smal-backlog]\n# audit-backlog: ignore-start[small-backlog]\n# audit-backlog: ignore-end[small-backlog]\n`).join("")}}}\n`]]);
  const files = program(800);
  const { report } = audit(files, { ignores: false });
  expectFast(() => {
    const result = suppress(report, [...files].map(([file, text]) => ({ file, text })), { today: "2026-01-01", honour: true });
    expect(result.suppressed.length).toBe(800);
    const count = (rule: string): number => result.report.findings.filter((finding) => finding.rule === rule).length;
    expect([count("unknown-suppression"), count("unused-suppression")]).toEqual([800, 800]);
  });
});

it("holds for a whole minified line, and finds comments in it", () => {
  const call = (port: number, rest: string): string => `createServer().listen(${port},"0.0.0.0",10);${rest}`;
  const text = `import{createServer}from"node:http";${Array.from({ length: 200 }, (_, i) => call(3000 + i, `var s${i}="/* audit-backlog: ignore-file[small-backlog] */";`)).join("")}`;
  expect(audit(new Map([["server.js", text]])).suppressed.length).toBe(0);
  expect(audit(new Map([["server.js", `${text}/* audit-backlog: ignore[small-backlog] */`]])).suppressed.length).toBe(200);
});

it("keeps what a comment says away from the terminal's controls", async () => {
  const directory = mkdtempSync(join(tmpdir(), "audit-backlog-suppress-"));
  try {
    writeFileSync(`${directory}/gunicorn.conf.py`, 'bind = "0.0.0.0:8000"\nbacklog = 2048\n# audit-backlog: ignore[\u001b[31mred\u0007]\n# audit-backlog: \u001b[2J\n');
    for (const format of ["pretty", "concise", "github"]) {
      const { stdout } = await runCli([directory, "--format", format]);
      expect(stdout).toContain("unknown-suppression");
      expect(stdout).not.toContain("\u001b");
      expect(stdout).not.toContain("\u0007");
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
