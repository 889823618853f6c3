import type { Surroundings } from "@audit-backlog/model";
import { describe, expect, it } from "vitest";
import { at, deploy, deployGroup, findings, gunicorn, onlyFinding, tcp, unix, nginx, written } from "./build.ts";
import { meshes } from "./cases/surroundings.ts";

describe("behind a sidecar", () => {
  it("a short queue hangs on what the sidecar hands on", () => {
    const { rule, severity, certainty, why } = onlyFinding(meshes.outside);
    expect([rule, severity]).toEqual(["small-backlog", "note"]);
    expect(certainty).toEqual({ kind: "conditional", on: "how many connections the istio sidecar (deployment.yaml:4) makes at once" });
    expect(why.join()).toContain("clients stand in the queue of the istio sidecar (deployment.yaml:4)");
  });

  it.each(["loopback", "none"] as const)("nothing changes where clients come past it: %s", (which) => {
    expect(onlyFinding(meshes[which])).toMatchObject({ rule: "small-backlog", severity: "warning", certainty: { kind: "certain" } });
  });
});

describe("a burst that is more than is answered in time", () => {
  // 4 workers answer 4 · ⌊10 / 0.3⌋ = 132 in 10 s; beside the 4 that they hold, a queue of 127 + 1 is answered whole. 2000 / 33 = 60.6.
  const stated = { burst: 2000, serviceTime: 0.3, clientTimeout: 10 };
  const late = "a backlog above 127 does not help by itself: 4 service slots answer 132 requests in the 10 s that anybody waits, and the rest wait in vain; 61 slots answer all 2000, where that much work really runs in parallel";

  it("is no reason for a longer queue", () => {
    const all = findings(deploy([gunicorn({ workers: 4, backlog: 512 })]), stated);
    expect(all.map(({ rule }) => rule)).toEqual(["queue-wait-exceeds-timeout", "target-not-met"]);
    expect(all[1]).toMatchObject({ change: [late], whatIfs: [] });
  });

  it("is none for one behind a unix socket either", () => {
    const all = findings(deploy([nginx({ connections: 8192, backlog: 4096 }), gunicorn({ workers: 4, backlog: 512, address: unix("/run/a.sock") })]), stated);
    expect(all.find(({ rule }) => rule === "upstream-burst-limit")).toMatchObject({ change: [late], whatIfs: [] });
  });

  it("is none for the queue in front", () => {
    const all = findings(deploy([nginx({ connections: 8192 }), gunicorn({ workers: 4, backlog: 4096, address: tcp(8000) })]), stated);
    expect(all.find(({ rule }) => rule === "target-not-met")).toMatchObject({ setting: "nginx#*:8080/backlog", change: [late], whatIfs: [] });
  });

  it("raises a shorter one as far as anybody waits, and says so", () => {
    const [finding] = findings(deploy([gunicorn({ workers: 4, backlog: 64 })]), stated);
    expect(finding).toMatchObject({ rule: "small-backlog", whatIfs: [{ to: 127 }] });
  });

  it("lets net.core.somaxconn be, where a longer queue than it allows waits in vain", () => {
    expect(findings(deploy([gunicorn({ workers: 4, backlog: 4096, somaxconn: 127 })]), { ...stated, burst: 100 }).map(({ rule }) => rule)).toEqual([]);
    expect(findings(deploy([gunicorn({ workers: 4, backlog: 4096, somaxconn: 127 })]), { burst: 100 }).map(({ rule }) => rule)).toEqual(["backlog-clamped"]);
  });

  it("is shared by the sockets of a group", () => {
    // 4 workers in all: (132 - 4) / 2 - 1 = 63 on each, and 64 + 64 + 4 = 132 are in time.
    const group = deployGroup(nginx({ connections: 8192 }), [1, 2].map((index) => gunicorn({ id: `app${String(index)}`, workers: 2, backlog: 600, address: tcp(8000 + index) })));
    const found = findings(group, { serviceTime: 0.3, clientTimeout: 10 }).find(({ rule }) => rule === "queue-wait-exceeds-timeout");
    expect(found?.change.join()).toContain("a backlog of 63 on each of 2 sockets: whoever");
  });

  it("counts what the workers hold where they hold more than is answered", () => {
    // gthread holds 1000 a worker, and serves one each: 2 · ⌊10 / 0.3⌋ = 66 are answered in time.
    const found = findings(deploy([gunicorn({ workers: 2, backlog: 10, worker_class: "gthread", address: tcp(8000) })]), { serviceTime: 0.3, clientTimeout: 10 });
    expect(found.find(({ rule }) => rule === "small-backlog")?.whatIfs[0]?.to).toBe(65);
  });
});

describe("workers of a container", () => {
  it("get one remedy, where a rate is stated that takes more than the limit allows", () => {
    const place: Surroundings = { id: "compose.yml#web", kind: "compose", name: "web", origin: at("compose.yml", 2), network: written("own", "compose.yml", 3), sysctls: [], probes: [], cpus: written(2, "compose.yml", 6) };
    const service = { ...gunicorn({ workers: { kind: "formula", formula: { op: "cpus" } } }), runsIn: [place] };
    const [finding, ...more] = findings(deploy([service]), { cpus: 8, arrivalRate: 100, serviceTime: 0.2 });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ rule: "sustained-overload", whatIfs: [{ to: 20 }] });
    expect(finding?.change.filter((line) => line.includes("written as a number"))).toEqual([]);
    expect(finding?.why.join()).toContain("not the 2 that web may use");
  });
});
