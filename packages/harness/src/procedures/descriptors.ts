import { readdirSync, readFileSync } from "node:fs";

/** O_CLOEXEC as proc_pid_fdinfo(5) shows it, in octal. */
const closeOnExec = 0o2000000;

/** The limit that leaves a server `limit` descriptors of its own: it is one on their numbers, and inherited ones take some. */
export function limitBeside(inherited: readonly number[], limit: number): number {
  return inherited.reduce((sum, number) => (number < sum ? sum + 1 : sum), limit);
}

/** Descriptors beside the standard three, ascending, that whoever started this process left open for all that it starts. */
export function inheritedDescriptors(): readonly number[] {
  const inherited = readdirSync("/proc/self/fdinfo").filter((name) => {
    if (Number(name) < 3) return false;
    try {
      const flags = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, "latin1"))?.[1];
      return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
    } catch {
      // The one that the directory was read with is closed again.
      return false;
    }
  });
  return inherited.map(Number).sort((a, b) => a - b);
}
