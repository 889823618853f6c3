import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describeWith } from "@audit-backlog/test-support";
import { expect, it } from "vitest";
import { findListenCalls } from "../src/find.ts";
import { nodeBacklog } from "../src/node-backlog.ts";
import type { ListenCall, Literal } from "../src/types.ts";
import { withBabel, withTypeScript } from "./parse.ts";

// What Node hands to listen(2), read back from the kernel: the expected values of this file are the kernel's.

const LITERALS: readonly Literal[] = [
  ...[1, 9, 100, 511, 0, -0, -1, -100, Number.NaN, Infinity, -Infinity, 0.5, 0.99, 1.9, 1e6, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 5, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 7, 1e300, -(2 ** 31) - 1],
  ...["100", "1.9", "0x10", " 42 ", "1e2", "4294967303", "0", "-3", "abc", "12abc", "", " ", "Infinity"],
  ...[100n, 1n, 0n, -5n, 4294967303n],
  ...[true, false, null, undefined],
];

function source(value: Literal): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Argument lists around a value `V`, and how the value gets to the kernel. */
const FORMS: readonly { readonly form: string; readonly place: "positional" | "option"; readonly strings: boolean; readonly everyAddress?: true }[] = [
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
const MIXED: readonly string[] = [
  `0, "127.0.0.1"`, `PATH`, `PATH, cb`, `{ port: 0, host: "127.0.0.1" }, cb`, `{ path: PATH }`, `0, "127.0.0.1", cb`,
  `0, "127.0.0.1", 50, 100`, `PATH, 50, 100`, `PATH, 0, 100`, `PATH, -1, 100`, `PATH, "x", 100`, `PATH, "7", 100`, `PATH, "", 100`, `PATH, null, 100`, `PATH, NaN, true`,
  `{ path: PATH, backlog: 50 }, 100`, `{ path: PATH, backlog: 0 }, 100`, `{ path: PATH, backlog: -1 }, 100`, `{ path: PATH, backlog: null }, 100`, `{ path: PATH, backlog: "" }, "h", 100`, `{ path: PATH, backlog: "x" }, 100`, `{ path: PATH, backlog: 5, ...{ backlog: 6 } }`, `{ ...{ backlog: 6 }, path: PATH, backlog: 7 }`,
  `{ fd: FD, backlog: 100 }`, `{ fd: FD, backlog: 50 }, 100`, `{ fd: FD, port: 0, backlog: 50 }`, `{ fd: FD }`, `{ fd: -1, path: PATH, backlog: 50 }`, `{ fd: "3", path: PATH, backlog: 50 }`, `{ fd: null, path: PATH, backlog: 50 }`,
];
/** The same without a host: they listen on every address, so only where no other machine can see it. */
const MIXED_EVERYWHERE: readonly string[] = [``, `cb`, `0`, `"0"`, `null`, `null, cb`, `undefined, 100`, `0, 50, 100`, `0, 0, 100`, `0, -1, 100`, `0, NaN, 100`, `0, cb, 100`, `0, null, 100`, `0, 10, cb`];

/** What JavaScript turns into a number although it is none: left to run time, never to be claimed. */
const OBJECTS: readonly string[] = [`PATH, [7]`, `PATH, []`, `PATH, {}`, `{ path: PATH, backlog: [7] }`, `{ path: PATH, backlog: {} }`];

interface Outcome {
  readonly backlog?: number;
  readonly throws?: string;
  readonly error?: string;
}

const SCRIPT = fileURLToPath(new URL("kernel-backlogs.mjs", import.meta.url));
const IN_NAMESPACE = ["-n", "sh", "-c", `ip link set lo up && echo 2147483647 > /proc/sys/net/core/somaxconn; exec "$0" "$1"`];

/** Runs node, in a network namespace of its own if this user may make one. */
function kernelSays(sources: readonly string[], isolated: boolean): { readonly somaxconn: number; readonly results: readonly Outcome[] } {
  const [command, args] = isolated ? ["unshare", [...IN_NAMESPACE, process.execPath, SCRIPT]] : [process.execPath, [SCRIPT]];
  const run = spawnSync(command, args, { input: JSON.stringify(sources), encoding: "utf8", timeout: 60_000, maxBuffer: 1e8 });
  if (run.status !== 0) throw new Error(`${command} ended with ${String(run.status)}: ${run.stderr}`);
  return JSON.parse(run.stdout) as { somaxconn: number; results: Outcome[] };
}

/**
 * linux: net/socket.c __sys_listen_socket: `if ((unsigned int)backlog > somaxconn) backlog = somaxconn;`, so that a negative
 * one becomes somaxconn. Converts nothing: what is no 32-bit integer would not be found.
 */
function clamp(requested: number, somaxconn: number): number {
  return requested < 0 ? somaxconn : Math.min(requested, somaxconn);
}

function analysed(list: string, parsers = [withBabel, withTypeScript]): readonly ListenCall[] {
  const code = `import net from "node:net"; const server = net.createServer(); const PATH = "/tmp/x.sock", FD = 3, cb = () => {}; server.listen(${list});`;
  return parsers.map((parse) => {
    const { program, scopes } = parse(code);
    const [call, ...others] = findListenCalls(program, scopes, code);
    if (call === undefined || others.length > 0) throw new Error(`not one call in ${code}`);
    return call;
  });
}

function expectSame(list: string, outcome: Outcome, somaxconn: number, parsers = [withBabel, withTypeScript]): void {
  for (const call of analysed(list, parsers)) {
    const said = call.backlog?.value;
    if (said !== undefined && said.kind !== "exact") throw new Error(`${list}: a ${said.kind} value`);
    const { requested, reading } = nodeBacklog(said?.value, call.backlogPlace ?? "positional");
    expect(reading === "throws" ? { throws: true } : { backlog: clamp(requested, somaxconn) }, list).toEqual(outcome.throws === undefined ? { backlog: outcome.backlog } : { throws: true });
  }
}

describeWith(["ss"], "the kernel's backlog", () => {
  const isolated = spawnSync("unshare", [...IN_NAMESPACE, "true", ""]).status === 0;
  const forms = FORMS.filter((form) => isolated || form.everyAddress !== true);

  it("is what nodeBacklog says of every value in every form", () => {
    const cases = forms.flatMap(({ form, place, strings }) => LITERALS.filter((value) => strings || typeof value !== "string").map((value) => ({ place, value, list: form.replace("V", () => source(value)) })));
    const { somaxconn, results } = kernelSays(cases.map(({ list }) => list), isolated);
    expect(results).toHaveLength(cases.length);
    for (const [at, { list, place, value }] of cases.entries()) {
      const outcome = results[at] ?? {};
      expect(outcome.error, list).toBeUndefined();
      expectSame(list, outcome, somaxconn, [withBabel]);
      const { requested, reading } = nodeBacklog(value, place);
      expect(reading === "throws" ? {} : { backlog: clamp(requested, somaxconn) }, list).toEqual(reading === "throws" ? { ...outcome, throws: undefined } : outcome);
    }
    // Throwing is rare; that some do shows that the run can tell.
    expect(results.filter(({ throws }) => throws !== undefined).length).toBeGreaterThan(0);
  });

  it("is what the analysis says where several arguments meet", () => {
    const lists = isolated ? [...MIXED, ...MIXED_EVERYWHERE] : MIXED;
    const { somaxconn, results } = kernelSays(lists, isolated);
    for (const [at, list] of lists.entries()) {
      expect(results[at]?.error, list).toBeUndefined();
      expectSame(list, results[at] ?? {}, somaxconn);
    }
  });

  it("is not claimed for objects", () => {
    const { somaxconn, results } = kernelSays(OBJECTS, isolated);
    for (const [at, list] of OBJECTS.entries()) {
      for (const { backlog } of analysed(list)) {
        if (backlog === undefined) expect(results[at], list).toEqual({ backlog: clamp(511, somaxconn) });
        else expect(backlog.value.kind, list).toBe("dynamic");
      }
    }
  });
});
