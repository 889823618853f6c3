import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describeWith } from "@audit-backlog/test-support";
import { describe, expect, it } from "vitest";
import { readCommands } from "../src/readers/commands/index.ts";
import { commandSysctls } from "../src/readers/sysctl/commands.ts";
import { isSysctlFile, readSysctlFile } from "../src/readers/sysctl/file.ts";
import { machineSysctls } from "../src/readers/sysctl/machine.ts";
import { sysctlNames } from "../src/readers/sysctl/names.ts";
import { readSysctlYaml } from "../src/readers/sysctl/yaml.ts";

const NAMES = sysctlNames;

/** The values that stand before a file is applied; no test sets them. */
const BEFORE = ["4001", "0", "2001", "1"];

/**
 * Lets systemd-sysctl apply each tree in a network namespace of its own, with its four directories mounted where it looks,
 * and prints what the kernel then says.
 */
const APPLY = `
set -e
mount -t tmpfs none /run; mount -t tmpfs none /usr/local/lib
mkdir -p /run/sysctl.d /usr/local/lib/sysctl.d
cd "$1"
for tree in *; do
  i=0; for name in ${NAMES.map((name) => name.replaceAll(".", "/")).join(" ")}; do i=$((i+1)); echo $(echo ${BEFORE.join(" ")} | cut -d' ' -f$i) > /proc/sys/$name; done
  for d in etc run usr/local/lib usr/lib; do
    mkdir -p "$tree/$d/sysctl.d"; mount --bind "$tree/$d/sysctl.d" /$d/sysctl.d
  done
  /lib/systemd/systemd-sysctl >/dev/null 2>&1 || true
  for d in etc run usr/local/lib usr/lib; do umount /$d/sysctl.d; done
  echo "$tree $(for name in ${NAMES.map((name) => name.replaceAll(".", "/")).join(" ")}; do cat /proc/sys/$name; done | tr '\\n' ' ')"
done`;

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function generatedTree(next: () => number): Map<string, string> {
  const pick = <T>(items: readonly [T, ...T[]]): T => items[Math.floor(next() * items.length)] ?? items[0];
  const spell = (name: string): string => {
    const form = next();
    if (form < 0.5) return name;
    if (form < 0.7) return name.replaceAll(".", "/");
    if (form < 0.8) return `-${name}`;
    if (form < 0.9) return name.replace(/[^.]+$/, (last) => pick([`${last.slice(0, 3)}*`, `${last.slice(0, -1)}?`, "*"]));
    return ` ${name} `;
  };
  const value = (name: string): string =>
    name.endsWith("somaxconn") || name.endsWith("max_syn_backlog")
      ? pick(["128", "1024", " 65535 ", "0x400", "0777", "1024 # a note", "12abc", "-1", "", "1e3", "2147483648", "12\t13", "00", "08"])
      : pick(["0", "1", "2", "256", "yes", " 1"]);
  const line = (): string => {
    const name = pick(NAMES);
    const shape = next();
    if (shape < 0.08) return pick(["# net.core.somaxconn = 7", "; net.core.somaxconn=7", "  # x", "", "nonsense", "= 5", "-"]);
    if (shape < 0.16) return `-${pick([name, name.replaceAll(".", "/")])}`;
    return `${spell(name)}${pick(["=", " = ", "= ", "\t="])}${value(name)}`;
  };
  const files = new Map<string, string>();
  for (let count = 1 + Math.floor(next() * 4); count > 0; count -= 1) {
    const file = `${pick(["etc", "run", "usr/local/lib", "usr/lib"])}/sysctl.d/${pick(["10-a", "50-b", "99-sysctl", "9-c"])}.conf`;
    files.set(file, Array.from({ length: 1 + Math.floor(next() * 4) }, line).join(pick(["\n", "\n\n"])) + pick(["", "\n"]));
  }
  return files;
}

