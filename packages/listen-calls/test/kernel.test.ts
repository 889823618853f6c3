import { spawnSync } from "node:child_process";
import { describeWith } from "@audit-backlog/test-support";
import { expect, it } from "vitest";
import { findListenCalls } from "../src/find.ts";
import { nodeBacklog } from "../src/node-backlog.ts";
import type { ListenCall } from "../src/types.ts";
import { clamp, FORMS, IN_NAMESPACE, kernelSays, LITERALS, MIXED, MIXED_EVERYWHERE, OBJECTS, source, type Outcome } from "./kernel-table.ts";
import { withBabel, withTypeScript } from "./parse.ts";

// What Node hands to listen(2), read back from the kernel: the expected values of this file are the kernel's.

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
