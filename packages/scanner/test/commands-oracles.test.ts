import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@audit-backlog/test-support";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isMap, isScalar, parseDocument, visit } from "yaml";
import { shlexPairs, shlexWords } from "../src/readers/commands/shlex.ts";
import { readCommands } from "../src/readers/commands/index.ts";
import { systemdWords } from "../src/readers/commands/systemd-words.ts";
import type { Tokens } from "../src/readers/commands/annotated.ts";
import { iniEntries } from "../src/readers/commands/ini-lines.ts";
import { scalarText } from "../src/readers/commands/yaml-text.ts";

function texts(text: string, { tokens }: Tokens): string[] {
  return tokens.map(({ runs }) => runs.map((run) => run.text ?? text.slice(run.from, run.to)).join(""));
}

const bits = fc.array(fc.constantFrom("a", "b c", '"', "'", "\\", "\\\\", '\\"', " ", "\t", "\n", "=", ",", "#", ";", "x=1", 'K="v, w"', "/p-:", "é", "%", "[", "]", "  "), { maxLength: 12 }).map((parts) => parts.join(""));

describeWith(["python3"], "supervisord's rules against Python's shlex and configparser", () => {
  function python(program: string, input: unknown): unknown {
    const run = spawnSync("/usr/bin/python3", ["-I", "-c", program], { input: JSON.stringify(input), encoding: "utf8", timeout: 20_000 });
    expect(run.stderr).toBe("");
    return JSON.parse(run.stdout);
  }

  it("splits commands as shlex.split", () => {
    const samples = fc.sample(bits, { numRuns: 3_000, seed: 3 });
    const program = "import json,shlex,sys\ndef f(s):\n  try: return shlex.split(s)\n  except ValueError: return None\nprint(json.dumps([f(s) for s in json.load(sys.stdin)]))";
    const ours = samples.map((sample) => {
      const tokens = shlexWords(sample);
      return tokens.problem === undefined ? texts(sample, tokens) : null;
    });
    expect(ours).toEqual(python(program, samples));
  });

  it("reads environment as dict_of_key_value_pairs", () => {
    const samples = fc.sample(fc.oneof(bits, fc.array(fc.constantFrom("A=1", 'B="x,y"', "C='z'", "D=/a-b:c", ",", "=", " ", 'E=a"b"'), { maxLength: 7 }).map((parts) => parts.join(","))), { numRuns: 3_000, seed: 4 });
    // The grouping by fours is supervisor's datatypes.py; the tokens are Python's own.
    const program = [
      "import json,shlex,sys",
      "def f(s):",
      "  try:",
      "    lexer = shlex.shlex(s); lexer.wordchars += '/.+-():'; t = list(lexer)",
      "  except ValueError: return None",
      "  out = []",
      "  for i in range(0, len(t), 4):",
      "    if len(t[i:i+3]) != 3 or t[i+1] != '=': return None",
      "    out.append([t[i], t[i+2].strip('\\'\"')])",
      "  return out",
      "print(json.dumps([f(s) for s in json.load(sys.stdin)]))",
    ].join("\n");
    const ours = samples.map((sample) => shlexPairs(sample)?.map(({ name, from, to }) => [name, sample.slice(from, to)]) ?? null);
    expect(ours).toEqual(python(program, samples));
  });

  it("reads settings as configparser with inline comments", () => {
    const line = fc.constantFrom("a = 1", "command=x ; c", "b: y#z", "  more", "    deeper # c", "; note", "# note", "", "   ", "c =", "d=e=f", "[s2]", " [s3]", "Key = V;w", "  ; indented");
    const samples = fc.sample(fc.array(line, { maxLength: 8 }).map((lines) => ["[s]", ...lines].join("\n")), { numRuns: 2_000, seed: 5 });
    const program = [
      "import json,configparser,sys",
      "def f(s):",
      "  p = configparser.RawConfigParser(inline_comment_prefixes=(';','#'), strict=False)",
      "  try: p.read_string(s)",
      "  except configparser.Error: return None",
      "  return {k: {n: v.replace('\\n\\n', '\\n').replace('\\n\\n', '\\n') for n, v in p[k].items()} for k in p.sections()}",
      "print(json.dumps([f(s) for s in json.load(sys.stdin)]))",
    ].join("\n");
    const theirs = python(program, samples) as (Record<string, Record<string, string>> | null)[];
    let compared = 0;
    samples.forEach((sample, i) => {
      const expected = theirs[i];
      if (expected === null || expected === undefined) return;
      const ours: Record<string, Record<string, string>> = {};
      for (const { section, name, value } of iniEntries(sample)) {
        const settings = (ours[section] ??= {});
        if (name !== undefined && value !== undefined) settings[name] = value.text;
      }
      compared += 1;
      expect(ours, sample).toEqual(expected);
    });
    expect(compared).toBeGreaterThan(500);
  });
});

