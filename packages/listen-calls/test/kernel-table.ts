import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Literal } from "../src/types.ts";

// Argument lists for listen(), and what the kernel makes of each: the table that whoever reads backlogs is held against.

export const LITERALS: readonly Literal[] = [
  ...[1, 9, 100, 511, 0, -0, -1, -100, Number.NaN, Infinity, -Infinity, 0.5, 0.99, 1.9, 1e6, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 5, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 7, 1e300, -(2 ** 31) - 1],
  ...["100", "1.9", "0x10", " 42 ", "1e2", "4294967303", "0", "-3", "abc", "12abc", "", " ", "Infinity"],
  ...[100n, 1n, 0n, -5n, 4294967303n],
  ...[true, false, null, undefined],
];

export function source(value: Literal): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Argument lists around a value `V`, and how the value gets to the kernel. */
export const FORMS: readonly { readonly form: string; readonly place: "positional" | "option"; readonly strings: boolean; readonly everyAddress?: true }[] = [
  { form: `0, V`, place: "positional", strings: false, everyAddress: true },
  { form: `"0", V`, place: "positional", strings: false, everyAddress: true },
  { form: `null, V`, place: "positional", strings: false, everyAddress: true },
  { form: `0, cb, V`, place: "positional", strings: true, everyAddress: true },
  { form: `0, undefined, V`, place: "positional", strings: true, everyAddress: true },
  { form: `0, "127.0.0.1", V`, place: "positional", strings: true },
  { form: `0, "127.0.0.1", V, cb`, place: "positional", strings: true },
  { form: `PATH, V`, place: "positional", strings: true },
  { form: `PATH, V, cb`, place: "positional", strings: true },
  { form: `PATH, cb, V`, place: "positional", strings: true },
  { form: `{ port: 0, host: "127.0.0.1" }, V`, place: "positional", strings: true },
  { form: `{ port: 0, host: "127.0.0.1" }, cb, V`, place: "positional", strings: true },
  { form: `{ port: 0, host: "127.0.0.1", backlog: 0 }, V`, place: "positional", strings: true },
  { form: `{ fd: FD }, V`, place: "positional", strings: true },
  { form: `{ port: 0, backlog: V }`, place: "option", strings: true, everyAddress: true },
  { form: `{ port: undefined, backlog: V }`, place: "option", strings: true, everyAddress: true },
  { form: `{ port: 0, backlog: V }, cb`, place: "option", strings: true, everyAddress: true },
  { form: `{ path: PATH, backlog: V }`, place: "option", strings: true },
];

/** Argument lists in which several values meet, or none. */
export const MIXED: readonly string[] = [
  `0, "127.0.0.1"`, `PATH`, `PATH, cb`, `{ port: 0, host: "127.0.0.1" }, cb`, `{ path: PATH }`, `0, "127.0.0.1", cb`,
  `0, "127.0.0.1", 50, 100`, `PATH, 50, 100`, `PATH, 0, 100`, `PATH, -1, 100`, `PATH, "x", 100`, `PATH, "7", 100`, `PATH, "", 100`, `PATH, null, 100`, `PATH, NaN, true`,
  `{ path: PATH, backlog: 50 }, 100`, `{ path: PATH, backlog: 0 }, 100`, `{ path: PATH, backlog: -1 }, 100`, `{ path: PATH, backlog: null }, 100`, `{ path: PATH, backlog: "" }, "h", 100`, `{ path: PATH, backlog: "x" }, 100`, `{ path: PATH, backlog: 5, ...{ backlog: 6 } }`, `{ ...{ backlog: 6 }, path: PATH, backlog: 7 }`,
  `{ fd: FD, backlog: 100 }`, `{ fd: FD, backlog: 50 }, 100`, `{ fd: FD, port: 0, backlog: 50 }`, `{ fd: FD }`, `{ fd: -1, path: PATH, backlog: 50 }`, `{ fd: "3", path: PATH, backlog: 50 }`, `{ fd: null, path: PATH, backlog: 50 }`,
];
/** The same without a host: they listen on every address, so only where no other machine can see it. */
export const MIXED_EVERYWHERE: readonly string[] = [``, `cb`, `0`, `"0"`, `null`, `null, cb`, `undefined, 100`, `0, 50, 100`, `0, 0, 100`, `0, -1, 100`, `0, NaN, 100`, `0, cb, 100`, `0, null, 100`, `0, 10, cb`];

/** What JavaScript turns into a number although it is none: left to run time, never to be claimed. */
export const OBJECTS: readonly string[] = [`PATH, [7]`, `PATH, []`, `PATH, {}`, `{ path: PATH, backlog: [7] }`, `{ path: PATH, backlog: {} }`];

export interface Outcome {
  readonly backlog?: number;
  readonly throws?: string;
  readonly error?: string;
}

const SCRIPT = fileURLToPath(new URL("kernel-backlogs.mjs", import.meta.url));
export const IN_NAMESPACE = ["-n", "sh", "-c", `ip link set lo up && echo 2147483647 > /proc/sys/net/core/somaxconn; exec "$0" "$1"`];

/** Runs node, in a network namespace of its own if this user may make one. */
export function kernelSays(sources: readonly string[], isolated: boolean): { readonly somaxconn: number; readonly results: readonly Outcome[] } {
  const [command, args] = isolated ? ["unshare", [...IN_NAMESPACE, process.execPath, SCRIPT]] : [process.execPath, [SCRIPT]];
  const run = spawnSync(command, args, { input: JSON.stringify(sources), encoding: "utf8", timeout: 60_000, maxBuffer: 1e8 });
  if (run.status !== 0) throw new Error(`${command} ended with ${String(run.status)}: ${run.stderr}`);
  return JSON.parse(run.stdout) as { somaxconn: number; results: Outcome[] };
}

/**
 * linux: net/socket.c __sys_listen_socket: `if ((unsigned int)backlog > somaxconn) backlog = somaxconn;`, so that a negative
 * one becomes somaxconn. Converts nothing: what is no 32-bit integer would not be found.
 */
export function clamp(requested: number, somaxconn: number): number {
  return requested < 0 ? somaxconn : Math.min(requested, somaxconn);
}
