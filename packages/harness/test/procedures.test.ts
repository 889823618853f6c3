import "./built.ts";
import type { NginxTrial, NodeTrial, Procedure, Trial } from "@audit-backlog/model";
import { describeWith } from "@audit-backlog/test-support";
import { describe, expect, it } from "vitest";
import { probe } from "../src/namespaces.ts";
import { measureProcedure } from "../src/procedures/run-procedure.ts";
import { familyOf } from "../src/processes.ts";

const node = (...backlogs: NodeTrial["backlogs"]): NodeTrial => ({ server: "node", form: "option", backlogs });
const nginx = (...parameters: string[]): NginxTrial => ({ server: "nginx", workerConnections: 64, listens: [{ address: "specific", parameters }] });

function shows(before: Trial, was: number, after: Trial, is: number, somaxconn = 4096): Procedure {
  const expected = (backlog: number) => ({ starts: true, backlogs: [backlog] });
  return { id: "kernel-backlog", somaxconn, before: { trial: before, expected: expected(was) }, after: { trial: after, expected: expected(is) } };
}

describeWith(["ss"], "a procedure", () => {
  it("says what is not as expected, and what is instead", async () => {
    const { verdict, disagreements } = await measureProcedure(shows(node("abc"), 511, node(), 511));
    expect({ verdict, disagreements }).toEqual({ verdict: "measured", disagreements: ["before: the kernel's backlog is 0, not 511"] });
  });

  it("tells a server that starts from one that does not", async () => {
    const procedure: Procedure = { id: "refuses-to-start", somaxconn: 4096, before: { trial: node(5), expected: { starts: false } }, after: { trial: node({ bigint: "5" }), expected: { starts: true } } };
    const { disagreements, before, after } = await measureProcedure(procedure);
    expect([before.starts, after.starts]).toEqual([true, false]);
    expect(disagreements).toEqual(["before: the server starts", expect.stringContaining("after: the server does not start")]);
    expect(after.log.join()).toContain("Cannot convert a BigInt value to a number");
  });

  it.runIf(probe().namespace !== "host")("has a limit of its own", async () => {
    const { disagreements, environment } = await measureProcedure(shows(node(70), 70, node(900), 77, 77));
    expect(disagreements).toEqual([]);
    expect(environment.sysctls["net.core.somaxconn"]).toBe("77");
  });

  it("runs in the host's namespace, and says so", async () => {
    const { disagreements, environment } = await measureProcedure(shows(node(7), 7, node(9), 9), { namespace: "host" });
    expect(disagreements).toEqual([]);
    expect(environment.instead[0]).toContain("host's own");
  });

  it("does not claim a backlog above the host's limit", async () => {
    await expect(measureProcedure(shows(node(7), 7, node(2 ** 30), 2 ** 30, 2 ** 30), { namespace: "host" })).rejects.toThrow("can't be raised to 1073741824");
  });

  it("leaves nothing behind when it is called off", async () => {
    const abort = new AbortController();
    const running = measureProcedure(shows(node(7), 7, node(9), 9), { signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toThrow("aborted");
    expect(familyOf(process.pid)).toHaveLength(1);
  });
});

describeWith(["nginx", "gunicorn"], "a procedure passes on", () => {
  const hostile = ["backlog=5; } } load_module x.so", "backlog=5\nuser nobody", 'a"b', "$(id)", "a b", "", "x".repeat(101)];
  it.each(hostile)("no parameter of more than a word: %j", async (parameter) => {
    await expect(measureProcedure(shows(nginx(parameter), 5, nginx(), 511))).rejects.toThrow("is no word that a procedure passes on");
  });

  it.each(hostile)("no setting of more than a word: %j", async (value) => {
    const gunicorn: Trial = { server: "gunicorn", settings: { backlog: value }, inFile: true };
    await expect(measureProcedure(shows(gunicorn, 5, gunicorn, 5))).rejects.toThrow("is no word that a procedure passes on");
  });
});

describe("a procedure without its server", () => {
  it("is refused by name", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = "/nonexistent";
    try {
      await expect(measureProcedure(shows(nginx(), 511, nginx(), 511), { namespace: "host" })).rejects.toThrow("nginx can't be started; is it installed?");
    } finally {
      process.env["PATH"] = path;
    }
  });
});