describeWith(["systemd-analyze"], "systemd's quoting against systemd-analyze", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "commands-systemd-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("reads the program's name as `verify` prints it", () => {
    const part = fc.constantFrom("a", '"b c"', "'d  e'", "\\x41", "\\101", "\\u00e9", "\\s", "%%", "é", '"', "'");
    const samples = fc.sample(fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => `/none/${parts.join("")} arg 'x y'`), { numRuns: 120, seed: 6 });
    samples.forEach((sample, i) => {
      writeFileSync(join(folder, `u${i}.service`), `[Service]\nType=oneshot\nExecStart=${sample}\n`);
    });
    const run = spawnSync("systemd-analyze", ["verify", ...samples.map((_, i) => join(folder, `u${i}.service`))], { encoding: "utf8", timeout: 60_000, env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" } });
    let named = 0;
    let refused = 0;
    samples.forEach((sample, i) => {
      const unit = `u${i}.service`;
      const command = new RegExp(`^${unit}: Command (.*) is not executable`, "m").exec(run.stderr)?.[1];
      const unbalanced = run.stderr.includes(`${unit}:3: Unbalanced quoting`);
      const facts = readCommands(unit, `[Service]\nExecStart=${sample}\n`);
      if (unbalanced) {
        refused += 1;
        expect(facts?.commands, sample).toEqual([]);
        expect(systemdWords(sample).problem, sample).toBeDefined();
      } else if (command !== undefined) {
        named += 1;
        expect(facts?.commands[0]?.words[0]?.value, sample).toEqual({ kind: "exact", value: command });
      }
    });
    expect(named).toBeGreaterThan(30);
    expect(refused).toBeGreaterThan(20);
  });
});

describe("places in YAML scalars", () => {
  it("gives each scalar's own value, and characters that stand where they say", () => {
    const content = fc.array(fc.constantFrom("gunicorn", "-w", "4", "\\n", "\\x41", '\\"', "''", "'", '"', "#x", ":", "é", "\\", "$X", "  "), { minLength: 1, maxLength: 8 });
    const styles = [
      (lines: string[]): string => `|\n${lines.map((line) => `    ${line}\n`).join("")}`,
      (lines: string[]): string => `>-\n${lines.map((line, i) => `    ${i % 3 === 2 ? "  " : ""}${line}\n\n`).join("")}`,
      (lines: string[]): string => `|2+\n${lines.map((line) => `      ${line}\n`).join("")}`,
      (lines: string[]): string => `'${lines.join("\n    ").replaceAll(/'+/g, "''")}'\n`,
      (lines: string[]): string => `"${lines.join(" \\\n    ").replaceAll(/(?<!\\)"/g, "")}"\n`,
      (lines: string[]): string => `${lines.join("\n    ")}\n`,
    ];
    let placed = 0;
    fc.assert(
      fc.property(fc.array(content.map((parts) => parts.join(" ")), { minLength: 1, maxLength: 3 }), fc.constantFrom(...styles), (lines, style) => {
        const text = `key:\n  inner: ${style(lines)}`;
        const document = parseDocument(text, { logLevel: "silent" });
        if (document.errors.length > 0 || !isMap(document.contents)) return;
        visit(document, {
          Scalar: (_, scalar) => {
            if (!isScalar(scalar) || typeof scalar.value !== "string") return;
            const mapped = scalarText(scalar, text);
            expect(mapped?.text).toBe(scalar.value);
            for (let at = 0; at < scalar.value.length; at += 1) {
              const char = scalar.value[at] ?? "";
              const own = text.slice(mapped?.start(at), mapped?.end(at + 1));
              // An escape stands for its character as a whole; all else is there as it is.
              if (/^[a-z0-9#:$é-]$/i.test(char) && !own.startsWith("\\")) {
                expect(own, text).toBe(char);
                placed += 1;
              }
            }
          },
        });
      }),
      { numRuns: 3_000, seed: 8 },
    );
    expect(placed).toBeGreaterThan(20_000);
  });
});
