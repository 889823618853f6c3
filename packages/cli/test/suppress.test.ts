import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { rules, suppressionRules } from "@audit-backlog/audit";
import { kernel } from "./fake-kernel.ts";
import { runCli } from "./run-cli.ts";
import { audit, openDirectory, type Options, type Result } from "../src/library/index.ts";

const today = "2026-06-15";

function auditFiles(files: Readonly<Record<string, string>>, options: Options = {}): Result {
  return audit(new Map(Object.entries(files)), { today, ...options });
}

/** "rule file:line" of what is reported. */
function reported({ report }: Result): readonly string[] {
  return report.findings.map(({ rule, locations: [first] }) => `${rule} ${first?.origin.kind === "file" ? `${first.origin.file}:${first.origin.range.start.line}` : ""}`);
}

/** "rule file:line by file:line -- reason" of what is suppressed. */
function suppressed(result: Result): readonly string[] {
  return result.suppressed.map(({ finding, by }) => `${finding.rule} by ${by.kind} ${by.origin.file}:${by.origin.range.start.line}:${by.origin.range.start.column}${by.reason === undefined ? "" : ` -- ${by.reason}`}`);
}

const messages = ({ report }: Result): readonly string[] => report.findings.map(({ message }) => message);

const js = (...lines: readonly string[]): Record<string, string> => ({ "server.js": ['import { createServer } from "node:http";', ...lines, ""].join("\n") });
const listen = 'createServer().listen(3000, "0.0.0.0", 10);';
const another = 'createServer().listen(3001, "0.0.0.0", 11);';

