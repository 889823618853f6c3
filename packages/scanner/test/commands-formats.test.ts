import { describe, expect, it } from "vitest";
import type { CommandFacts, CommandLine } from "../src/facts.ts";
import { mightHoldCommands, readCommands } from "../src/readers/commands/index.ts";
import { programAt } from "../src/readers/commands/program-at.ts";

function read(path: string, text: string): CommandFacts {
  const facts = readCommands(path, text);
  if (facts === undefined) throw new Error(`no reader for ${path}`);
  for (const command of facts.commands) {
    for (const { text: own, range } of command.words) expect(text.slice(range.start.offset, range.end.offset)).toBe(own);
  }
  return facts;
}

/** Exact words as their text, assumed ones behind a `~`, the rest as `?` and the variable. */
function words({ words: all }: CommandLine): string[] {
  return all.map(({ value }) => shown(value));
}

function shown(value: CommandLine["words"][number]["value"]): string {
  if (value.kind === "exact") return value.value;
  if (value.kind === "assumed") return `~${value.value}`;
  return value.kind === "dynamic" ? `?${value.variable ?? ""}` : value.kind;
}

function environment({ environment: all }: CommandLine): Record<string, string> {
  return Object.fromEntries([...all].map(([name, { value }]) => [name, shown(value)]));
}

function byName(facts: CommandFacts, name: string): CommandLine {
  const found = facts.commands.filter(({ holder }) => holder.name === name);
  expect(found, name).toHaveLength(1);
  const [command] = found;
  if (command === undefined) throw new Error(name);
  return command;
}

describe("which files", () => {
  it.each([
    ["Procfile", "", true],
    ["api/Procfile.dev", "", true],
    ["Dockerfile", "", true],
    ["docker/Dockerfile.prod", "", true],
    ["web.Dockerfile", "", true],
    ["Dockerfile.dockerignore", "", false],
    ["compose.yaml", "", true],
    ["docker-compose.prod.yml", "", true],
    ["stack.yml", "version: '3'\nservices:\n  a:\n", true],
    ["values.yml", "a: 1\n", false],
    ["gunicorn.service", "", true],
    ["templates/gunicorn.service.j2", "", true],
    ["etc/systemd/system/web.service.d/override.conf", "", true],
    ["supervisord.conf", "[supervisord]\n[program:x]\n", true],
    ["nginx.conf", "events {}", false],
    ["package.json", "", true],
    ["package-lock.json", "", false],
    ["run.sh", "", true],
    ["bin/start", "#!/usr/bin/env bash\n", true],
    ["bin/start", "#!/bin/sh -e\n", true],
    ["services.d/web/run", "#!/usr/bin/with-contenv bash\n", true],
    ["s6-rc.d/web/run", "#!/command/with-contenv /bin/sh\n", true],
    ["bin/start", "#!/usr/bin/env python\n", false],
    ["bin/start", "", false],
    ["a.py", "#!/bin/sh\n", false],
  ])("%s", (path, head, expected) => {
    expect(mightHoldCommands(path, head)).toBe(expected);
    expect(readCommands(path, head) !== undefined).toBe(expected);
  });
});

describe("Procfile", () => {
  it("is a script where its name says so", () => {
    const { commands, problems } = read("Procfile.sh", "#!/bin/bash\n\ngunicorn shop.wsgi\n");
    expect(commands.map(words)).toEqual([["gunicorn", "shop.wsgi"]]);
    expect(problems).toEqual([]);
  });

  it("reads each process, in the directory of the file", () => {
    const facts = read("api/Procfile", "web: gunicorn -w ${WEB_CONCURRENCY:-3} app:app\r\nworker: X=1 celery -A app\n# note\nbad line\n");
    const web = byName(facts, "web");
    expect(words(web)).toEqual(["gunicorn", "-w", "~3", "app:app"]);
    expect(web.directory).toBe("api");
    expect(environment(byName(facts, "worker"))).toEqual({ X: "1" });
    expect(facts.problems).toEqual([expect.objectContaining({ file: "api/Procfile", reason: expect.stringContaining("left out") as string })]);
  });
});

