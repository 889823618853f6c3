import { describe, expect, it } from "vitest";
import type { CommandLine } from "../src/facts.ts";
import { programAt } from "../src/readers/commands/program-at.ts";
import { readShell } from "../src/readers/commands/shell.ts";

function only(text: string, program: string, path = "start.sh"): CommandLine {
  const found = readShell(path, text).commands.filter((command) => programAt(command).program === program);
  expect(found).toHaveLength(1);
  const [command] = found;
  if (command === undefined) throw new Error("no command");
  return command;
}

function values(command: CommandLine): (string | object)[] {
  return command.words.map(({ value }) => (value.kind === "exact" ? value.value : value));
}

describe("shell scripts: which commands", () => {
  it("finds commands wherever they stand", () => {
    const text = [
      "#!/bin/sh",
      "if true; then a1; elif b1; then b2; else a2; fi",
      "a3 | a4 && a5 || a6 &",
      "( a7 ); { a8; }",
      "for x in 1; do a9; done; while c1; do a10; done",
      "case $1 in x) a11 ;; *) a12 ;; esac",
      "f() { a13; }",
      "exec a14 > log 2>&1",
      "! a15",
      "time a16",
    ].join("\n");
    const programs = readShell("x.sh", text).commands.map((command) => programAt(command).program);
    for (let i = 1; i <= 16; i += 1) expect(programs).toContain(`a${i}`);
    expect(programs).toEqual(expect.arrayContaining(["b1", "b2", "c1", "true"]));
  });

  it("takes heredocs, comments and strings for what they are", () => {
    const text = "cat <<EOF\ngunicorn a\nEOF\n# gunicorn b\necho 'gunicorn c'\nset -- gunicorn d\n";
    expect(readShell("x.sh", text).commands.map((command) => programAt(command).program)).toEqual(["cat", "echo", "set"]);
  });

  it("reads the string of sh -c as commands, with places in the file", () => {
    const text = `sudo -u www sh -c 'cd /srv && exec gunicorn -w 3 \\\n  --backlog 64 app'`;
    const command = only(text, "gunicorn");
    expect(values(command)).toEqual(["exec", "gunicorn", "-w", "3", "--backlog", "64", "app"]);
    expect(command.words[5]?.range.start).toEqual({ offset: text.indexOf("64"), line: 2, column: 13 });
  });

  it("leaves inner expansions of bash -lc \"…\" as uncertain as they are", () => {
    const text = `B=64\nbash -lc "gunicorn -w \${W:-5} -b :\\$PORT --backlog $B"`;
    expect(values(only(text, "gunicorn"))).toEqual([
      "gunicorn",
      "-w",
      { kind: "assumed", value: "5", variable: "W" },
      "-b",
      { kind: "dynamic", variable: "PORT" },
      "--backlog",
      "64",
    ]);
  });
});

describe("shell scripts: words", () => {
  it("points at the content of a variable, and names the place of its use", () => {
    const text = `OPTS="--workers 4 --backlog 64"\ngunicorn $OPTS app\n`;
    const command = only(text, "gunicorn");
    expect(values(command)).toEqual(["gunicorn", "--workers", "4", "--backlog", "64", "app"]);
    const backlog = command.words[4];
    expect(backlog?.range.start).toEqual({ offset: text.indexOf("64"), line: 1, column: 29 });
    expect(backlog?.via).toEqual([{ kind: "file", file: "start.sh", range: expect.objectContaining({ start: { offset: text.indexOf("$OPTS"), line: 2, column: 10 } }) as object }]);
  });

  it("splits what is in no quotes, keeps what is in quotes, drops what is empty", () => {
    expect(values(only(`A="x y" E=\ngunicorn $A "$A" $E "$E" pre$A`, "gunicorn"))).toEqual(["gunicorn", "x", "y", "x y", "", "prex", "y"]);
  });

  it("assumes defaults beside variables of the outside", () => {
    const command = only("gunicorn ${A:-2} ${B-3} ${C:=4} $C ${D} ${E:?no} ${F:+5} ${G:---workers 4}", "gunicorn");
    expect(values(command)).toEqual([
      "gunicorn",
      { kind: "assumed", value: "2", variable: "A" },
      { kind: "assumed", value: "3", variable: "B" },
      { kind: "assumed", value: "4", variable: "C" },
      { kind: "assumed", value: "4", variable: "C" },
      { kind: "dynamic", variable: "D" },
      { kind: "dynamic", variable: "E" },
      { kind: "dynamic", variable: "F" },
      { kind: "assumed", value: "--workers", variable: "G" },
      { kind: "assumed", value: "4", variable: "G" },
    ]);
  });

  it("invents nothing for substitutions, globs, positional parameters and templates", () => {
    const command = only('gunicorn $(cat n) `cat n` *.py {a,b} ~/x "$@" $1 <(x) {{ n }}0 $((N + 1))', "gunicorn");
    for (const { value } of command.words.slice(1)) expect(value.kind).toBe("dynamic");
    expect(command.words).toHaveLength(11);
  });

  it("counts CPUs as a formula", () => {
    expect(values(only("W=$(nproc)\ngunicorn -w $(( 2 * $(nproc) + 1 )) -w $((3*2)) -w $W", "gunicorn"))).toEqual([
      "gunicorn",
      "-w",
      {
        kind: "formula",
        formula: {
          op: "+",
          operands: [
            { op: "*", operands: [{ op: "number", value: 2 }, { op: "cpus" }] },
            { op: "number", value: 1 },
          ],
        },
      },
      "-w",
      "6",
      "-w",
      { kind: "formula", formula: { op: "cpus" } },
    ]);
  });

  it("keeps an IPv6 address that looks like a glob", () => {
    expect(values(only("gunicorn -b [::]:80 -b [abc]x", "gunicorn"))).toEqual(["gunicorn", "-b", "[::]:80", "-b", { kind: "dynamic" }]);
  });

  it("spreads arrays", () => {
    const text = 'ARGS=(--workers 4)\nARGS+=("--bind=unix:/x y")\ngunicorn "${ARGS[@]}" app';
    expect(values(only(text, "gunicorn"))).toEqual(["gunicorn", "--workers", "4", "--bind=unix:/x y", "app"]);
  });
});