describe("a comment suppresses", () => {
  it("what is reported in its own line", () => {
    const result = auditFiles(js(`${listen} // audit-backlog: ignore[small-backlog] -- the balancer retries`, another));
    expect(reported(result)).toEqual(["small-backlog server.js:3"]);
    expect(suppressed(result)).toEqual(["small-backlog by comment server.js:2:48 -- the balancer retries"]);
    expect(result.summary).toMatchObject({ warnings: 1, notes: 0 });
  });

  it("what is reported in the next line that holds more than comments", () => {
    const result = auditFiles(js("// audit-backlog: ignore[small-backlog]", "", "/* more", " * to say */", listen, another));
    expect(reported(result)).toEqual(["small-backlog server.js:7"]);
  });

  it("from any line of a block comment", () => {
    expect(reported(auditFiles(js("/**", " * audit-backlog: ignore[small-backlog] -- why", " */", listen)))).toEqual([]);
    expect(reported(auditFiles(js(`/* audit-backlog: ignore[small-backlog] -- why */ ${listen}`)))).toEqual([]);
    expect(reported(auditFiles(js(`/* x`, `audit-backlog: ignore[small-backlog] */ ${listen}`)))).toEqual([]);
  });

  it("behind other words of a comment", () => {
    expect(reported(auditFiles(js(`${listen} // prettier-ignore // audit-backlog: ignore[small-backlog]`)))).toEqual([]);
  });

  it("a call over several lines, at its first line, its last and that of the setting", () => {
    const call = (first: string, setting: string, last: string): Record<string, string> => js(`createServer().listen({${first}`, "  port: 3000,", `  backlog: 10,${setting}`, `});${last}`);
    const comment = " // audit-backlog: ignore[small-backlog]";
    for (const files of [call(comment, "", ""), call("", comment, ""), call("", "", comment)]) expect(reported(auditFiles(files))).toEqual([]);
    expect(reported(auditFiles({ "server.js": js("createServer().listen({", `  port: 3000,${comment}`, "  backlog: 10,", "});")["server.js"] ?? "" }))).toEqual(["small-backlog server.js:4", "unused-suppression server.js:3"]);
  });

  it("at the listener where the setting stands in another file", () => {
    const files = (listener: string, constant: string): Record<string, string> => ({
      "limits.js": `export const BACKLOG = 10;${constant}\n`,
      "server.js": `import { createServer } from "node:http";\nimport { BACKLOG } from "./limits.js";\ncreateServer().listen(3000, "0.0.0.0", BACKLOG);${listener}\n`,
    });
    const comment = " // audit-backlog: ignore[small-backlog]";
    expect(reported(auditFiles(files("", "")))).toEqual(["small-backlog limits.js:1"]);
    expect(reported(auditFiles(files(comment, "")))).toEqual([]);
    // The reader of JavaScript opens limits.js for its constant alone.
    expect(reported(auditFiles(files("", comment)))).toEqual([]);
  });

  it("a command over several lines, above it", () => {
    const files = { "start.sh": "#!/bin/sh\n# audit-backlog: ignore[small-backlog]\nexec gunicorn \\\n  --bind 0.0.0.0:8000 \\\n  --backlog 64 \\\n  app:app\n" };
    expect(reported(auditFiles(files))).toEqual([]);
    expect(reported(auditFiles({ "start.sh": files["start.sh"].replace("# audit-backlog: ignore[small-backlog]", "#") }))).toEqual(["small-backlog start.sh:5"]);
  });

  it("whole blocks and files", () => {
    const block = auditFiles(js("// audit-backlog: ignore-start[small-backlog] -- both", listen, another, "// audit-backlog: ignore-end[small-backlog]", listen.replace("3000", "3002")));
    expect(reported(block)).toEqual(["small-backlog server.js:6"]);
    expect(suppressed(block)).toEqual(["small-backlog by comment server.js:2:4 -- both", "small-backlog by comment server.js:2:4 -- both"]);
    expect(reported(auditFiles(js(listen, another, "// audit-backlog: ignore-file[small-backlog]")))).toEqual([]);
  });

  it("blocks rule by rule", () => {
    const text = js("// audit-backlog: ignore-start[small-backlog, invalid-backlog]", listen, "// audit-backlog: ignore-end[small-backlog]", another, 'createServer().listen(3002, "0.0.0.0", 2 ** 33);', "// audit-backlog: ignore-end[invalid-backlog]");
    expect(reported(auditFiles(text))).toEqual(["small-backlog server.js:5"]);
  });

  it("only the rules that it names, and no rule that another one speaks for comes up", () => {
    const conf = (comment: string): Record<string, string> => ({ "gunicorn.conf.py": `bind = "0.0.0.0:8000"\nworkers = 32\nbacklog = 10  # ${comment}\n` });
    expect(reported(auditFiles(conf("")))).toEqual(["workers-instead-of-backlog gunicorn.conf.py:3"]);
    expect(reported(auditFiles(conf("audit-backlog: ignore[workers-instead-of-backlog]")))).toEqual([]);
    // It has its point, should the other rule fall silent: neither suppressed nor unused.
    expect(reported(auditFiles(conf("audit-backlog: ignore[small-backlog]")))).toEqual(["workers-instead-of-backlog gunicorn.conf.py:3"]);
  });

  it("through its date, that day included", () => {
    const files = js(`${listen} // audit-backlog: ignore[small-backlog] until=2026-06-15 -- till the move`);
    expect(reported(auditFiles(files))).toEqual([]);
    const after = auditFiles(files, { today: "2026-06-16" });
    expect(reported(after)).toEqual(["small-backlog server.js:2", "expired-suppression server.js:2"]);
    expect(messages(after)[1]).toBe("A comment held until 2026-06-15: small-backlog is reported again.");
  });

  it("nothing where comments are not to count, and nothing is said about them", () => {
    const result = auditFiles(js(`${listen} // audit-backlog: ignore[small-backlog]`, "// audit-backlog: ignroe", "/* eslint-disable */", another), { ignores: false });
    expect(reported(result)).toEqual(["small-backlog server.js:2", "small-backlog server.js:5"]);
    expect(result.suppressed).toEqual([]);
  });
});

