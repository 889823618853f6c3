import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@audit-backlog/test-support";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CommandWord } from "../src/facts.ts";
import { readShell } from "../src/readers/commands/shell.ts";

/** What bash makes of it is the truth: exact words must be bash's words, byte for byte. */
describeWith(["bash"], "shell words and variables against bash", () => {
  let empty = "";
  beforeAll(() => {
    empty = mkdtempSync(join(tmpdir(), "commands-bash-"));
  });
  afterAll(() => {
    rmSync(empty, { recursive: true, force: true });
  });

  function bash(script: string, environment: Record<string, string> = {}): string {
    const run = spawnSync("bash", ["--norc", "-c", script], { cwd: empty, encoding: "utf8", env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", ...environment }, timeout: 20_000 });
    expect(run.stderr).toBe("");
    return run.stdout;
  }

  const fragment = fc.oneof(
    fc.stringMatching(/^[a-zA-Z0-9_./:=,@%+-]{1,4}$/),
    fc.constantFrom('"a b"', "'c  d'", '""', "''", "\\ ", "\\\\", "\\$X", '"\\$Y"', '"\\n\\"\\\\"', "'\\n'", "$'\\t\\x41\\''", "\\\n", '"x\\\ny"', "é", "😀", "[::]:8", '"$A"', "$A", "${A}", '"${B}c"', "$B", "$E", '"$E"', "${U:-u v}", '"${U:-u v}"', "${B:-no}", "${E:-e}", "${B:+p q}", "$(( 3 * 7 - B ))", "a#", "~", "*", "{1,2}"),
  );
  const words = fc.array(fc.array(fragment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("")), { minLength: 1, maxLength: 5 });

  it("resolves the words of generated commands as bash does", () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.array(words, { minLength: 20, maxLength: 20 }), (lines) => {
        const prelude = "A='x  y' B=64 E=\nset +B -f\n";
        const script = prelude + lines.map((line) => `printf '%s\\0' - ${line.join(" ")}\nprintf '\\1\\0'`).join("\n");
        const got = bash(script).split("\x01\0").slice(0, -1).map((part) => part.split("\0").slice(1, -1));
        const found = readShell("x.sh", script).commands.filter(({ words: [first, , third] }) => first?.text === "printf" && third?.text === "-");
        expect(found).toHaveLength(lines.length);
        found.forEach((command, i) => {
          const ours = command.words.slice(3);
          for (const { text, range } of ours) expect(script.slice(range.start.offset, range.end.offset)).toBe(text);
          const known = ours.map(knownValue);
          if (known.includes(undefined)) return;
          compared += 1;
          expect(known).toEqual(got[i]);
        });
      }),
      { numRuns: 60, seed: 20 },
    );
    expect(compared).toBeGreaterThan(300);
  });

  const name = fc.constantFrom("X", "Y", "Z");
  const value = fc.constantFrom("1", "22", "$X", "$Y", '"${Z:-7}"', "a$Z", "'p q'", "");
  const assignment = fc.tuple(name, fc.constantFrom("=", "=", "=", "+="), value).map((parts) => parts.join(""));
  const simple = fc.oneof(
    { weight: 12, arbitrary: assignment },
    { weight: 1, arbitrary: assignment.map((text) => `export ${text}`) },
    { weight: 1, arbitrary: name.map((variable) => `unset ${variable}`) },
    { weight: 1, arbitrary: fc.constantFrom(": ${X:=5}", 'eval "$N"', "setx", "sety", "read Z <<< w") },
  );
  const { statement } = fc.letrec<{ statement: string; body: string }>((tie) => ({
    body: fc.array(tie("statement"), { minLength: 1, maxLength: 3 }).map((all) => all.join("\n")),
    statement: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { arbitrary: simple, weight: 3 },
      { arbitrary: fc.constant("PRINT"), weight: 3 },
      fc.tuple(tie("body"), tie("body")).map(([yes, no]) => `if [ "$R" = 1 ]; then\n${yes}\nelse\n${no}\nfi`),
      tie("body").map((yes) => `if [ "$R" = 2 ]; then\n${yes}\nfi`),
      fc.tuple(fc.constantFrom('[ -z "$X" ] && ', '[ -n "$Y" ] || ', '[ "$R" = 1 ] && ', "true && ", "false || ", 'if [[ -z "$Z" ]]; then '), simple).map(([test, then]) => (test.startsWith("if") ? `${test}${then}; fi` : `${test}${then}`)),
      fc.tuple(tie("body"), tie("body")).map(([one, rest]) => `case $R in 1)\n${one}\n;; *)\n${rest}\n;; esac`),
      tie("body").map((body) => `for i in 1 2; do\n${body}\ndone`),
      tie("body").map((body) => `(\n${body}\n)`),
      tie("body").map((body) => `{\n${body}\n}`),
      simple.map((text) => `${text} | cat`),
    ),
  }));

  it("never states a value that another run of the script contradicts", () => {
    const kinds: Record<string, number> = {};
    fc.assert(
      fc.property(fc.array(statement, { minLength: 2, maxLength: 7 }), fc.constantFrom("0", "1", "2"), fc.constantFrom("", "X=0\nY=1\nexport Z=2\n"), (statements, r, prelude) => {
        const functions = "setx() { X=8; }\nsety() {\nPRINT\nY=9\nPRINT\n}\n";
        let sites = 0;
        const script = `N=:\n${prelude}${functions}${statements.join("\n")}\nPRINT`.replaceAll("PRINT", () => `printf '%s\\0' site${(sites += 1)} "$X" "$Y" "$Z"`);
        const output = bash(script, { R: r }).split("\0").slice(0, -1);
        const commands = new Map(readShell("x.sh", script).commands.map((command) => [command.words[2]?.text, command]));
        for (let at = 0; at < output.length; at += 4) {
          const command = commands.get(output[at]);
          expect(command, output[at]).toBeDefined();
          command?.words.slice(3).forEach((word, i) => {
            kinds[word.value.kind] = (kinds[word.value.kind] ?? 0) + 1;
            const real = output[at + 1 + i] ?? "";
            expect(allows(word, real), `${script}\n\nR=${r}, ${output[at] ?? ""}: ${word.text} is ${JSON.stringify(real)}, we say ${JSON.stringify(word.value)}`).toBe(true);
          });
        }
      }),
      { numRuns: 250, seed: 7 },
    );
    // The property must not hold for want of statements.
    expect(kinds["exact"]).toBeGreaterThan(300);
    expect(kinds["oneOf"]).toBeGreaterThan(50);
    expect(kinds["assumed"]).toBeGreaterThan(20);
  });
});

function knownValue({ value }: CommandWord): string | undefined {
  return value.kind === "exact" || value.kind === "assumed" ? value.value : undefined;
}

/** None of the variables is set outside, so that assumed values are the real ones. */
function allows({ value }: CommandWord, real: string): boolean {
  if (value.kind === "oneOf") return value.options.some((option) => option.value.kind === "dynamic" || (option.value.kind !== "formula" && option.value.value === real));
  return value.kind === "dynamic" || value.kind === "formula" || value.value === real;
}
