import { chainLimits, evaluate, type Assumptions, type Deployment, type Listener, type Service, type Setting, type Sourced } from "@audit-backlog/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { audit, type Finding } from "../src/index.ts";
import { deploy } from "./build.ts";
import { back, deployments, front, loads } from "./random-deployments.ts";

const options = (assumptions: Assumptions) => ({ floor: 511, assumptions });

/** What a user edits: a place in a file, an option of ours, or the one setting that has neither yet. */
function placeOf({ origin }: Sourced<number>, id: string): string {
  if (origin.kind === "file") return `${origin.file}:${String(origin.range.start.offset)}`;
  return origin.kind === "option" ? `option:${origin.flag}` : id;
}

/** The listener or service of a setting. */
function ownerOf(id: string): string {
  return id.slice(0, id.lastIndexOf("/"));
}

/** The same deployment with another number at the place of one setting of the model. */
function withSetting(deployment: Deployment, setting: Setting, to: number): Deployment {
  const place = placeOf(setting.value, setting.id);
  const change = (sourced: Sourced<number>, id: string): Sourced<number> => {
    if (placeOf(sourced, id) !== place || !id.endsWith(`/${setting.name}`)) return sourced;
    return { value: { kind: "exact", value: to }, origin: sourced.origin.kind === "default" ? { kind: "option", flag: id } : sourced.origin };
  };
  const changeListener = (one: Listener): Listener => {
    const requested = change(one.backlog.requested, `${one.id}/backlog`);
    const reading = requested === one.backlog.requested ? one.backlog.reading : "explicit";
    return { ...one, backlog: { ...one.backlog, requested, reading }, somaxconn: change(one.somaxconn, `${one.id}/net.core.somaxconn`) };
  };
  const services = deployment.services.map((service): Service => {
    const listeners = service.listeners.map(changeListener);
    // Settings that are no numbers stand at places of their own.
    const settings = Object.fromEntries(Object.entries(service.settings as Readonly<Record<string, Sourced<number>>>).map(([name, value]) => [name, change(value, `${service.id}/${name}`)]));
    return { ...service, listeners, settings: { ...service.settings, ...settings } } as Service;
  });
  return { ...deployment, services };
}

/** How a change names the setting that a finding is about: "(nginx.conf:5)", "(nginx's default)". */
function names(deployment: Deployment, load: Assumptions, { locations, setting }: Finding): readonly string[] {
  const [primary] = locations;
  const places = audit(deployment, options(load)).limits.flatMap(({ settings }) => settings.filter(({ id, value }) => placeOf(value, id) === setting));
  const origins = [...places.map(({ value }) => value.origin), ...(primary === undefined ? [] : [primary.origin])];
  return origins.map((origin) => {
    switch (origin.kind) {
      case "file":
        return `(${origin.file}:${String(origin.range.start.line)})`;
      case "default":
        return `(${origin.of}'s default)`;
      case "option":
        return `(${origin.flag})`;
      case "host":
        return `(${origin.path})`;
    }
  });
}

const keys = (all: readonly Finding[]): readonly string[] => all.map(({ setting }) => setting);

