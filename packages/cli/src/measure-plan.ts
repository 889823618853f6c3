import { effectiveBacklog, predict, queueCapacity, servedPerSecond, type Load, type Outcome, type Scenario, type Server } from "@audit-backlog/model";
import { defaultBurst, type MeasureArguments } from "./measure-arguments.ts";
import { UsageError } from "./option-values.ts";

/** One scenario to measure. */
export interface Planned {
  readonly title: string;
  readonly scenario: Scenario;
}

/** Scenarios that differ in one number. */
export interface Sweep {
  readonly title: string;
  /** What the number is, and what is predicted and measured of it. */
  readonly x: "burst" | "clients" | "a second";
  readonly y: "held" | "seconds";
  /** Where the predicted line bends; undefined where nothing is ever turned away. */
  readonly knee: number | undefined;
  readonly points: readonly (Planned & { readonly x: number })[];
}

/** Parts of a knee: bursts are quick to try, clients one after the other are not. */
const shares = { burst: [0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2], clients: [0.5, 0.9, 1, 1.1, 1.4], rate: [0.5, 0.8, 1.25, 1.5, 2, 3] } as const;
/** Clients one after the other, where no limit is near. */
const someClients = 100;
/** Seconds between clients that come one after the other. */
const interval = 0.005;
/** More clients than anything holds, to ask the prediction where the limit is. */
const many = 100_000;
/** Rates whose overflow falls this near to the end of the load say nothing about a prediction. */
const undecided = 0.2;

interface Subject extends Pick<MeasureArguments, "server" | "roundTrip"> {
  readonly somaxconn: number;
}

/** What to measure of one configuration under one load: of a burst, both ends of what it can meet. */
export function planOnce({ load, ...options }: MeasureArguments, somaxconn: number): readonly Planned[] {
  const subject: Subject = { server: options.server, roundTrip: options.roundTrip, somaxconn };
  const { server } = subject;
  switch (load.kind) {
    case "all at once": {
      const clients = load.clients ?? defaultBurst(server, somaxconn);
      if (load.patience !== undefined) {
        const waiting: Load = { kind: "all at once", clients, patience: load.patience };
        return [checked({ title: `${clients} clients at once, each waits up to ${load.patience} s`, scenario: scenarioOf(subject, waiting) })];
      }
      const burst: Load = { kind: "all at once", clients };
      const busy = { title: `${clients} clients at once, while nobody accepts`, scenario: scenarioOf(stalled(subject), burst) };
      // Of a server that accepts, nothing is predicted with a real round-trip time.
      if (server.kind === "listener" || subject.roundTrip === "real") return [checked(busy)];
      return [checked(busy), checked({ title: `${clients} clients at once, all workers idle`, scenario: scenarioOf(subject, burst) })];
    }
    case "spread out": {
      const knee = heldOneByOne(subject);
      const clients = load.clients ?? (knee === undefined ? someClients : knee + Math.max(10, Math.round(knee / 4)));
      return [checked({ title: `${clients} clients one after the other`, scenario: scenarioOf(subject, { kind: "spread out", clients, interval }) })];
    }
    case "sustained": {
      const rate = load.rate ?? 2 * servedBy(subject);
      return [checked({ title: `${rate} clients a second for ${load.seconds} s`, scenario: scenarioOf(subject, { kind: "sustained", rate, seconds: load.seconds }) })];
    }
  }
}

/** The same around the predicted knee of the load. */
export function planSweep({ load, ...options }: MeasureArguments, somaxconn: number): Sweep {
  const subject: Subject = { server: options.server, roundTrip: options.roundTrip, somaxconn };
  switch (load.kind) {
    case "all at once": {
      if (load.patience !== undefined) throw new UsageError("--sweep shows how many there is room for: --client-timeout means nothing to it");
      const knee = queueCapacity(effectiveBacklog(subject.server.backlog, somaxconn));
      const sizes = aroundKnee(knee, shares.burst, load.clients);
      return { title: "clients held while nobody accepts", x: "burst", y: "held", knee, points: sizes.map((x) => point(x, `${x} clients`, stalled(subject), { kind: "all at once", clients: x })) };
    }
    case "spread out": {
      const knee = heldOneByOne(subject);
      const sizes = knee === undefined ? aroundKnee(load.clients ?? someClients, [0.25, 0.5, 0.75], load.clients) : aroundKnee(knee, shares.clients, load.clients);
      return { title: "clients held that come one after the other", x: "clients", y: "held", knee, points: sizes.map((x) => point(x, `${x} clients`, subject, { kind: "spread out", clients: x, interval })) };
    }
    case "sustained": {
      const { seconds } = load;
      const knee = servedBy(subject);
      const rates = [...shares.rate.map((part) => knee * part), ...(load.rate === undefined ? [] : [load.rate])].filter((rate) => isDecided(subject, rate, seconds));
      const points = [...new Set(rates.map((rate) => Math.round(rate * 10) / 10))].sort((a, b) => a - b).map((x) => point(x, `${x} clients a second`, subject, { kind: "sustained", rate: x, seconds }));
      return { title: `seconds until the first client is turned away, of ${seconds}`, x: "a second", y: "seconds", knee, points };
    }
  }
}

function aroundKnee(knee: number, parts: readonly number[], more: number | undefined): readonly number[] {
  const sizes = new Set([...parts.map((part) => Math.max(1, Math.round(knee * part))), knee + 1, ...(more === undefined ? [] : [more])]);
  return [...sizes].sort((a, b) => a - b);
}

function point(x: number, title: string, subject: Subject, load: Load): Planned & { readonly x: number } {
  return { x, ...checked({ title, scenario: scenarioOf(subject, load) }) };
}

function scenarioOf({ server, roundTrip, somaxconn }: Subject, load: Load): Scenario {
  return { host: { somaxconn }, roundTrip, hops: [{ servers: [server] }], load };
}

function stalled(subject: Subject): Subject {
  const server: Server = { ...subject.server, state: "stalled" };
  return { ...subject, server };
}

/** Throws UsageError with the sentence of a prediction that there is none. */
function checked<P extends Planned>(planned: P): P {
  predicted(planned.scenario);
  return planned;
}

function predicted(scenario: Scenario): Outcome {
  try {
    return predict(scenario);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(`nothing to compare a measurement with: ${error.message}`) : error;
  }
}

/** Clients that a server holds which come one after the other; undefined where no setting bounds them. */
function heldOneByOne(subject: Subject): number | undefined {
  const { queued, accepted } = predicted(scenarioOf(subject, { kind: "spread out", clients: many, interval }));
  const most = [queued, accepted].reduce<number>((sum, count) => sum + (typeof count === "number" ? count : count.atMost), 0);
  return most >= many ? undefined : most;
}

/** Throws UsageError where no setting bounds what is served. */
function servedBy({ server, somaxconn }: Subject): number {
  const served = servedPerSecond(server, { somaxconn });
  if (served > 0 && served < Infinity) return served;
  throw new UsageError(served === 0 ? "a socket that nobody accepts from serves no rate: --arrival-rate says how many come" : "no setting bounds the rate that this server serves: --arrival-rate says how many come");
}

function isDecided(subject: Subject, rate: number, seconds: number): boolean {
  const { overflowsAfter } = predicted(scenarioOf(subject, { kind: "sustained", rate, seconds: many }));
  return typeof overflowsAfter !== "number" || Math.abs(overflowsAfter - seconds) > undecided * seconds;
}
