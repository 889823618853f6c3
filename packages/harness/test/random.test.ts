import "./built.ts";
import { compare, places, predict } from "@audit-backlog/model";
import { describeWith } from "@audit-backlog/test-support";
import { beforeAll, describe, expect, it } from "vitest";
import { randomScenario } from "../src/random-scenario.ts";
import { problemOf, tryRandom, type Trial } from "../src/verify.ts";
import { wrongModels } from "./wrong-models.ts";

describe("random scenarios", () => {
  const drawn = Array.from({ length: 500 }, (_, index) => randomScenario(3, index));
  const share = (of: (scenario: (typeof drawn)[number]) => boolean): number => drawn.filter(of).length / drawn.length;

  it("come out of their seed and number alone", () => {
    expect(randomScenario(3, 77)).toEqual(drawn[77]);
    expect(randomScenario(4, 77)).not.toEqual(drawn[77]);
    expect(JSON.parse(JSON.stringify(drawn))).toEqual(drawn);
  });

  it("are of every kind: few stalled over TCP, many over unix sockets, serving and in chains", () => {
    const lastOf = ({ hops }: (typeof drawn)[number]): string | undefined => hops.at(-1)?.servers[0]?.state;
    expect(share(({ hops }) => hops.length === 1 && hops[0].servers[0]?.family === "tcp" && hops[0].servers[0].state === "stalled")).toBeLessThanOrEqual(0.4);
    expect(share(({ hops }) => hops.some(({ servers }) => servers.some(({ family }) => family === "unix")))).toBeGreaterThanOrEqual(0.3);
    expect(share((scenario) => lastOf(scenario) === "serving")).toBeGreaterThanOrEqual(0.3);
    expect(share(({ hops }) => hops.length > 1)).toBeGreaterThanOrEqual(0.1);
  });

  it("are predicted so that every client has a place", () => {
    for (const scenario of drawn) {
      const outcome = predict(scenario);
      const ends = places.map((place) => outcome[place]).map((count) => (typeof count === "number" ? { atLeast: count, atMost: count } : count));
      const { load } = scenario;
      const clients = load.kind === "sustained" ? Math.round(load.rate * load.seconds) : load.clients;
      const text = JSON.stringify({ scenario, outcome });
      expect(ends.every(({ atLeast, atMost }) => atLeast >= 0 && atLeast <= atMost), text).toBe(true);
      expect(ends.reduce((sum, { atLeast }) => sum + atLeast, 0), text).toBeLessThanOrEqual(clients);
      expect(ends.reduce((sum, { atMost }) => sum + atMost, 0), text).toBeGreaterThanOrEqual(clients);
    }
  });

  it("are mostly predicted to the last client", () => {
    expect(share((scenario) => Object.values(predict(scenario)).every((count) => typeof count === "number"))).toBeGreaterThan(0.6);
  });
});

/** Enough for every wrong model to show; another thousand with `pnpm run verify --count 1000`. */
const fixed = { seed: 71, count: 40 };
const fresh = { seed: Date.now() % 2 ** 31, count: 6 };

describeWith(["nginx", "gunicorn", "gevent"], "the model against the kernel", () => {
  let trials: readonly Trial[] = [];
  beforeAll(async () => {
    const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
    trials = [...(await tryRandom(fixed.seed, numbers(fixed.count), 2, () => undefined)), ...(await tryRandom(fresh.seed, numbers(fresh.count), 2, () => undefined))];
  }, 300_000);

  it("agrees in every random scenario", () => {
    expect(trials.map(problemOf).filter((problem) => problem !== undefined)).toEqual([]);
    expect(trials.filter(({ measurement }) => measurement?.verdict === "measured")).toHaveLength(fixed.count + fresh.count);
  });

  it.each(Object.keys(wrongModels))("would not, if %s", (name) => {
    const wrong = wrongModels[name];
    const caught = trials.filter(({ scenario, measurement }) => {
      if (measurement === undefined || wrong === undefined) return false;
      return compare(wrong(scenario), measurement.outcome).length > 0;
    });
    expect(caught.length).toBeGreaterThan(0);
  });
});