describe("shell scripts: conditions", () => {
  it("names the branches", () => {
    const text = 'if [ "$D" = 1 ]; then W=1; else W=4; fi\ngunicorn -w $W';
    expect(values(only(text, "gunicorn"))[2]).toEqual({
      kind: "oneOf",
      options: [
        { value: { kind: "exact", value: "1" }, when: 'if [ "$D" = 1 ]' },
        { value: { kind: "exact", value: "4" }, when: "else" },
      ],
    });
  });

  it.each(['[ -z "$W" ] && W=4', 'test -n "$W" || W=4', 'if [[ -z ${W:-} ]]; then W=4; fi', ": ${W:=4}", "W=${W:-4}"])("reads %s as a default", (line) => {
    expect(values(only(`${line}\ngunicorn -w "$W"`, "gunicorn"))[2]).toEqual({ kind: "assumed", value: "4", variable: "W" });
  });

  it("forgets what loops, functions and sourced files may have changed", () => {
    expect(values(only("N=1\nwhile sleep 1; do gunicorn -w $N; N=$((N+1)); done", "gunicorn"))[2]).toEqual({ kind: "dynamic" });
    expect(values(only("N=1\nf() { N=2; }\nf\ngunicorn -w $N", "gunicorn"))[2]).toEqual({ kind: "dynamic" });
    expect(values(only("N=1\n. ./env.sh\ngunicorn -w $N", "gunicorn"))[2]).toEqual({ kind: "assumed", value: "1", variable: "N" });
    expect(values(only("N=1\n(N=2)\nN=3 true | cat\n. venv/bin/activate\ngunicorn -w $N", "gunicorn"))[2]).toBe("1");
  });
});

describe("shell scripts: environment and directory", () => {
  it("passes what is exported, and nothing else", () => {
    const text = "A=1\nexport B=2\nC=3; export C\nexport \"D=x $A\"\nset -a; E=5; set +a\nF=6 env G=7 gunicorn app";
    const { environment } = only(text, "gunicorn");
    expect([...environment].map(([name, { value }]) => [name, value.kind === "exact" ? value.value : value])).toEqual(
      expect.arrayContaining([
        ["B", "2"],
        ["C", "3"],
        ["E", "5"],
        ["F", "6"],
        ["G", "7"],
      ]),
    );
    expect(environment.has("A")).toBe(false);
    expect(environment.get("D")?.value).toEqual({ kind: "exact", value: "x 1" });
    expect(environment.get("B")?.origin).toEqual({ kind: "file", file: "start.sh", range: expect.objectContaining({ start: { offset: 13, line: 2, column: 10 } }) as object });
  });

  it("follows cd from the script's own directory, and from nowhere else", () => {
    expect(only('cd "$(dirname "$0")/.."\ncd api && gunicorn x', "gunicorn", "deploy/bin/run.sh").directory).toBe("deploy/api");
    expect(only("cd api && gunicorn x", "gunicorn").directory).toBeUndefined();
    expect(only('cd "$(dirname "$0")/../.." && gunicorn x', "gunicorn", "run.sh").directory).toBeUndefined();
    expect(only('cd "$(dirname "$0")"; (cd a); gunicorn x', "gunicorn", "b/run.sh").directory).toBe("b");
  });

  it("exports what is only known at run time with a place of its own", () => {
    const { environment } = only("read W\nexport W\ngunicorn x", "gunicorn");
    expect(environment.get("W")).toMatchObject({ value: { kind: "dynamic" }, origin: { file: "start.sh", range: { start: { line: 2 } } } });
  });
});