describe("package.json", () => {
  it("maps JSON escapes to their places", () => {
    const text = '{"scripts":{"start":"NODE_ENV=production node \\"a b.js\\" \\u0026\\u0026 pm2 start x -i 4","n":1}}';
    const facts = read("web/package.json", text);
    expect(facts.commands.map(words)).toEqual([
      ["node", "a b.js"],
      ["pm2", "start", "x", "-i", "4"],
    ]);
    expect(facts.commands[0]?.words[1]?.text).toBe('\\"a b.js\\"');
    expect(facts.commands[0]?.holder).toEqual({ kind: "package-script", name: "start" });
    expect(facts.commands[0]?.directory).toBe("web");
    expect(facts.commands.slice(0, 1).map(environment)).toEqual([{ NODE_ENV: "production" }]);
    expect(facts.commands[1]?.words[4]?.range.start.offset).toBe(text.indexOf("4"));
  });

  it("reads what is left of a broken one", () => {
    const facts = read("package.json", '{"scripts":{"a":"node x.js",\n"b":"pm2 start y"');
    expect(facts.commands.map(({ holder }) => holder.name)).toEqual(["a", "b"]);
    expect(facts.problems).toHaveLength(1);
  });
});

describe("Dockerfile", () => {
  it("combines ENTRYPOINT and CMD as Docker does", () => {
    const combine = (body: string): string[][] => read("Dockerfile", `FROM a\n${body}\n`).commands.map(words);
    expect(combine('CMD ["gunicorn", "a"]')).toEqual([["gunicorn", "a"]]);
    expect(combine("CMD gunicorn a")).toEqual([["gunicorn", "a"]]);
    expect(combine('ENTRYPOINT ["tini", "--"]\nCMD ["gunicorn", "a"]')).toEqual([["tini", "--", "gunicorn", "a"]]);
    expect(combine('CMD ["gunicorn", "a"]\nENTRYPOINT ["tini", "--"]')).toEqual([["tini", "--", "gunicorn", "a"]]);
    expect(combine('ENTRYPOINT gunicorn b\nCMD ["lost"]')).toEqual([["gunicorn", "b"]]);
    expect(combine('ENTRYPOINT ["tini", "--"]\nCMD exec gunicorn $X')).toEqual([["exec", "gunicorn", "?X"]]);
    expect(combine("CMD first\nCMD second")).toEqual([["second"]]);
    expect(combine('CMD ["not json\', "x"]')).toHaveLength(1);
  });

  it("takes `$X` of the exec form as it is, for no shell runs", () => {
    const [command] = read("Dockerfile", 'FROM a\nENV X=1\nCMD ["gunicorn", "-b", ":$X"]').commands;
    expect(command === undefined ? [] : words(command)).toEqual(["gunicorn", "-b", ":$X"]);
  });

  it("inherits from earlier stages, where a new ENTRYPOINT drops their CMD", () => {
    const facts = read("Dockerfile", 'FROM p AS base\nENV A=1\nCMD ["base"]\nFROM base AS web\nENV B=$A\nENTRYPOINT ["web"]\nFROM base\nENV A=2\nENTRYPOINT ["x"]\nCMD ["y"]');
    expect(facts.commands.map((command) => [command.holder.name, words(command), environment(command)])).toEqual([
      ["base", ["base"], { A: "1" }],
      ["web", ["web"], { A: "1", B: "1" }],
      ["stage 2", ["x", "y"], { A: "2" }],
    ]);
  });

  it("reads ENV and ARG, continuations, comments and heredocs", () => {
    const text = [
      "# escape=\\",
      "ARG G=7",
      "FROM a:$G",
      "ARG W=4",
      "ARG G",
      "ENV WEB_CONCURRENCY=$W GUNICORN_CMD_ARGS=\"--bind :80 --threads ${G}\" \\",
      "  # comment",
      "  NEXT='a $W'",
      "ENV OLD the old form",
      "RUN <<EOF",
      "CMD gunicorn wrong",
      "EOF",
      "CMD gunicorn \\",
      "  # comment",
      "",
      "  --backlog 64 \\",
      "  -w $W $WEB_CONCURRENCY",
    ].join("\n");
    const facts = read("Dockerfile", text);
    expect(facts.problems).toEqual([]);
    const [command] = facts.commands;
    if (command === undefined) throw new Error("none");
    expect(words(command)).toEqual(["gunicorn", "--backlog", "64", "-w", "?W", "~4"]);
    expect(command.words[2]?.range.start).toMatchObject({ line: 16, column: 13 });
    expect(environment(command)).toEqual({ WEB_CONCURRENCY: "~4", GUNICORN_CMD_ARGS: "~--bind :80 --threads 7", NEXT: "a $W", OLD: "the old form" });
  });

  it("knows the directory only where the context is copied whole", () => {
    const directory = (body: string): string | undefined => read("api/Dockerfile", `FROM a\n${body}\nCMD gunicorn x`).commands[0]?.directory;
    expect(directory("WORKDIR /app\nCOPY . .")).toBe("api");
    expect(directory("COPY --chown=a:b ./ /app/\nWORKDIR /app/src")).toBe("api/src");
    expect(directory("WORKDIR /app\nCOPY src .")).toBeUndefined();
    expect(directory("WORKDIR /app\nCOPY --from=b . .")).toBeUndefined();
    expect(directory("COPY . /srv\nWORKDIR $WHERE")).toBeUndefined();
  });

  it("reads ONBUILD, HEALTHCHECK and RUN as no services", () => {
    expect(read("Dockerfile", "FROM a\nRUN gunicorn a\nHEALTHCHECK CMD curl x\nONBUILD CMD gunicorn b\n").commands).toEqual([]);
  });
});

