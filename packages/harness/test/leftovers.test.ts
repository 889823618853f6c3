import "./built.ts";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { describeWith } from "@audit-backlog/test-support";
import { expect, it } from "vitest";
import { measure } from "../src/measure.ts";
import { probe, type Namespace } from "../src/namespaces.ts";
import { familyOf, waitUntil } from "../src/processes.ts";
import { gunicorn, nginx, scenario } from "./scenarios.ts";

/** Runs for a minute: long enough to be ended in the middle. */
const long = scenario([nginx({ workers: 2 }), gunicorn({ family: "unix", workers: 2 })], { kind: "spread out", clients: 600, interval: 0.1 });
const isPrivate = probe().namespace !== "host";
const namespaces: readonly Namespace[] = isPrivate ? [probe().namespace, "host"] : ["host"];

const soon = (): number => performance.now() + 30_000;

/** A program that measures, and nothing else. */
function startParent(namespace: Namespace): ChildProcess {
  const program = `
    const { measure } = await import(${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)});
    await measure(${JSON.stringify(long)}, { namespace: ${JSON.stringify(namespace)} });`;
  return spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "ignore" });
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "latin1").trim();
  } catch {
    return "gone";
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "gone";
  }
}

interface Traces {
  readonly pids: readonly number[];
  readonly network: string;
  readonly directory: string;
  /** Clock ticks since the machine started; 100 a second on Linux. */
  readonly noted: number;
}

/** When a process started, in the same ticks. Source: proc_pid_stat(5), field 22. */
function startOf(pid: string): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[19]);
  } catch {
    return Infinity;
  }
}

/** Waits until nginx (a master, two workers) and gunicorn (the same) run, and notes what they must not leave behind. */
async function tracesOf(parent: number): Promise<Traces> {
  const servers = (name: string): readonly number[] => familyOf(parent).filter((pid) => nameOf(pid) === name);
  await waitUntil(() => servers("nginx").length === 3 && servers("gunicorn").length === 3, soon(), "the servers to start");
  const [one = 0] = servers("nginx");
  return { pids: familyOf(parent), network: linkOf(`/proc/${one}/ns/net`), directory: linkOf(`/proc/${one}/cwd`), noted: Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 100 };
}

async function expectNothingLeft({ pids, network, directory, noted }: Traces, namespace: Namespace): Promise<void> {
  const left = (): readonly number[] => pids.filter((pid) => existsSync(`/proc/${pid}`));
  await waitUntil(() => left().length === 0, soon(), "the processes to end");
  expect(pids.length).toBeGreaterThanOrEqual(7);
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  // The kernel gives a number that is free again to the next namespace, so younger processes are not its.
  if (namespace !== "host") expect(processes.filter((pid) => linkOf(`/proc/${pid}/ns/net`) === network && startOf(pid) <= noted)).toEqual([]);
  expect(directory).toMatch(namespace === "host" ? /audit-backlog-/ : /^\/\w+$/);
  expect(existsSync(`${directory}/s1-0.sock`)).toBe(false);
  if (namespace === "host") expect(existsSync(directory)).toBe(false);
  else expect(readFileSync("/proc/self/mounts", "latin1")).not.toContain("audit-backlog");
  expect(readFileSync("/proc/net/unix", "latin1")).not.toContain(`${directory}/s1-0.sock`);
}

describeWith(["nginx", "gunicorn"], "nothing is left behind", () => {
  const cases = namespaces.flatMap((namespace) => (["SIGINT", "SIGKILL"] as const).map((signal) => [namespace, signal] as const));
  it.each(cases)("in the %s namespace, when the program that measures gets %s", async (namespace, signal) => {
    const parent = startParent(namespace);
    if (parent.pid === undefined) throw new Error("no process");
    try {
      const traces = await tracesOf(parent.pid);
      parent.kill(signal);
      await expectNothingLeft(traces, namespace);
    } finally {
      parent.kill("SIGKILL");
    }
  });

  it.each(namespaces)("in the %s namespace, when a measurement is called off", async (namespace) => {
    const abort = new AbortController();
    const before = new Set(familyOf(process.pid));
    const measuring = measure(long, { namespace, signal: abort.signal });
    const rejected = expect(measuring).rejects.toThrow("abort");
    const { pids, ...traces } = await tracesOf(process.pid);
    abort.abort();
    await rejected;
    await expectNothingLeft({ ...traces, pids: pids.filter((pid) => !before.has(pid)) }, namespace);
  });

  it.each(namespaces)("in the %s namespace, when a measurement ends by itself", async (namespace) => {
    const before = new Set(familyOf(process.pid));
    const measuring = measure({ ...long, load: { kind: "spread out", clients: 30, interval: 0.02 } }, { namespace });
    const { pids, ...traces } = await tracesOf(process.pid);
    await measuring;
    await expectNothingLeft({ ...traces, pids: pids.filter((pid) => !before.has(pid)) }, namespace);
  });
});
