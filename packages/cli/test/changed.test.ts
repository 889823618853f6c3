import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "./run-cli.ts";

const node = (backlog: number): string => `require("node:http").createServer().listen(8080, "::", ${backlog});\n`;

let place: string;
let root: string;

beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "audit-backlog-")));
  root = join(place, "repository");
  mkdirSync(root);
});

afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

function put(path: string, text: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}

function git(...args: readonly string[]): string {
  return execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "protocol.file.allow=always", "-C", root, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"], HOME: place } });
}

/** Three servers with small backlogs, committed on main. */
function repository(): void {
  git("init", "-q", "-b", "main");
  for (const name of ["a", "b", "sub/c"]) put(`${name}.js`, node(10));
  commit();
}

function commit(): void {
  git("add", "-A");
  git("commit", "-qm", "x");
}

/** The files of the findings shown, and how many more there are. */
async function shown(argv: readonly string[], cwd = root, environment: NodeJS.ProcessEnv = {}): Promise<{ readonly files: readonly string[]; readonly outOfFocus: number; readonly code: number; readonly stderr: string }> {
  const { stdout, stderr, code } = await runCli([...argv, "--format", "json"], cwd, environment);
  if (stdout === "") return { files: [], outOfFocus: 0, code, stderr };
  const { findings, outOfFocus } = JSON.parse(stdout) as { findings: { locations: { role: string; origin: { file?: string } }[] }[]; outOfFocus: number };
  const files = findings.flatMap(({ locations: [first] }) => first?.origin.file ?? []);
  return { files: files.sort(), outOfFocus, code, stderr };
}

