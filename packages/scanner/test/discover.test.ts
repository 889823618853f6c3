import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { globMatches } from "../src/discover/glob.ts";
import { listFiles } from "../src/discover/list.ts";
import { MAX_FILE_BYTES, openTree } from "../src/discover/tree.ts";
import { scan } from "../src/scan.ts";
import { describeWith } from "@audit-backlog/test-support";

let base: string;
let root: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "audit-backlog-"));
  root = join(base, "repository");
  mkdirSync(root);
});

afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), content);
}

function git(...words: string[]): void {
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t.invalid", ...words], { cwd: root, stdio: "ignore" });
}

it("lists every file where there is no git repository, but no vendored tree", () => {
  put("a.conf", "");
  put("src/.hidden/b.js", "");
  put("node_modules/x/index.js", "");
  put("deploy/vendor/y.conf", "");
  const { files, vendored } = listFiles(root);
  expect(files).toEqual(["a.conf", "src/.hidden/b.js"]);
  expect([...vendored.keys()].sort()).toEqual(["deploy/vendor", "node_modules"]);
});

it("lists names of every character, and the links to directories without what lies behind them", () => {
  const odd = ["a b.conf", "new\nline/x.conf", "[ab]{c,d}*?.conf", "back\\slash.conf", ".git.conf", "漢字/%41.conf"];
  for (const path of odd) put(path, "");
  put(".git/config", "");
  put("src/.hg/x.conf", "");
  symlinkSync("漢字", join(root, "link"));
  symlinkSync(".", join(root, "around"));
  mkdirSync(join(root, "locked"), { mode: 0 });
  expect(listFiles(root).files).toEqual([...odd, "link", "around"].sort());
});

it("reports a file whose name is no UTF-8", () => {
  writeFileSync(Buffer.concat([Buffer.from(`${root}/nginx`), Buffer.from([0xff]), Buffer.from(".conf")]), "");
  const tree = openTree(root);
  expect(tree.files).toEqual(["nginx\uFFFD.conf"]);
  expect(tree.text("nginx\uFFFD.conf")).toMatchObject({ reason: "its name is not valid UTF-8" });
});

