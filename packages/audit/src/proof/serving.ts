import { evaluate, gunicornClasses, type GunicornServer, type Scenario } from "@audit-backlog/model";
import { assumptionsFor } from "../context.ts";
import type { Finding } from "../finding.ts";
import { scenarioProof } from "./harm.ts";
import { mostProcesses } from "./numbers.ts";
import type { Place } from "./place.ts";
import type { Proof, SourceProof } from "./types.ts";

/** A request takes this long in a measurement: long beside all that a machine does besides, and short enough to wait for. */
const serviceTime = 0.25;

/** A queue that grows by less fills for minutes. */
const leastOverload = 1.5;

const smaller = "fewer workers and shorter times than yours, in the same proportions";

/**
 * A steady load on a gunicorn that serves less, and on one with as many more workers as the load needs: the first overflows
 * after a while, the second never.
 */
export function sustainedProof(place: Place): Proof {
  const { limits, context } = place;
  const slots = limits?.hops.at(-1)?.serviceSlots;
  const built = servingGunicorn(place);
  if ("kind" in built && built.kind === "from-source") return built;
  if (limits === undefined || slots === undefined || "unbounded" in slots) return notShown;
  const { arrivalRate = 0, serviceTime: stated = 0 } = assumptionsFor(context.options, limits.chain);
  const served = evaluate(slots.expression, assumptionsFor(context.options, limits.chain)).low;
  // By how much too many arrive; more than fourfold would take more processes than a measurement starts.
  const own = (arrivalRate * stated) / Math.max(1, served);
  const overload = Math.max(leastOverload, Math.min(mostProcesses, own));
  const each = built.workerClass === "gthread" ? built.threads : 1;
  const rate = (overload * each) / serviceTime;
  const surplus = rate - each / serviceTime;
  // The room beyond the slots fills in about a second.
  const backlog = Math.max(1, Math.round(surplus) - 1);
  const seconds = Math.max(4, Math.ceil((backlog + 1) / surplus) + 2);
  const load: Scenario["load"] = { kind: "sustained", rate, seconds };
  const scenario = (workers: number): Scenario => ({ host: { somaxconn: 4096 }, roundTrip: "zero", hops: [{ servers: [{ ...built, workers, backlog, workerConnections: each }] }], load });
  const changed = [smaller, `a backlog of ${String(backlog)}, so that it overflows in seconds: a longer one overflows later`];
  if (overload !== own) changed.push(`${String(overload)} times as many arrive as are served, not ${String(Math.round(own * 100) / 100)} times: the queue fills in about a second`);
  return scenarioProof(scenario(1), scenario(Math.min(mostProcesses, Math.ceil(overload))), changed) ?? notShown;
}

/**
 * A queue whose last clients give up, and one with enough workers, or one that is short enough to say no at once: nobody in it
 * waits in vain.
 */
export function waitingProof(finding: Finding, place: Place): Proof {
  const built = servingGunicorn(place);
  if ("kind" in built && built.kind === "from-source") return built;
  const each = built.workerClass === "gthread" ? built.threads : 1;
  // Four rounds are in time; the queue is as long as eight.
  const clients = each * 8;
  const server: GunicornServer = { ...built, family: "unix", workers: 1, workerConnections: each, backlog: clients - 1 };
  const scenario = (servers: GunicornServer): Scenario => ({ host: { somaxconn: 4096 }, roundTrip: "zero", hops: [{ servers: [servers] }], load: { kind: "all at once", clients, patience: 4.5 * serviceTime } });
  const changed = [smaller, "a unix socket, which refuses at once when it is full"];
  const byWorkers = finding.whatIfs.length > 0;
  const after = scenario(byWorkers ? { ...server, workers: 2 } : { ...server, backlog: each * 3 - 1 });
  const proof = scenarioProof(scenario(server), after, changed);
  if (proof !== undefined) return proof;
  const refused = scenarioProof(scenario(server), after, [...changed, "who is refused at once counts as no harm here: they have not waited, and may try elsewhere"], ["timedOut"]);
  return refused ?? notShown;
}

/** Clients that give up after half the time that a queue of so many rounds takes, and clients that wait until its end. */
export function patienceProof(place: Place, rounds: number): Proof {
  const built = servingGunicorn(place);
  if ("kind" in built && built.kind === "from-source") return built;
  const each = built.workerClass === "gthread" ? built.threads : 1;
  const clients = each * rounds;
  const server: GunicornServer = { ...built, family: "unix", workerConnections: each, backlog: clients };
  const scenario = (patience: number): Scenario => ({ host: { somaxconn: 4096 }, roundTrip: "zero", hops: [{ servers: [server] }], load: { kind: "all at once", clients, patience } });
  const changed = [smaller, "clients that give up after the time stand for who waits that long"];
  return scenarioProof(scenario((rounds * serviceTime) / 2 + serviceTime / 4), scenario((rounds + 1.5) * serviceTime), changed) ?? notShown;
}

const notShown: SourceProof = { kind: "from-source", because: "what is known of the server is too little to try it out", source: "the arithmetic of the report" };

/** One worker of the deployment's class that serves; the numbers are the measurement's own. */
function servingGunicorn({ service }: Place): GunicornServer | SourceProof {
  if (service.kind !== "gunicorn") return notShown;
  const { value } = service.effectiveClass;
  const [first] = value.kind === "oneOf" ? value.options.map((option) => option.value) : [value];
  const name = first !== undefined && "value" in first ? first.value : undefined;
  if (name !== "sync" && name !== "gthread") {
    return { kind: "from-source", because: "a worker of this class is not at hand to be measured", source: name === undefined ? "the arithmetic of the report" : gunicornClasses[name].source };
  }
  return { kind: "gunicorn", family: "tcp", state: "serving", backlog: 1, workerClass: name, workers: 1, threads: name === "gthread" ? 2 : 1, workerConnections: 1, serviceTime };
}
