import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { audit, openDirectory } from "../src/library/index.ts";
import { repository } from "./run-cli.ts";

/** Every file of a directory, as somebody who knows nothing of us would read it. */
function contentsOf(directory: string): Map<string, Uint8Array> {
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((file) => statSync(join(directory, file)).isFile());
  return new Map(files.map((file) => [file, new Uint8Array(readFileSync(join(directory, file)))]));
}

const fixtures = readdirSync(join(repository, "fixtures"), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

describe("audit", () => {
  it.each(fixtures)("says the same of %s in memory as on the disk", (name) => {
    const directory = join(repository, "fixtures", name);
    const onDisk = audit(openDirectory(directory), { burst: 500 });
    expect(onDisk.summary.servers).toBeGreaterThan(0);
    expect(audit(contentsOf(directory), { burst: 500 })).toEqual(onDisk);
  });

  it("follows includes and proxies across the files of a map, text and bytes", () => {
    const files = new Map<string, string | Uint8Array>([
      ["./nginx/nginx.conf", "events {}\nhttp { include sites/*.conf; }\n"],
      ["nginx/sites/app.conf", "server { listen 80 backlog=64; location / { proxy_pass http://unix:/run/app.sock; } }\n"],
      ["gunicorn.conf.py", new TextEncoder().encode('bind = "unix:/run/app.sock"\nbacklog = 64\nworkers = 8\n')],
      ["Procfile", "web: gunicorn -c gunicorn.conf.py app:app\n"],
      ["node_modules/x/server.js", "require('http').createServer().listen(80, '::', 1)"],
    ]);
    const { report, summary, suppressed, outOfFocus } = audit(files);
    expect(report.limits.map(({ sureAtOnce }) => sureAtOnce.value.low)).toContain(65);
    expect(summary).toEqual({ errors: report.findings.filter(({ severity }) => severity === "error").length, warnings: expect.any(Number) as number, notes: expect.any(Number) as number, worst: "error", servers: 2, listeners: 2 });
    expect(summary.errors).toBeGreaterThan(0);
    expect([suppressed, outOfFocus]).toEqual([[], 0]);
    expect(report.deployment.coverage.skipped).toEqual([{ file: "node_modules/", reason: "vendored tree left out (1 file)" }]);
  });

  it("takes its numbers from the options", () => {
    const files = new Map([["server.js", "require('http').createServer().listen(80);"]]);
    expect(audit(files).report.limits[0]?.sureAtOnce.value).toEqual({ low: 512, high: 512 });
    expect(audit(files, { somaxconn: 128 }).report.limits[0]?.sureAtOnce.value).toEqual({ low: 129, high: 129 });
    expect(audit(files, { burst: 2000 }).summary.worst).toBe("warning");
    expect(audit(files, { minimum: 1024 }).report.options.floor).toBe(1024);
    expect(audit(new Map()).summary).toEqual({ errors: 0, warnings: 0, notes: 0, servers: 0, listeners: 0 });
  });

  it("narrows findings, suppressed ones too, to what is in focus, and counts the rest", () => {
    const server = "require('http').createServer().listen(80, '::', 5);\n";
    const files = new Map([["a/x.js", server], ["b/y.js", server], ["c/z.js", `// audit-backlog: ignore[small-backlog]\n${server}`]]);
    const focused = (...focus: string[]): readonly number[] => {
      const { report, suppressed, outOfFocus, summary } = audit(files, { focus });
      expect(summary.warnings).toBe(report.findings.length);
      return [report.findings.length, suppressed.length, outOfFocus];
    };
    expect(focused()).toEqual([0, 0, 2]);
    expect(focused("a")).toEqual([1, 0, 1]);
    expect(focused("./a/x.js", "c/")).toEqual([1, 1, 1]);
    expect(focused("a/x", "gone.js")).toEqual([0, 0, 2]);
    expect(focused(".")).toEqual([2, 1, 0]);
  });

  it.each(["/etc/nginx/nginx.conf", "../nginx.conf", "a/../../b", "", "a/"])("refuses the path %j", (path) => {
    expect(() => audit(new Map([[path, ""]]))).toThrow(TypeError);
  });

  it("refuses one file under two names, and a directory that is none", () => {
    expect(() => audit(new Map([["a.js", ""], ["./a.js", ""]]))).toThrow(/a second time/);
    expect(() => openDirectory(join(repository, "README.md"))).toThrow(TypeError);
    expect(() => openDirectory(join(repository, "nowhere"))).toThrow(/ENOENT/);
  });

  it("prints nothing and reads no large, binary or foreign text as if it were good", () => {
    const writes = [vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")];
    const { report } = audit(
      new Map<string, string | Uint8Array>([
        ["large.conf", "#".repeat((1 << 20) + 1)],
        ["binary.conf", new Uint8Array([0, 1])],
        ["constructor", "#!/bin/sh\n"],
        ["__proto__", "#!/bin/sh\nexec gunicorn -b :8000 --backlog 5 app:app\n"],
      ]),
    );
    expect(report.deployment.coverage.skipped.map(({ file }) => file)).toEqual(["binary.conf", "large.conf"]);
    expect(report.findings.map(({ rule }) => rule)).toEqual(["small-backlog"]);
    for (const write of writes) {
      expect(write).not.toHaveBeenCalled();
      write.mockRestore();
    }
  });
});