describe.each([
  ["nginx.conf", "events {}\nhttp { server {\n listen 80 backlog=8; @\n} }\n", "#"],
  ["gunicorn.conf.py", 'bind = "0.0.0.0:8000"\nbacklog = 8  @\n', "#"],
  ["compose.yaml", "services:\n  web:\n    command: gunicorn --bind 0.0.0.0:8000 --backlog 8 app:app @\n", "#"],
  ["Procfile", "web: gunicorn --bind 0.0.0.0:8000 --backlog 8 app:app @\n", "#"],
  ["start.sh", "gunicorn --bind 0.0.0.0:8000 --backlog 8 app:app @\n", "#"],
  ["supervisord.conf", "[program:web]\ncommand=gunicorn --bind 0.0.0.0:8000 --backlog 8 app:app @\n", ";"],
  ["server.ts", 'import { createServer } from "node:http";\ncreateServer().listen(3000, "0.0.0.0", 8); @\n', "//"],
])("in %s, a comment", (file, text, mark) => {
  const withComment = (comment: string): Record<string, string> => ({ [file]: text.replace("@", comment) });
  it("suppresses in its own line, also with carriage returns, tabs and a byte order mark", () => {
    expect(reported(auditFiles(withComment(""))).map((line) => line.split(" ")[0])).toEqual(["small-backlog"]);
    const comment = `${mark}\taudit-backlog: ignore[small-backlog]\tuntil=2026-12-31  --  why`;
    const plain = auditFiles(withComment(comment));
    expect(reported(plain)).toEqual([]);
    expect(plain.suppressed.map(({ by }) => by.reason)).toEqual(["why"]);
    const content = withComment(comment)[file] ?? "";
    expect(auditFiles({ [file]: content.replaceAll("\n", "\r\n") }).suppressed.map(({ by }) => by.reason)).toEqual(["why"]);
    if (file !== "nginx.conf") expect(auditFiles({ [file]: `\uFEFF${content}` }).suppressed.length).toBe(auditFiles({ [file]: `\uFEFF${text.replace("@", "")}` }).report.findings.length);
  });
});

describe.each([
  ["Dockerfile", 'FROM python\n@\nCMD ["gunicorn", "--bind", "0.0.0.0:8000", "--backlog", "8", "app:app"]\n', "#"],
  ["web.service", "[Service]\n@\nExecStart=/usr/bin/gunicorn --bind 0.0.0.0:8000 --backlog 8 app:app\n", ";"],
])("in %s, a comment", (file, text, mark) => {
  it("suppresses in the next line", () => {
    expect(reported(auditFiles({ [file]: text.replace("@", "") })).map((line) => line.split(" ")[0])).toEqual(["small-backlog"]);
    expect(reported(auditFiles({ [file]: text.replace("@", `${mark} audit-backlog: ignore[small-backlog]`) }))).toEqual([]);
  });
});