describe("over random deployments", () => {
  it("there is at most one finding a setting", () => {
    fc.assert(
      fc.property(deployments, loads, (deployment, load) => {
        const settings = keys(audit(deployment, options(load)).findings);
        expect(new Set(settings).size).toBe(settings.length);
      }),
      { numRuns: 500 },
    );
  });

  it("the same input gives the same report, in order of severity", () => {
    const rank = { error: 0, warning: 1, note: 2 };
    fc.assert(
      fc.property(deployments, loads, (deployment, load) => {
        const report = audit(deployment, options(load));
        expect(audit(structuredClone(deployment), options(load))).toEqual(report);
        const ranks = report.findings.map(({ severity }) => rank[severity]);
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
      }),
      { numRuns: 200 },
    );
  });

  it("what a change buys is what the changed deployment really has", () => {
    fc.assert(
      fc.property(deployments, loads, (deployment, load) => {
        for (const { whatIfs, chain: id } of audit(deployment, options(load)).findings) {
          for (const { setting, to, sureAtOnce } of whatIfs) {
            const after = withSetting(deployment, setting, to);
            const chain = after.chains.find((one) => one.id === id);
            if (chain === undefined) throw new Error("a finding names no chain");
            expect(chainLimits(deployment, chain, load).sureAtOnce.value).toEqual(sureAtOnce.before);
            expect(chainLimits(after, chain, load).sureAtOnce.value).toEqual(sureAtOnce.after);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("the number in a message about one unix socket is the hop's own limit", () => {
    fc.assert(
      fc.property(front, back("app"), loads, (proxy, service, load) => {
        const report = audit(deploy([proxy, service]), options(load));
        const [limits] = report.limits;
        for (const { rule, message } of report.findings) {
          if (rule !== "upstream-burst-limit") continue;
          const sure = limits?.hops[1]?.sureAtOnce;
          if (sure === undefined) throw new Error("no second hop");
          expect(Number(/holds (\d+) client/.exec(message)?.[1])).toBe(evaluate(sure.expression, load).low);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("doing what a finding says ends it, and starts nothing but what it named next", () => {
    fc.assert(
      fc.property(deployments, loads, (deployment, load) => {
        const before = audit(deployment, options(load)).findings;
        for (const { rule, setting, whatIfs, change } of before) {
          const [remedy] = whatIfs;
          if (remedy === undefined) continue;
          const after = audit(withSetting(deployment, remedy.setting, remedy.to), options(load)).findings;
          // Of a backlog that is not known, the kernel's limit may be what binds: naming the one names the other.
          const settings = audit(deployment, options(load)).limits.flatMap((limits) => limits.settings);
          const next = remedy.thenBinds.flatMap((one) => (one.value.value.kind === "dynamic" ? settings.filter(({ id }) => ownerOf(id) === ownerOf(one.id)) : [one]));
          const named = new Set(next.map((one) => placeOf(one.value, one.id)));
          // A default that is now written stands at a place of its own.
          const itself = new Set([setting, `option:${remedy.setting.id}`]);
          // Raised as far as the next term, or as far as anybody waits, a burst may still be too large: then it has to say so.
          const together = (line: string): boolean => (rule === "target-not-met" && /together.*one alone changes nothing/.test(line)) || line.includes("does not help by itself");
          const still = after.filter((finding) => itself.has(finding.setting) && finding.rule === rule && !finding.change.some(together));
          expect(still.map(({ rule: id, message }) => [id, message])).toEqual([]);
          const old = new Set(keys(before));
          // What an unset somaxconn might be is worth a note as soon as so many can come through.
          const assumes = ({ severity, certainty }: Finding): boolean => severity === "note" && certainty.kind === "conditional" && certainty.on.startsWith("net.core.somaxconn being");
          // So is how long a request may take once so many can wait, or on how many CPUs: the queue is as long as somebody wrote, and now in force.
          const supposes = ({ severity, certainty }: Finding): boolean => severity === "note" && certainty.kind === "conditional" && /^requests taking longer than|^the number of CPUs/.test(certainty.on);
          // A probe that stands in the same queue waits longer in a longer one; and behind more room in front, or with one
          // --somaxconn for all, another queue fills that did not before: findings about other settings, with remedies of their own.
          const fillsNow = ({ rule: id, listener }: Finding): boolean => id === "probe-behind-queue" || (id === "queue-wait-exceeds-timeout" && listener !== ownerOf(remedy.setting.id));
          // Of two terms that are equally low after the change only one is named as the next.
          const tied = ({ rule: id, whatIfs: [next] }: Finding): boolean => id === "reuseport-strands-queue" && next?.sureAtOnce.before.low === remedy.sureAtOnce.after.low;
          // With more workers more are answered in time: a longer queue that was none to ask for is one then.
          const worthNow = ({ listener, whatIfs: [next] }: Finding): boolean => remedy.setting.name === "workers" && next !== undefined && ownerOf(next.setting.id) === listener;
          const fresh = after.filter((finding) => !assumes(finding) && !supposes(finding) && !fillsNow(finding) && !worthNow(finding) && !tied(finding) && !old.has(finding.setting) && !itself.has(finding.setting) && !named.has(finding.setting) && !names(deployment, load, finding).some((name) => change.some((line) => line.includes(name))));
          expect(fresh.map(({ rule: id, message }) => [rule, id, message])).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("no finding asks for more of what another asks less of", () => {
    fc.assert(
      fc.property(deployments, loads, (deployment, load) => {
        const all = audit(deployment, options(load)).findings;
        for (const { rule, service, listener, change, setting } of all) {
          for (const line of change) {
            const shorter = Number(/a backlog of (\d+)(?: on each of \d+ sockets)?: whoever/.exec(line)?.[1]);
            const longer = all.flatMap((other) => other.whatIfs.flatMap((effect) => (ownerOf(effect.setting.id) === listener && effect.to > shorter ? [[other.rule, other.message, effect.to, line]] : [])));
            expect(longer).toEqual([]);
            const fewer = /^(?:workers|worker_processes|instances) (\d+), written/.exec(line);
            const more = fewer === null ? [] : all.flatMap((other) => other.whatIfs.flatMap((effect) => (effect.setting.id === `${service}/workers` ? [[rule, other.rule, setting, effect.to, line]] : [])));
            expect(more).toEqual([]);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("never asks for less", () => {
    fc.assert(
      fc.property(deployments, loads, (deployment, load) => {
        for (const { whatIfs, message } of audit(deployment, options(load)).findings) {
          for (const { sureAtOnce } of whatIfs) expect([message, sureAtOnce.after.low >= sureAtOnce.before.low]).toEqual([message, true]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