describe("compose", () => {
  const text = [
    "x-env: &env",
    "  A: 1",
    '  PORT: "${PORT:-8000}"',
    "x-base: &base",
    "  environment:",
    "    <<: *env",
    "    B: two",
    "  volumes:",
    "    - .:/app",
    "services:",
    "  web:",
    "    <<: *base",
    "    working_dir: /app/src",
    '    command: gunicorn -b 0.0.0.0:${PORT:-8000} --backlog "6\\"4" $$HOME',
    "  folded:",
    '    environment: ["X=1", HOST, "Y=${Z}"]',
    "    command: >",
    '      bash -c "cd /code &&',
    "      gunicorn -w $$W --backlog ${B:-7}",
    '      -b :80 app"',
    "  list:",
    '    entrypoint: ["/entrypoint.sh"]',
    "    command: ['gunicorn', \"-w\", \"${W}\", --backlog, 64, \"a\\tb\", 'it''s']",
    "  quoted:",
    '    command: "gunicorn --bind \\"0.0.0.0:80\\"',
    "      --workers 4 \\",
    '      app"',
    "  templated:",
    "    command: gunicorn -w {{ workers }} app",
  ].join("\n");
  const facts = read("deploy/compose.yml", text);

  it("replaces its own variables and splits as Compose does, without a shell", () => {
    expect(words(byName(facts, "web"))).toEqual(["gunicorn", "-b", "~0.0.0.0:8000", "--backlog", '6"4', "$HOME"]);
  });

  it("follows anchors and merge keys", () => {
    expect(environment(byName(facts, "web"))).toEqual({ A: "1", PORT: "~8000", B: "two" });
    expect(byName(facts, "web").directory).toBe("deploy/src");
  });

  it("reads a shell's string through folding, with places", () => {
    const command = facts.commands.find(({ holder, words: [first] }) => holder.name === "folded" && first?.text === "gunicorn");
    if (command === undefined) throw new Error("none");
    expect(words(command)).toEqual(["gunicorn", "-w", "?W", "--backlog", "~7", "-b", ":80", "app"]);
    expect(command.words[6]?.range.start).toMatchObject({ line: 20, column: 10 });
    expect(environment(command)).toEqual({ X: "1", HOST: "?HOST", Y: "?Z" });
  });

  it("reads lists and flow scalars", () => {
    const list = byName(facts, "list");
    expect(words(list)).toEqual(["/entrypoint.sh", "gunicorn", "-w", "?W", "--backlog", "64", "a\tb", "it's"]);
    expect(programAt(list)).toEqual({ program: "gunicorn", index: 1 });
    expect(words(byName(facts, "quoted"))).toEqual(["gunicorn", "--bind", "0.0.0.0:80", "--workers", "4", "app"]);
  });

  it("takes a template's place for unknown and reads the rest", () => {
    expect(words(byName(facts, "templated"))).toEqual(["gunicorn", "-w", "?", "app"]);
    expect(facts.problems).toEqual([]);
  });

  it("names what can't be read, and reads the rest", () => {
    const broken = read("compose.yml", "services:\n  a:\n    command: gunicorn a && b\n  c:\n    command: [x, 'y\n");
    expect(words(byName(broken, "a"))).toEqual(["gunicorn", "a"]);
    expect(broken.problems.map(({ range }) => range?.start.line)).toEqual(expect.arrayContaining([3, 6]));
  });
});