describeWith(["git"], "in a git repository", () => {
  it("starts nothing that the repository's configuration names to fetch what a partial clone lacks", () => {
    git("init", "-q");
    put("a/nginx.conf", "");
    put("b/other.conf", "");
    git("add", ".");
    git("commit", "-qm", "x");
    git("sparse-checkout", "init", "--cone", "--sparse-index");
    git("sparse-checkout", "set", "a");
    const tree = execFileSync("git", ["rev-parse", "HEAD:b"], { cwd: root, encoding: "utf8" }).trim();
    rmSync(join(root, ".git/objects", tree.slice(0, 2), tree.slice(2)));
    put("start.sh", `#!/bin/sh\necho started > ${join(base, "started")}\nexit 1\n`);
    chmodSync(join(root, "start.sh"), 0o755);
    git("config", "core.repositoryFormatVersion", "1");
    git("config", "extensions.partialClone", "origin");
    git("config", "remote.origin.promisor", "true");
    git("config", "remote.origin.url", "ssh://localhost/x");
    git("config", "core.sshCommand", join(root, "start.sh"));
    expect(listFiles(root).files).toContain("a/nginx.conf");
    expect(existsSync(join(base, "started"))).toBe(false);
    git("config", "remote.origin.url", base);
    git("config", "remote.origin.uploadpack", join(root, "start.sh"));
    expect(listFiles(root).files).toContain("a/nginx.conf");
    expect(existsSync(join(base, "started"))).toBe(false);
  });

  it("reads what is asked for by name although git ignores it, it is vendored or a repository of its own", () => {
    git("init", "-q");
    put(".gitignore", "build/\nlocal.conf\n");
    for (const path of ["a.conf", "build/x/b.conf", "build/node_modules/y/c.conf", "local.conf", "vendor/z/d.conf", "vendor/other.conf"]) put(path, "");
    const listed = (...only: string[]): readonly string[] => openTree(root, only).files;
    expect(listed()).toEqual([".gitignore", "a.conf"]);
    expect(listed("build")).toEqual(["build/x/b.conf"]);
    expect(listed("a.conf", "local.conf", "vendor/z")).toEqual(["a.conf", "local.conf", "vendor/z/d.conf"]);
    expect(openTree(join(root, "build")).files).toEqual(["x/b.conf"]);
    execFileSync("git", ["init", "-q", join(root, "sub")]);
    put("sub/e.conf", "");
    expect(listed("sub", "a.conf")).toEqual(["a.conf", "sub/e.conf"]);
    expect(openTree(root, ["sub"]).leftOut).toEqual([]);
  });

  it("does not wait for ever for a git that waits for a named pipe", () => {
    git("init", "-q");
    execFileSync("mkfifo", [join(root, ".gitignore")]);
    put("nginx.conf", "");
    expect(listFiles(root, 300).files).toEqual([".gitignore", "nginx.conf"]);
  });

  it("lists what git tracks and what it neither tracks nor ignores", () => {
    git("init", "-q");
    put(".gitignore", "build/\n");
    put("tracked.conf", "");
    put("gone.conf", "");
    git("add", ".");
    put("new.conf", "");
    put("build/out.js", "");
    put("100644 0123456789012345678901234567890123456789 0\ttricky.conf", "");
    rmSync(join(root, "gone.conf"));
    const tree = openTree(root);
    // The last name reads like a line of git's own output; it is found under the name it pretends to have, and is no file.
    expect(tree.files).toEqual([".gitignore", "gone.conf", "new.conf", "tracked.conf", "tricky.conf"]);
    expect(tree.text("gone.conf")).toBeUndefined();
    expect(tree.text("tricky.conf")).toBeUndefined();
  });

  it("starts no program that the repository's configuration names", () => {
    git("init", "-q");
    put("a.conf", "");
    git("add", ".");
    const trace = join(base, "ran");
    put("hook.sh", `#!/bin/sh\ntouch ${trace}\n`);
    execFileSync("chmod", ["+x", join(root, "hook.sh")]);
    git("config", "core.fsmonitor", join(root, "hook.sh"));
    // The trap works: git itself starts it.
    execFileSync("git", ["ls-files", "-o"], { cwd: root, stdio: "ignore" });
    expect(() => readFileSync(trace)).not.toThrow();
    rmSync(trace);
    expect(listFiles(root).files).toEqual(["a.conf", "hook.sh"]);
    expect(() => readFileSync(trace)).toThrow("ENOENT");
  });

  it("is not led astray by the environment of a commit hook", () => {
    git("init", "-q");
    put("a.conf", "");
    process.env["GIT_DIR"] = join(base, "elsewhere");
    try {
      expect(listFiles(root).files).toEqual(["a.conf"]);
    } finally {
      delete process.env["GIT_DIR"];
    }
  });

  it("names a repository inside of the repository instead of skipping it silently", () => {
    git("init", "-q");
    put("inner/x.conf", "");
    execFileSync("git", ["init", "-q"], { cwd: join(root, "inner") });
    expect(openTree(root).leftOut).toEqual([{ file: "inner/", reason: "a repository of its own (submodule): audit it by its own path" }]);
  });

  it("does not read a tracked file whose directory became a symlink out of the tree", () => {
    git("init", "-q");
    put("conf/secret.conf", "in the tree");
    git("add", ".");
    rmSync(join(root, "conf"), { recursive: true });
    mkdirSync(join(base, "outside"));
    writeFileSync(join(base, "outside", "secret.conf"), "out of the tree");
    symlinkSync(join(base, "outside"), join(root, "conf"));
    const tree = openTree(root);
    expect(tree.files).toContain("conf/secret.conf");
    expect(tree.text("conf/secret.conf")).toEqual({
      file: "conf/secret.conf",
      reason: "symlink that leads out of the tree: not followed",
    });
    expect(tree.canonical("conf/secret.conf")).toBeUndefined();
  });
});

it("follows symlinks inside of the tree to the file's own name, and never out of it", () => {
  put("sites-available/shop", "server {}");
  mkdirSync(join(root, "sites-enabled"));
  symlinkSync("../sites-available/shop", join(root, "sites-enabled/shop"));
  writeFileSync(join(base, "outside.conf"), "secret");
  symlinkSync("../outside.conf", join(root, "out.conf"));
  symlinkSync("nowhere", join(root, "dangling.conf"));
  symlinkSync("loop.conf", join(root, "loop.conf"));
  const tree = openTree(root);
  expect(tree.glob("sites-enabled/*")).toEqual(["sites-available/shop"]);
  expect(tree.canonical("./sites-enabled/../sites-enabled/shop")).toBe("sites-available/shop");
  // Read once, under its own name.
  expect(tree.text("sites-enabled/shop")).toBeUndefined();
  expect(tree.text("sites-available/shop")).toEqual({ text: "server {}" });
  expect(tree.text("out.conf")).toMatchObject({ reason: "symlink that leads out of the tree: not followed" });
  expect(tree.text("dangling.conf")).toMatchObject({ reason: "symlink that leads nowhere" });
  expect(tree.text("loop.conf")).toMatchObject({ reason: "symlink that leads nowhere" });
  expect(tree.canonical("../outside.conf")).toBeUndefined();
});