describeWith(["systemd-analyze"], "sysctl files, beside systemd-sysctl and the kernel", () => {
  it("says what the kernel says after systemd-sysctl applied a tree of files", () => {
    const directory = mkdtempSync(join(tmpdir(), "sysctl-"));
    try {
      const next = random(20_261_123);
      const trees = Array.from({ length: 120 }, () => generatedTree(next));
      trees.forEach((files, index) => {
        for (const [file, text] of files) {
          const path = join(directory, String(index).padStart(4, "0"), file);
          mkdirSync(dirname(path), { recursive: true });
          writeFileSync(path, text);
        }
      });
      const own = process.getuid?.() === 0 ? "-nm" : "-rnm";
      const run = spawnSync("unshare", [own, "bash", "-c", APPLY, "bash", directory], { encoding: "utf8", timeout: 120_000 });
      expect(run.stderr).toBe("");
      const theirs = run.stdout.trim().split("\n").map((line) => line.split(" ").slice(1, 1 + NAMES.length));
      const ours = trees.map((files) => {
        const set = new Map(machineSysctls([...files].map(([file, text]) => readSysctlFile(file, text))).map(({ name, value }) => [name, value.value]));
        return NAMES.map((name, index) => {
          const value = set.get(name);
          return value?.kind === "exact" ? String(value.value) : BEFORE[index];
        });
      });
      trees.forEach((files, index) => {
        expect(ours[index], JSON.stringify([...files], undefined, 1)).toEqual(theirs[index]);
      });
      // The comparison is worth something only where files set something.
      expect(theirs.filter((values) => values.join() !== BEFORE.join()).length).toBeGreaterThan(70);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }, 150_000);
});

describe("sysctl files", () => {
  it("takes files by their names, templates too", () => {
    expect(["etc/sysctl.conf", "roles/web/files/sysctl.d/60-net.conf", "templates/sysctl.conf.j2", "99-sysctl.conf", "deploy/docker-sysctl.conf"].map(isSysctlFile)).toEqual([true, true, true, true, true]);
    expect(["nginx.conf", "sysctl.py", "sysctl.d/README", "etc/sysctl.d.md"].map(isSysctlFile)).toEqual([false, false, false, false]);
  });

  it("points at the value, and says nothing of what a template fills in", () => {
    const { lines, problems } = readSysctlFile("etc/sysctl.d/60.conf.j2", "# limits\nnet.core.somaxconn = {{ limit | default(1024) }}\nnet.ipv4.tcp_syncookies=1\n");
    expect(problems).toEqual([]);
    expect(lines.map(({ name, value }) => [name, value?.value, value?.text])).toEqual([
      ["net.core.somaxconn", { kind: "dynamic" }, "{{ limit | default(1024) }}"],
      ["net.ipv4.tcp_syncookies", { kind: "exact", value: 1 }, "1"],
    ]);
    expect(lines[0]?.value?.origin).toMatchObject({ kind: "file", range: { start: { line: 2, column: 22 }, end: { line: 2, column: 49 } } });
  });

  it("names the line of a value that the kernel refuses", () => {
    const { lines, problems } = readSysctlFile("sysctl.conf", "net.core.somaxconn = 64k\n");
    expect(lines).toEqual([{ name: "net.core.somaxconn", value: undefined }]);
    expect(problems).toMatchObject([{ file: "sysctl.conf", range: { start: { line: 1, column: 22 } }, reason: 'the kernel takes no "64k" for net.core.somaxconn; the line sets nothing' }]);
  });

  it("keeps machines apart", () => {
    const files = ["hosts/a/etc/sysctl.d/50.conf", "hosts/b/etc/sysctl.d/50.conf"].map((file, index) => readSysctlFile(file, `net.core.somaxconn=${index + 1}`));
    expect(machineSysctls(files).map(({ value }) => value.value)).toEqual([{ kind: "exact", value: 1 }, { kind: "exact", value: 2 }]);
  });

  it("stays linear on a hostile file", () => {
    const text = `${"net.*.".repeat(100_000)}=1\n${"-".repeat(100_000)}\n${" ".repeat(300_000)}x`;
    expect(readSysctlFile("sysctl.conf", text).lines).toEqual([]);
  });
});

describe("sysctls elsewhere", () => {
  const values = (found: readonly { readonly name: string; readonly value: { readonly value: unknown } }[]): unknown => found.map(({ name, value }) => [name, value.value]);

  it("reads sysctl -w in scripts, but not in the build of an image", () => {
    const script = "#!/bin/sh\nsysctl -w net.core.somaxconn=1024\nsudo sysctl -q net/core/somaxconn=2048 net.ipv4.tcp_syncookies=$COOKIES\nsysctl net.core.somaxconn\n";
    expect(values(commandSysctls(readCommands("start.sh", script)?.commands ?? []))).toEqual([
      ["net.core.somaxconn", { kind: "exact", value: 2048 }],
      ["net.ipv4.tcp_syncookies", { kind: "dynamic" }],
    ]);
    expect(commandSysctls(readCommands("Dockerfile", "FROM debian\nRUN sysctl -w net.core.somaxconn=1024\n")?.commands ?? [])).toEqual([]);
  });

  it("reads Ansible's module, its loops and variables named after the sysctl", () => {
    const text = [
      "- name: queue",
      "  ansible.posix.sysctl:",
      "    name: net.core.somaxconn",
      "    value: '4096'",
      "- sysctl: { name: '{{ item.name }}', value: '{{ item.value }}' }",
      "  loop:",
      "    - { name: net.ipv4.tcp_syncookies, value: 1 }",
      "    - { name: net.ipv4.tcp_max_syn_backlog, value: 1, state: absent }",
      "sysctl_values:",
      "  net.ipv4.tcp_abort_on_overflow: 1",
    ].join("\n");
    const found = readSysctlYaml("roles/web/tasks/main.yml", text.replace("sysctl_values", "- sysctl_values"));
    expect(values(found)).toEqual([
      ["net.core.somaxconn", { kind: "exact", value: 4096 }],
      ["net.ipv4.tcp_syncookies", { kind: "exact", value: 1 }],
      ["net.ipv4.tcp_abort_on_overflow", { kind: "exact", value: 1 }],
    ]);
    expect(found[0]?.value.origin).toMatchObject({ range: { start: { line: 4, column: 12 } } });
  });

  it("leaves compose files and manifests alone: they speak of containers", () => {
    expect(readSysctlYaml("compose.yml", "services:\n  web:\n    sysctls:\n      net.core.somaxconn: 1024\n")).toEqual([]);
    const pod = readFileSync(new URL("./sysctl-pod.yaml", import.meta.url), "utf8");
    expect(readSysctlYaml("pod.yaml", pod)).toEqual([]);
  });
});