describe("systemd", () => {
  it("reads ExecStart by systemd's rules", () => {
    const facts = read(
      "gunicorn.service",
      [
        "[Unit]",
        "Description=x \\",
        "ExecStart=/no",
        "[Service]",
        "Environment=\"A=1 2\" 'B=x y' C=%i WORKERS=4",
        'Environment=OPTS="--backlog 64"',
        "ExecStart=/reset",
        "ExecStart=",
        'ExecStart=-@/usr/bin/gunicorn argv0 --workers $WORKERS ${A}x "q \\"r\\"" \\x41b %% \\',
        "   ; comment",
        "   # comment",
        "   $OPTS --x=$WORKERS $$Z ${NONE} $NONE %i 'app'",
        "ExecStartPre=/bin/true",
        "ExecStart=/bin/sh -c 'exec gunicorn -b :$$PORT -w ${WORKERS} a' ; /bin/echo \"two\"",
        'ExecStart=/bad "x',
      ].join("\n"),
    );
    expect(facts.commands.map(words)).toEqual([
      ["/usr/bin/gunicorn", "--workers", "4", "1 2x", 'q "r"', "Ab", "%", "--backlog", "64", "--x=$WORKERS", "$Z", "?NONE", "?NONE", "?", "app"],
      ["exec", "gunicorn", "-b", "?PORT", "-w", "4", "a"],
      ["/bin/echo", "two"],
    ]);
    expect(facts.commands.slice(0, 1).map(environment)).toEqual([{ A: "1 2", B: "x y", C: "?", WORKERS: "4", OPTS: "--backlog 64" }]);
    expect(facts.commands[0]?.words[8]?.range.start).toMatchObject({ line: 6, column: 29 });
    expect(facts.problems).toHaveLength(1);
  });

  it("takes Environment= for assumed beside an EnvironmentFile=", () => {
    const [command] = read("a.service", "[Service]\nEnvironmentFile=-/etc/default/a\nEnvironment=W=4\nExecStart=/bin/gunicorn -w $W").commands;
    expect(command === undefined ? [] : words(command)).toEqual(["/bin/gunicorn", "-w", "~4"]);
  });
});

describe("supervisord", () => {
  it("reads programs as configparser and shlex do", () => {
    const facts = read(
      "supervisord.conf",
      [
        "[supervisord]",
        'environment = A="1,2",B=x%(ENV_HOME)s',
        "[program:web]",
        "command=/venv/bin/gunicorn -w %(ENV_W)s \"a b\"'c' --name %(program_name)s ; inline",
        "   --bind 0.0.0.0:80",
        "   # comment",
        "environment=C='d',PATH=\"/a:%(ENV_PATH)s\"",
        "[program:sh]",
        'command: bash -c "exec gunicorn -b %(ENV_X)s \\"q\\" --workers 100%% app"',
        "[eventlistener:x]",
        "command=no",
      ].join("\n"),
    );
    expect(facts.commands.map(words)).toEqual([
      ["/venv/bin/gunicorn", "-w", "?W", "a bc", "--name", "web", "--bind", "0.0.0.0:80"],
      ["exec", "gunicorn", "-b", "?", "q", "--workers", "100%", "app"],
    ]);
    expect(environment(byName(facts, "web"))).toEqual({ A: "1,2", B: "?HOME", C: "d", PATH: "?PATH" });
    expect(facts.problems).toEqual([]);
  });
});