describe("--changed", () => {
  it("shows what touches files changed in the working tree, staged or not, and new ones", async () => {
    repository();
    expect(await shown(["--changed"])).toMatchObject({ files: [], outOfFocus: 3, code: 0 });
    put("a.js", node(11));
    expect(await shown(["--changed"])).toMatchObject({ files: ["a.js"], outOfFocus: 2, code: 1 });
    git("add", "a.js");
    put("sub/c.js", node(12));
    put("new.js", node(13));
    put("ignored.js", node(14));
    put(".gitignore", "ignored.js\n");
    expect(await shown(["--changed"])).toMatchObject({ files: ["a.js", "new.js", "sub/c.js"], outOfFocus: 1 });
  });

  it("reads the whole repository: a proxy's change shows what it does to its server", async () => {
    git("init", "-q", "-b", "main");
    put("nginx.conf", "events { worker_connections 8192; }\nhttp { server { listen 80; location / { proxy_pass http://unix:/run/app.sock; } } }\n");
    put("gunicorn.conf.py", 'bind = "unix:/run/app.sock"\nbacklog = 64\nworkers = 8\n');
    put("Procfile", "web: gunicorn -c gunicorn.conf.py app:app\n");
    put("other.js", node(9));
    commit();
    put("nginx.conf", "events { worker_connections 8192; }\nhttp { server { listen 81; location / { proxy_pass http://unix:/run/app.sock; } } }\n");
    // The number stands in a file that did not change; the pass that makes it matter did.
    expect((await shown(["--changed"])).files).toEqual(["gunicorn.conf.py"]);
  });

  it("knows renamed, deleted, copied and retyped files, and names of every kind", async () => {
    repository();
    renameSync(join(root, "a.js"), join(root, "moved.js"));
    rmSync(join(root, "b.js"));
    expect(await shown(["--changed"])).toMatchObject({ files: ["moved.js"], outOfFocus: 1 });
    git("add", "-A");
    expect(await shown(["--changed"])).toMatchObject({ files: ["moved.js"], outOfFocus: 1 });
    commit();
    for (const name of ["new\nline.js", "ünï.js", 'qu"ote\\.js', " blank.js", "-dash.js", "tab\t.js"]) put(name, node(3));
    expect((await shown(["--changed"])).files).toHaveLength(6);
    git("add", "-A");
    expect((await shown(["--staged"])).files).toHaveLength(6);
  });

  it("takes a changed link for the file that it leads to", async () => {
    git("init", "-q", "-b", "main");
    put("sites-available/x.conf", "server { listen 80 backlog=5; }\n");
    mkdirSync(join(root, "sites-enabled"));
    commit();
    symlinkSync("../sites-available/x.conf", join(root, "sites-enabled/x.conf"));
    expect((await shown(["--changed"])).files).toEqual(["sites-available/x.conf"]);
  });

  it("works from a subdirectory, with absolute paths, several paths and through a link", async () => {
    repository();
    put("a.js", node(11));
    put("sub/c.js", node(12));
    expect(await shown(["--changed"], join(root, "sub"))).toMatchObject({ files: ["c.js"], outOfFocus: 0 });
    expect((await shown(["--changed", join(root, "sub")], place)).files).toEqual(["c.js"]);
    expect((await shown(["--changed", join(root, "a.js"), join(root, "b.js")], place))).toMatchObject({ files: ["a.js"], outOfFocus: 1 });
    expect((await shown(["--changed", root, join(root, "sub")], place)).files).toEqual(["a.js", "sub/c.js"]);
    symlinkSync(root, join(place, "link"));
    expect((await shown(["--changed"], join(place, "link"))).files).toEqual(["a.js", "sub/c.js"]);
    expect((await shown(["--changed", "sub/../a.js"], join(place, "link"))).files).toEqual(["a.js"]);
  });

  it("works in several repositories and in a submodule that is named", async () => {
    repository();
    const first = root;
    root = join(place, "second");
    mkdirSync(root);
    repository();
    put("b.js", node(11));
    git("submodule", "add", "-q", first, "module");
    git("commit", "-qm", "x");
    expect((await shown(["--changed", "repository", "second"], place)).files).toEqual(["second/b.js"]);
    put("module/a.js", node(12));
    // Its files belong to a repository of their own, which is left out unless it is named.
    expect((await shown(["--changed"])).files).toEqual(["b.js"]);
    expect((await shown(["--changed", "module"])).files).toEqual(["a.js"]);
    expect((await shown(["--changed", ".", "module"])).files).toEqual(["b.js", "module/a.js"]);
  });

  it("works before the first commit", async () => {
    git("init", "-q", "-b", "main");
    put("a.js", node(10));
    expect((await shown(["--changed"])).files).toEqual(["a.js"]);
    expect((await shown(["--staged"])).files).toEqual([]);
    git("add", "a.js");
    expect((await shown(["--staged"])).files).toEqual(["a.js"]);
    expect((await shown(["--since", "HEAD"])).stderr).toContain("--since HEAD: there is no such commit");
  });

  it("says what is wrong outside of a repository, and where there is no git", async () => {
    put("a.js", node(10));
    const outside = await shown(["--changed"]);
    expect(outside).toMatchObject({ code: 2, stderr: expect.stringContaining(`${root} lies in no git repository: leave the option out, or name the files with --focus`) as string });
    expect(outside.stderr.split("\n")[0]?.startsWith("audit-backlog: ")).toBe(true);
    const path = process.env["PATH"];
    process.env["PATH"] = place;
    try {
      expect((await shown(["--changed"])).stderr).toContain("git is not installed");
    } finally {
      process.env["PATH"] = path;
    }
    git("init", "-q", "--bare", "bare.git");
    expect((await shown(["--changed", "bare.git"])).stderr).toContain("bare repository");
  });

  it("starts nothing that a repository names", async () => {
    repository();
    const evidence = join(place, "started");
    const program = join(place, "program");
    writeFileSync(program, `#!/bin/sh\necho "$0 $@" >> ${evidence}\ncat\n`);
    chmodSync(program, 0o755);
    for (const [name, value] of [
      ["core.fsmonitor", program],
      ["core.hooksPath", place],
      ["core.pager", program],
      ["pager.diff", program],
      ["diff.external", program],
      ["diff.evil.command", program],
      ["diff.evil.textconv", program],
      ["filter.evil.clean", program],
      ["filter.evil.smudge", program],
      ["filter.two.words.process", program],
      ["filter.two.words.required", "true"],
      ["filter.a=b.clean", program],
    ] as const) {
      git("config", name, value);
    }
    put(".git/info/attributes", "a.js filter=evil diff=evil\nb.js filter=two.words\nsub/c.js filter=a=b\n");
    put("a.js", node(11));
    put("b.js", node(12));
    // As it was, but for the time: git has to read and filter it to see that.
    utimesSync(join(root, "sub/c.js"), 1, 1);
    expect((await shown(["--changed"])).files).toEqual(["a.js", "b.js"]);
    expect((await shown(["--since", "main"])).files).toEqual(["a.js", "b.js"]);
    expect((await shown(["--staged"])).files).toEqual([]);
    expect(existsSync(evidence)).toBe(false);
    // The trap works: git itself starts it.
    expect(() => git("status")).toThrow();
    expect(existsSync(evidence)).toBe(true);
  });
});