describe("what is wrong with a comment is a finding", () => {
  const about = (comment: string, code = listen): readonly string[] => {
    const result = auditFiles(js(`${code} // ${comment}`));
    return result.report.findings.filter(({ rule }) => rule.endsWith("-suppression")).map(({ rule, severity, message }) => `${rule} ${severity}: ${message}`);
  };
  const malformed = (text: string): string => `malformed-suppression warning: A comment for audit-backlog can't be understood: ${text}`;

  it.each([
    ["audit-backlog: ignore", "no rule is named, as in ignore[small-backlog]."],
    ["audit-backlog: ignore[]", "no rule is named, as in ignore[small-backlog]."],
    ["audit-backlog: ignore[ , ]", "no rule is named, as in ignore[small-backlog]."],
    ["audit-backlog: ignore-file", "no rule is named, as in ignore-file[small-backlog]."],
    ["audit-backlog: ignore[small-backlog", "its ] is missing."],
    ["audit-backlog:", "it asks for nothing (ignore, ignore-start, ignore-end or ignore-file)."],
    ["audit-backlog: ignroe[small-backlog]", 'there is no "ignroe", did you mean ignore?'],
    ["audit-backlog: disable[small-backlog]", 'there is no "disable", only ignore, ignore-start, ignore-end and ignore-file.'],
    ["audit-backlog ignore[small-backlog]", "the colon behind audit-backlog is missing."],
    ["eslint: off, audit-backlog: ignore", "no rule is named, as in ignore[small-backlog]."],
    ["x audit-backlog: ignored[small-backlog]", 'there is no "ignored", did you mean ignore?'],
    ["AUDIT-BACKLOG: ignore[small-backlog]", "audit-backlog is written in small letters."],
    ["Audit-backlog: ignore[small-backlog]", "audit-backlog is written in small letters."],
    ["audit-backlog-ignore[small-backlog]", "the colon behind audit-backlog is missing."],
    ["audit-backlog: ignore[small-backlog] because", '"because" can\'t be read: a reason stands behind two dashes, as in ignore[small-backlog] -- because.'],
    ["audit-backlog: ignore[small-backlog] until=2026-02-30", '"2026-02-30" is no day, as in until=2027-01-31.'],
    ["audit-backlog: ignore[small-backlog] until=tomorrow -- x", '"tomorrow" is no day, as in until=2027-01-31.'],
    ["audit-backlog: ignore[small-backlog] until=31.12.2026", '"31.12.2026" is no day, as in until=2027-01-31.'],
    ["audit-backlog: ignore[small-backlog] until=", '"" is no day, as in until=2027-01-31.'],
    ["audit-backlog: ignore-start[small-backlog]", "no ignore-end[small-backlog] follows, so it holds for nothing."],
    ["audit-backlog: ignore-end[small-backlog]", "no ignore-start[small-backlog] stands before it."],
  ])("%s", (comment, text) => {
    expect(about(comment)).toEqual([malformed(text)]);
    expect(reported(auditFiles(js(`${listen} // ${comment}`)))).toContain("small-backlog server.js:2");
  });

  it("a block in a block of the same rule", () => {
    const text = js("// audit-backlog: ignore-start[small-backlog]", listen, "// audit-backlog: ignore-start[small-backlog]", "// audit-backlog: ignore-end[small-backlog]");
    expect(messages(auditFiles(text))).toEqual([malformed("small-backlog is ignored already, from line 2 on.").replace("malformed-suppression warning: ", "")]);
  });

  it.each([
    ["smal-backlog", "there is no rule smal-backlog, did you mean small-backlog?"],
    ["listen-backlog/small-backlog", "there is no rule listen-backlog/small-backlog, did you mean small-backlog?"],
    ["no-console", "there is no rule no-console."],
    ["default-backlog", "default-backlog is a rule of the editor alone: eslint-disable suppresses it."],
    ["unused-suppression", "no comment suppresses unused-suppression."],
    ["__proto__", "there is no rule __proto__."],
  ])("a name that is none: %s", (name, text) => {
    expect(about(`audit-backlog: ignore[${name}]`)).toEqual([`unknown-suppression warning: A comment names a rule in vain: ${text}`]);
  });

  it("does not keep the names that exist from being suppressed", () => {
    expect(reported(auditFiles(js(`${listen} // audit-backlog: ignore[smal-backlog, small-backlog]`)))).toEqual(["unknown-suppression server.js:2"]);
  });

  it("that suppresses nothing, with the line that would be the place", () => {
    const result = auditFiles(js("// audit-backlog: ignore[small-backlog]", "const a = 1;", listen));
    expect(reported(result)).toEqual(["small-backlog server.js:4", "unused-suppression server.js:2"]);
    expect(messages(result)[1]).toBe("A comment suppresses small-backlog for line 3, where nothing of the kind is reported. Line 4 would be the place.");
    expect(messages(auditFiles(js(`${listen} // audit-backlog: ignore[invalid-backlog]`)))[1]).toBe("A comment suppresses invalid-backlog for line 2, where nothing of the kind is reported. small-backlog is reported there.");
    expect(messages(auditFiles(js("// audit-backlog: ignore-file[invalid-backlog, does-not-start]", listen.replace("10", "511"))))).toEqual(["A comment suppresses invalid-backlog and does-not-start for this file, where nothing of the kind is reported."]);
  });

  it("but not as unused where only a part of the tree is audited", () => {
    const directory = mkdtempSync(join(tmpdir(), "audit-backlog-suppress-"));
    try {
      writeFileSync(join(directory, "gunicorn.conf.py"), 'bind = "0.0.0.0:8000"\nbacklog = 2048  # audit-backlog: ignore[small-backlog, smal-backlog]\n');
      const run = (only?: readonly string[]): readonly string[] => reported(audit(openDirectory(directory, only), { today }));
      expect(run()).toEqual(["unknown-suppression gunicorn.conf.py:2", "unused-suppression gunicorn.conf.py:2"]);
      expect(run(["gunicorn.conf.py"])).toEqual(["unknown-suppression gunicorn.conf.py:2"]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("but not in our own configuration", () => {
    const files = { "audit-backlog.config.yaml": "# audit-backlog: what we know of the load\nburst: 20\n", ...js(listen.replace("10", "511")) };
    expect(reported(auditFiles(files))).toEqual([]);
  });

  it("whose day has passed without anything left to suppress", () => {
    expect(about("audit-backlog: ignore[small-backlog] until=2020-01-01", listen.replace("10", "511"))).toEqual(["expired-suppression warning: A comment held until 2020-01-01: nothing is left to suppress."]);
  });
});

describe("no comment for audit-backlog", () => {
  it.each([
    "const a = '// audit-backlog: ignore[small-backlog]';",
    "const a = `\n// audit-backlog: ignore[small-backlog]\n`;",
    "// see audit-backlog for the reason",
    "// https://example.com/audit-backlog: a tool",
    "// write `audit-backlog: ignore[small-backlog]` above it",
    "// my-audit-backlog",
    "// audit-backlog ignores files like this",
    "// for audit-backlog: ignored elsewhere",
  ])("is %s", (text) => {
    expect(reported(auditFiles(js(text, listen)))).toEqual([`small-backlog server.js:${text.split("\n").length + 2}`]);
  });

  it("is in a quoted word of nginx", () => {
    expect(reported(auditFiles({ "nginx.conf": 'events {}\nhttp { server { add_header X "# audit-backlog: ignore[small-backlog]"; listen 80 backlog=8; } }\n' }))).toEqual(["small-backlog nginx.conf:2"]);
  });

  it.each([
    ["package.json", '{ "scripts": { "start": "gunicorn --bind 0.0.0.0:8000 --backlog 8 app:app @" } }', "JSON has none; the configuration file can ignore rules"],
    ["Dockerfile", 'FROM python\nCMD ["gunicorn", "--bind", "0.0.0.0:8000", "--backlog", "8", "app:app"] @\n', "in a Dockerfile a comment has a line of its own"],
    ["web.service", "[Service]\nExecStart=/usr/bin/gunicorn --bind 0.0.0.0:8000 --backlog 8 app:app @\n", "in a unit file a comment has a line of its own"],
    ["compose.yaml", "services:\n  web:\n    # none here\n    command: |\n      gunicorn --bind 0.0.0.0:8000 --backlog 8 app:app @\n", "it stands inside a value"],
  ])("can be there in %s, which is said", (file, text, why) => {
    const result = auditFiles({ [file]: text.replace("@", "# audit-backlog: ignore[small-backlog]") });
    expect(result.suppressed).toEqual([]);
    expect(messages(result)).toContain(`A comment for audit-backlog can't be understood: it is no comment, for ${why}.`);
  });

  it("is looked for in files that nothing read", () => {
    expect(reported(auditFiles({ "notes.md": "# audit-backlog: nonsense\n", "settings.yaml": "# audit-backlog: nonsense\n", ...js(listen) }))).toEqual(["small-backlog server.js:2"]);
  });
});

describe("the command line", () => {
  const run = async (text: string, ...options: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> => {
    const directory = mkdtempSync(join(tmpdir(), "audit-backlog-suppress-"));
    try {
      writeFileSync(join(directory, "gunicorn.conf.py"), text);
      return await runCli([directory, ...options]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  };
  const text = 'bind = "0.0.0.0:8000"\nbacklog = 64  # audit-backlog: ignore[small-backlog] -- the balancer retries\n';

  it("fails for nothing that is suppressed, says how much that was, and reports it with --no-ignores", async () => {
    const quiet = await run(text);
    expect(quiet.code).toBe(0);
    expect(quiet.stdout).toContain("no findings, 1 suppressed");
    expect(quiet.stdout).not.toContain("small-backlog");
    const loud = await run(text, "--no-ignores");
    expect(loud.code).toBe(1);
    expect(loud.stdout).toContain("warning small-backlog");
    expect(loud.stdout).not.toContain("suppressed");
  });

  it("fails for a comment that is not understood, and for an unused one where notes are to fail", async () => {
    expect((await run(text.replace("[small-backlog]", ""), "--fail-on", "error")).code).toBe(0);
    expect((await run(text.replace("64", "512"))).code).toBe(0);
    expect((await run(text.replace("64", "512"), "--fail-on", "note")).code).toBe(1);
    expect((await run(text.replace("64  # audit-backlog: ignore[small-backlog]", "512  # audit-backlog: ignore"))).code).toBe(1);
  });

  it("shows the comment and what is wrong with it", async () => {
    const { stdout } = await run(text.replace("small-backlog", "smal-backlog"));
    expect(stdout).toContain("# audit-backlog: ignore[smal-backlog]");
    expect(stdout).toContain("did you mean small-backlog?");
  });

  it("lists and explains the rules about comments", async () => {
    const { stdout } = await runCli(["rules"]);
    for (const { id, summary } of suppressionRules) {
      expect(stdout).toContain(summary);
      expect((await runCli(["explain", id])).stdout).toContain(`${id}: ${summary}`);
    }
  });

  it("measures what is reported, not what is said about comments", async () => {
    const directory = mkdtempSync(join(tmpdir(), "audit-backlog-suppress-"));
    try {
      writeFileSync(join(directory, "server.js"), js(`${listen} // audit-backlog: ignore[smal-backlog]`, `${another} // audit-backlog: ignore[small-backlog]`)["server.js"] ?? "");
      const { stdout } = await runCli([directory, "--measure", "--format", "json"], undefined, {}, { harness: kernel() });
      const { findings } = JSON.parse(stdout) as { findings: readonly { readonly rule: string; readonly measured: unknown }[] };
      expect(findings.map(({ rule, measured }) => [rule, measured !== null])).toEqual([["small-backlog", true], ["unknown-suppression", false]]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("gives JSON the comment and its reason", async () => {
    const { stdout } = await run(text, "--format", "json");
    const validate = new Ajv2020({ allErrors: true, strict: true }).compile(JSON.parse(readFileSync(new URL("../report.schema.json", import.meta.url), "utf8")) as object);
    const { stdout: wrong } = await run(`${text}# audit-backlog: ignore[nothing]\n# audit-backlog:\n`, "--format", "json");
    for (const report of [stdout, wrong]) expect(validate(JSON.parse(report)), JSON.stringify(validate.errors)).toBe(true);
    const { suppressed: list } = JSON.parse(stdout) as { suppressed: readonly { readonly by: unknown }[] };
    expect(list.map(({ by }) => by)).toEqual([expect.objectContaining({ kind: "comment", reason: "the balancer retries" })]);
  });
});

describe("eslint-disable", () => {
  it("holds for the plugin's rules, whatever the plugin is called, and is never unused", () => {
    const result = auditFiles(js(`${listen} // eslint-disable-line backlog/small-backlog -- retried`, "/* eslint-disable listen-backlog/invalid-backlog */", another));
    expect(reported(result)).toEqual(["small-backlog server.js:4"]);
    expect(suppressed(result)).toEqual(["small-backlog by eslint-disable server.js:2:45 -- retried"]);
  });

  it("without names holds for the rules that ESLint would report, not for those of the whole deployment", () => {
    const result = auditFiles(js("/* eslint-disable */", listen, 'createServer().listen(3001, "0.0.0.0", 600);'), { burst: 2000 });
    expect(suppressed(result)).toEqual(["small-backlog by eslint-disable server.js:2:1"]);
    expect(reported(result)).toEqual(["target-not-met server.js:4"]);
  });

  it("says nothing to readers of other formats", () => {
    expect(reported(auditFiles({ "gunicorn.conf.py": 'bind = "0.0.0.0:8000"\nbacklog = 8  # eslint-disable-line\n' }))).toEqual(["small-backlog gunicorn.conf.py:2"]);
  });
});

it("does what docs/suppressing.md shows", () => {
  const page = readFileSync(new URL("../../../docs/suppressing.md", import.meta.url), "utf8");
  const block = (language: string): string => new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1] ?? "";
  const python = auditFiles({ "gunicorn.conf.py": `bind = "0.0.0.0:8000"\n${block("python")}` });
  expect([reported(python), python.suppressed.length]).toEqual([[], 1]);
  const javascript = auditFiles(js("const server = createServer();", block("js")));
  expect([reported(javascript), javascript.suppressed.length]).toEqual([[], 1]);
});

it("has pages for what it reports, and examples that do what they say", () => {
  for (const { id, docs } of suppressionRules) {
    const found = ({ text, file }: { text: string; file: string }): readonly string[] => auditFiles({ [file]: `bind = "0.0.0.0:8000"\n${text}\n` }).report.findings.map(({ rule }) => rule);
    expect(found(docs.fires)).toContain(id);
    expect(found(docs.quiet).filter((rule) => rule.endsWith("-suppression"))).toEqual([]);
  }
  expect(rules.some(({ id }) => suppressionRules.some((other) => other.id === id))).toBe(false);
});
