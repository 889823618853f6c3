import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** State letter and parent of a process or thread; undefined when it is gone. Source: proc_pid_stat(5). */
function stat(path: string): { readonly state: string; readonly parent: number } | undefined {
  try {
    const text = readFileSync(path, "latin1");
    // The second field is a name in brackets, which may hold anything.
    const [state = "", parent = ""] = text.slice(text.lastIndexOf(")") + 2).split(" ", 2);
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** A process and all that it started. */
export function familyOf(pid: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = stat(`/proc/${name}/stat`)?.parent;
    if (parent === undefined) continue;
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const family = [pid];
  for (const member of family) family.push(...(children.get(member) ?? []));
  return family;
}

/** Whether every thread of these processes sleeps (S) or is stopped (T): none of them is about to accept. */
export function areAtRest(pids: readonly number[]): boolean {
  return pids.every((pid) => threadsOf(pid).every((state) => state === "S" || state === "T"));
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => stat(`/proc/${pid}/task/${thread}/stat`)?.state ?? "S");
  } catch {
    return ["gone"];
  }
}

/** Stops all processes of a family, and comes back when the kernel says that they are. */
export async function stopFamily(pid: number, until: number): Promise<void> {
  const family = familyOf(pid);
  for (const member of family) process.kill(member, "SIGSTOP");
  await waitUntil(() => family.every((member) => threadsOf(member).every((state) => state === "T")), until, "its processes to stop");
}

/** Lets a stopped family run again. */
export function resumeFamily(pid: number): void {
  for (const member of familyOf(pid)) process.kill(member, "SIGCONT");
}

/** Polls every few milliseconds; throws once the clock (performance.now()) passes `until`. */
export async function waitUntil(holds: () => boolean, until: number, what: string): Promise<void> {
  while (!holds()) {
    if (performance.now() > until) throw new Error(`waited too long for ${what}`);
    await sleep(3);
  }
}