describe("--since", () => {
  it("compares with the commit where the branch left", async () => {
    repository();
    git("checkout", "-qb", "feature");
    put("a.js", node(11));
    commit();
    git("checkout", "-q", "main");
    put("b.js", node(12));
    commit();
    git("checkout", "-q", "feature");
    put("sub/c.js", node(13));
    expect(await shown(["--since", "main"])).toMatchObject({ files: ["a.js", "sub/c.js"], outOfFocus: 1 });
    expect((await shown(["--since", "HEAD"])).files).toEqual(["sub/c.js"]);
    expect((await shown(["--since=main~0"])).files).toEqual(["a.js", "sub/c.js"]);
  });

  it("says what to do about a ref that it does not know", async () => {
    repository();
    expect(await shown(["--since", "release"])).toMatchObject({ code: 2, stderr: expect.stringContaining("--since release: there is no such commit here; git fetch origin release") as string });
    expect((await shown(["--since=--output=x"])).stderr).toContain("there is no such commit here");
    expect((await shown(["--since", ""])).stderr).toContain("--since names no commit");
    git("update-ref", "refs/remotes/origin/release", "HEAD");
    expect((await shown(["--since", "release"])).stderr).toContain("did you mean origin/release?");
    git("checkout", "-q", "--orphan", "other");
    git("commit", "-qm", "of other parents");
    expect((await shown(["--since", "main"])).stderr).toContain("no commit is common to it and this branch");
    const origin = root;
    git("checkout", "-q", "main");
    put("a.js", node(20));
    commit();
    root = join(place, "clone");
    mkdirSync(root);
    git("clone", "-q", "--depth", "1", "--branch", "main", `file://${origin}`, ".");
    expect((await shown(["--since", "HEAD~1"])).stderr).toContain("this clone is shallow: git fetch --unshallow origin, or fetch-depth: 0 in actions/checkout");
    expect((await shown(["--changed"])).code).toBe(0);
  });
});

describe("--staged", () => {
  it("shows what touches staged files only", async () => {
    repository();
    put("a.js", node(11));
    put("b.js", node(12));
    git("add", "b.js");
    expect(await shown(["--staged"])).toMatchObject({ files: ["b.js"], outOfFocus: 2 });
  });

  it.each(["git commit -a", "git commit -- b.js"])("sees in a hook what %s stages", async (command) => {
    repository();
    put("b.js", node(12));
    // git tells hooks of the index that it is about to commit.
    put(".git/hooks/pre-commit", `#!/bin/sh\nprintf '%s' "$GIT_INDEX_FILE" > ${place}/index\ncp "$GIT_INDEX_FILE" ${place}/copy\nexit 1\n`);
    chmodSync(join(root, ".git/hooks/pre-commit"), 0o755);
    expect(() => git(...command.split(" ").slice(1, 2), "-m", "x", ...command.split(" ").slice(2))).toThrow();
    const index = readFileSync(join(place, "index"), "utf8");
    const again = join(root, ".git", "again.lock");
    copyFileSync(join(place, "copy"), again);
    expect(index).not.toBe(".git/index");
    expect((await shown(["--staged"])).files).toEqual([]);
    expect((await shown(["--staged"], root, { GIT_INDEX_FILE: ".git/again.lock" })).files).toEqual(["b.js"]);
    // One that belongs to no such repository is not believed.
    expect((await shown(["--staged"], root, { GIT_INDEX_FILE: join(place, "copy") })).files).toEqual([]);
  });
});

describe("--focus", () => {
  it("takes the files behind it, as hooks name them", async () => {
    repository();
    expect(await shown(["--focus", "a.js", join(root, "b.js")])).toMatchObject({ files: ["a.js", "b.js"], outOfFocus: 1 });
    expect((await shown(["--fail-on", "error", "--focus", "sub", "./a.js", "--burst", "3"])).files).toEqual(["a.js", "sub/c.js"]);
    expect((await shown([".", "--focus", "c.js"], join(root, "sub"))).files).toEqual(["c.js"]);
    expect((await shown(["--focus=a.js"])).files).toEqual(["a.js"]);
    expect((await shown(["--focus", "README.md"])).stderr).toContain("--focus README.md: no such file or directory");
    put("README.md", "");
    expect(await shown(["--focus", "README.md"])).toMatchObject({ files: [], outOfFocus: 3, code: 0 });
  });

  it("needs no repository, and refuses what it can't look at", async () => {
    put("a.js", node(10));
    put("b.js", node(10));
    writeFileSync(join(place, "out.js"), node(10));
    expect((await shown(["--focus", "a.js"])).files).toEqual(["a.js"]);
    expect((await shown(["--focus", "../out.js"])).stderr).toContain("--focus ../out.js: it lies outside of the audited directory");
    expect((await shown(["--focus", "a.js", "--changed"])).stderr).toContain("--changed and --focus can't go together");
    expect((await shown(["--focus"])).code).toBe(2);
  });

  it("says how much was left out", async () => {
    repository();
    for (const format of ["pretty", "concise"]) expect((await runCli(["--focus", "a.js", "--format", format], root)).stdout).toMatch(/\b2 out of focus/);
  });
});
