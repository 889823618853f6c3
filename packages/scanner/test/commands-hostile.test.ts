import { describe, expect, it } from "vitest";
import type { CommandFacts } from "../src/facts.ts";
import { readCommands } from "../src/readers/commands/index.ts";

/** Bounds are counts of characters, commands and levels; the seconds here only notice when one of them is missing. */
function read(path: string, text: string): CommandFacts {
  const started = performance.now();
  const facts = readCommands(path, text);
  expect(performance.now() - started, "milliseconds").toBeLessThan(8_000);
  if (facts === undefined) throw new Error(`no reader for ${path}`);
  return facts;
}

const million = 1_000_000;

describe("hostile files end in few clear problems, and never in a throw", () => {
  it.each<[string, string, string]>([
    ["one line of 5 MB", "x.sh", "a ".repeat(2.5 * million)],
    ["one word of 5 MB", "x.sh", "a".repeat(5 * million)],
    ["nested substitutions", "x.sh", "echo $(".repeat(10_000)],
    ["nested quoted substitutions", "x.sh", '"$('.repeat(10_000)],
    ["nested subshells", "x.sh", "( ".repeat(10_000)],
    ["nested ifs", "x.sh", "if ".repeat(10_000)],
    ["nested defaults", "x.sh", "gunicorn ${a:-".repeat(10_000)],
    ["an unterminated quote", "x.sh", "gunicorn 'a\nb\n"],
    ["many heredocs on one line", "x.sh", "cat <<A ".repeat(20_000)],
    ["too many commands", "x.sh", "a\n".repeat(100_000)],
    ["a Procfile of one long line", "Procfile", `web: ${"a ".repeat(2 * million)}`],
    ["a long Dockerfile", "Dockerfile", `FROM a\nCMD ${"a ".repeat(million)}`],
    ["many instructions", "Dockerfile", `FROM a\n${"ENV A=$A$A\n".repeat(15_000)}CMD x`],
    ["nested JSON", "package.json", `{"scripts":${"[".repeat(100_000)}`],
    ["a long package.json", "package.json", `{"scripts":{"a":"${"b ".repeat(million)}"}}`],
    ["nested flow YAML", "compose.yml", `services: ${"[".repeat(100_000)}`],
    ["nested dashes", "compose.yml", `services:\n  ${"- ".repeat(100_000)}`],
    ["nested block YAML", "compose.yml", Array.from({ length: 2_000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
    ["unterminated quotes", "compose.yml", "services:\n  a:\n    command: 'x\n"],
    ["a systemd unit with an open quote", "a.service", '[Service]\nExecStart=/x "a\n'],
    ["a long unit", "a.service", `[Service]\nExecStart=/x ${"a\\\n".repeat(million)}`],
    ["an open quote in supervisord", "a.conf", "[program:x]\ncommand=a 'b\n"],
    ["a broken environment in supervisord", "a.conf", "[program:x]\ncommand=a\nenvironment=A B\n"],
  ])("%s", (_, path, text) => {
    const { problems, commands } = read(path, text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(3);
    expect(commands.length).toBeLessThanOrEqual(10_000);
    for (const { file, reason, range } of problems) {
      expect(file).toBe(path);
      expect(reason.length).toBeGreaterThan(10);
      expect(reason.length).toBeLessThan(400);
      expect(range?.start.line).toBeGreaterThan(0);
    }
  });

  it.each<[string, string, string]>([
    ["an empty file", "x.sh", ""],
    ["NUL bytes", "x.sh", "gunicorn a\0b \0\n".repeat(1_000)],
    ["NUL bytes in a Dockerfile", "Dockerfile", "FROM a\nCMD a\0b\n"],
    ["NUL bytes in a unit", "a.service", "[Service]\nExecStart=/x a\0b\n"],
    ["lone carriage returns", "Dockerfile", "FROM a\rCMD gunicorn\r"],
    ["doubling variables", "x.sh", `X=aaaaaaaaaaaaaaaa\n${"X=$X$X\n".repeat(5_000)}gunicorn $X`],
    ["a long variable in many places", "x.sh", `X=${"a ".repeat(8_000)}\n${"gunicorn $X\n".repeat(9_000)}`],
    ["many exports between many commands", "x.sh", Array.from({ length: 9_000 }, (_, i) => `export A${i}=1; a`).join("\n")],
    ["many sourced files", "x.sh", ". ./a; X=$X\n".repeat(9_000)],
    ["many ifs", "x.sh", "if a; then X=1; fi\n".repeat(4_000)],
    ["a long chain", "x.sh", `${"a && ".repeat(9_000)}a`],
    ["a long alternative", "x.sh", `${"X=1 || ".repeat(60_000)}a`],
    ["many functions and calls", "x.sh", Array.from({ length: 4_000 }, (_, i) => `f${i}() { X=1; }; f${i}`).join("\n")],
    ["deep loops", "x.sh", `${"for x in a; do X=1\n".repeat(200)}a\n${"done\n".repeat(200)}`],
    ["many templates on one line", "x.sh", `${"{{ a }} ".repeat(50_000)}{{`],
    ["open templates", "x.sh", "{{ <%= {% ".repeat(50_000)],
    ["shells in shells", "x.sh", `${"sh -c '".repeat(50)}a`.concat("'".repeat(50))],
    ["wrappers without end", "x.sh", `${"exec ".repeat(100_000)}a`],
    ["a cyclic anchor", "compose.yml", "services: &a\n  x: *a\n  y:\n    <<: *a\n    command: gunicorn x\n"],
    ["an anchor in itself", "compose.yml", "services:\n  y: &y\n    <<: [*y, *y, *y]\n    command: gunicorn x\n"],
    ["many aliases", "compose.yml", `a: &a {command: gunicorn x}\nservices:\n${Array.from({ length: 2_000 }, (_, i) => `  s${i}: *a\n`).join("")}`],
    ["blanks in an ini file", "a.ini", `[program:x]\n${" ".repeat(500_000)}\ncommand=a`],
    ["equals signs without end", "a.service", `[Service]\nEnvironment=${"=".repeat(500_000)}\n${" ".repeat(400_000)}x`],
  ])("%s", (_, path, text) => {
    const { problems } = read(path, text);
    expect(problems.length).toBeLessThanOrEqual(3);
  });

  it("does not unfold merge keys that multiply", () => {
    const levels = Array.from({ length: 15 }, (_, i) => `l${i}: &l${i}\n  k${i}: 1\n  <<: [${Array.from({ length: 9 }, () => (i === 0 ? "{}" : `*l${i - 1}`)).join(", ")}]\n`);
    const facts = read("compose.yml", `${levels.join("")}services:\n  web:\n    <<: *l14\n    command: gunicorn x\n`);
    expect(facts.commands).toHaveLength(1);
    expect(facts.problems).toEqual([expect.objectContaining({ reason: expect.stringContaining("merge keys") as string })]);
  });
});