it("reports what it can't read, each with its reason", () => {
  put("binary.conf", new Uint8Array([1, 0, 2]));
  put("wide.conf", new Uint8Array([0xff, 0xfe, 0x61, 0]));
  put("latin.conf", new Uint8Array([0x61, 0x0a, 0x62, 0xe4, 0x63]));
  put("huge.conf", new Uint8Array(MAX_FILE_BYTES + 1));
  put("full.conf", new Uint8Array(MAX_FILE_BYTES).fill(0x20));
  execFileSync("mkfifo", [join(root, "pipe.conf")]);
  const tree = openTree(root);
  expect(tree.text("binary.conf")).toMatchObject({ reason: "binary: it holds NUL bytes" });
  expect(tree.text("wide.conf")).toMatchObject({ reason: "UTF-16: only UTF-8 is read" });
  expect(tree.text("latin.conf")).toMatchObject({ text: "a\nb\uFFFDc", problem: { range: { start: { line: 2, column: 2 } } } });
  expect(tree.text("huge.conf")).toMatchObject({ reason: "1.0 MiB: larger than the 1 MiB that are read of a file" });
  expect(tree.text("full.conf")).toHaveProperty("text");
  expect(tree.text("pipe.conf")).toMatchObject({ reason: "neither a file nor a symlink" });
});

it("keeps to the named paths, but still finds what they include", () => {
  put("a/nginx.conf", "include ../b/x.conf;");
  put("b/x.conf", "");
  put("ab/y.conf", "");
  const tree = openTree(root, ["a"]);
  expect(tree.files).toEqual(["a/nginx.conf"]);
  expect(tree.canonical("a/../b/x.conf")).toBe("b/x.conf");
});

it("matches globs as the C library does", () => {
  // python3's fnmatch, the C library's glob by way of `ls`: the shell of the machine is the oracle.
  const names = ["a.conf", "b.conf", ".hidden.conf", "a-b.conf", "conf", "x]y", "z^", "long-name-with-a.conf"];
  const patterns = ["*.conf", "?.conf", "[ab].conf", "[!a].conf", "*", "a*b*", ".*", "[]]*", "x[]]y", "*a*.conf", "z[^a]", "[a-c].conf", "\\*", "***", ""];
  for (const name of names) put(name, "");
  for (const pattern of patterns) {
    const script = "import glob,sys; print('\\0'.join(sorted(glob.glob(sys.argv[1]))))";
    const expected = execFileSync("python3", ["-c", script, pattern], { cwd: root, encoding: "utf8" }).trimEnd();
    const ours = names.filter((name) => globMatches(pattern, name)).sort().join("\0");
    // Python's glob has neither escapes nor [^...]; there the two differ by design.
    if (pattern !== "\\*" && pattern !== "z[^a]") expect(ours, pattern).toBe(expected);
  }
  expect(globMatches("\\*", "*")).toBe(true);
  expect(globMatches("\\*", "a")).toBe(false);
  expect(globMatches("conf.d/*", "conf.d/sub/x")).toBe(false);
  // Many stars against a long name end at once.
  expect(globMatches(`${"*a".repeat(100)}b`, "a".repeat(5000))).toBe(false);
});

describe("directories that may not be entered", () => {
  /** Root may enter everything: the test gives that up for as long as it looks. */
  function asNobody<T>(work: () => T): T {
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      return work();
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  }

  it.each([true, false])("are named, and the rest is read; in a repository: %s", (inRepository) => {
    chmodSync(base, 0o755);
    put("closed/inner/gunicorn.conf.py", "backlog = 5\n");
    put("gunicorn.conf.py", "backlog = 6\n");
    if (inRepository) {
      git("init", "-q");
      git("add", "-A");
    }
    try {
      chmodSync(join(root, "closed"), 0);
      // What git lists it knows from its index, whoever may enter.
      const listed = inRepository ? openTree(root) : undefined;
      const { services, coverage } = asNobody(() => scan(listed ?? openTree(root), { roots: new Map(), somaxconn: { value: { kind: "assumed", value: 4096 }, origin: { kind: "default", of: "Linux", source: "listen(2)" } } }));
      expect(services).toHaveLength(1);
      expect(coverage.skipped).toEqual([inRepository ? { file: "closed/inner/gunicorn.conf.py", reason: "can't be read: EACCES" } : { file: "closed/", reason: "a directory that can't be read: what is in it was left out" }]);
    } finally {
      chmodSync(join(root, "closed"), 0o755);
    }
  });
});
