import { intervalOf, type Probe, type Surroundings } from "@audit-backlog/model";
import { assumptionsFor, type Context, type Seat, type Step } from "../context.ts";
import { distinct } from "../merge.ts";
import { proveProbe } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { listenLocation, related } from "../seat.ts";
import { seconds } from "../seconds.ts";
import { onlyValue, placeOf, possibleAddresses, settingKey } from "../values.ts";
import { nameAndPlace, range } from "../what-if.ts";

export const probeBehindQueue: Rule = {
  id: "probe-behind-queue",
  summary: "a health probe that stands in the same queue as everybody else",
  severities: ["warning", "note"],
  category: "chain",
  subsumes: [],
  docs: {
    why: "A probe is a client like any other: it waits behind all who came before. When the queue is long enough the probe's timeout ends first, and when as many probes in a row fail as the liveness probe allows, the kubelet kills a server that is healthy and busy, with everybody who waits in it. The load moves to the others, and they are next.",
    fires: { file: "deployment.yaml", language: "yaml", text: 'containers:\n  - name: web\n    command: ["gunicorn", "--workers", "2", "shop.wsgi"]\n    livenessProbe:\n      httpGet: { path: /health, port: 8000 }\n      timeoutSeconds: 1' },
    quiet: { file: "deployment.yaml", language: "yaml", text: 'containers:\n  - name: web\n    command: ["gunicorn", "--workers", "2", "shop.wsgi"]\n    livenessProbe:\n      tcpSocket: { port: 8000 }' },
  },
  check: (context) => context.seats.flatMap((seat) => (seat.service.runsIn ?? []).flatMap((place) => place.probes.flatMap((probe) => judge(context, seat, place, probe) ?? []))),
  proof: proveProbe,
};

function judge(context: Context, seat: Seat, place: Surroundings, probe: Probe): Draft | undefined {
  // What is answered by the kernel, or asked of no server, waits behind nobody.
  if (probe.by !== "http" && probe.by !== "grpc") return undefined;
  const port = probe.port === undefined ? undefined : onlyValue(probe.port);
  const ports = possibleAddresses(seat.listener.address).flatMap((address) => (address.family === "tcp" ? [address.port] : []));
  const timeout = onlyValue(probe.timeout);
  const step = seat.steps.find(({ index, limits }) => index === limits.chain.hops.length - 1);
  const line = step?.limits.lastInLine;
  if (port === undefined || timeout === undefined || !ports.includes(port) || step === undefined || line === undefined || !Number.isFinite(line.serviceTimes.high)) return undefined;
  const { serviceTime } = assumptionsFor(context.options, step.limits.chain);
  const kills = probe.kind === "liveness";
  // Before it has started nobody is sent to a server; and a busy one is what the others are for, unless somebody said how busy.
  if (probe.kind === "startup" || (serviceTime === undefined && !kills) || (serviceTime !== undefined && line.serviceTimes.low * serviceTime <= timeout)) return undefined;
  const [failures, period] = [intervalOf(probe.failures, 1, {}).high, intervalOf(probe.period, 0, {}).high];
  return draft({ seat, place, probe, step, timeout, rounds: line.serviceTimes, serviceTime, failures, period });
}

interface Slow {
  readonly seat: Seat;
  readonly place: Surroundings;
  readonly probe: Probe;
  readonly step: Step;
  /** Seconds. */
  readonly timeout: number;
  /** Service times until the last in line is answered. */
  readonly rounds: { readonly low: number; readonly high: number };
  readonly serviceTime: number | undefined;
  /** So many in a row count; Infinity where that is not known, as in the next. */
  readonly failures: number;
  /** Seconds from one probe to the next. */
  readonly period: number;
}

function draft({ seat, place, probe, step, timeout, rounds, serviceTime, failures, period }: Slow): Draft {
  const { service, listener } = seat;
  const breakEven = seconds(timeout / rounds.high);
  const slots = step.hopLimits.serviceSlots;
  const kills = probe.kind === "liveness";
  const wait = serviceTime === undefined ? "" : ` of ${seconds(serviceTime)}, ${seconds(rounds.low * serviceTime)}`;
  const message = `The ${probe.kind} probe of ${place.name} waits behind the queue: when it is full, ${rounds.high === 1 ? "1 service time" : `${range(rounds)} service times`}${wait}; the probe gives up after ${seconds(timeout)}`;
  const needed = serviceTime === undefined || !kills || !Number.isFinite(rounds.high) ? [] : [`a timeout of ${String(Math.ceil(rounds.high * serviceTime))} s, where a busy server may be left alone that long`];
  // One full queue outlasts them all; the first probe comes up to a period after it has filled.
  const outlasts = timeout + failures * period;
  const alone = serviceTime !== undefined && rounds.low * serviceTime > outlasts;
  return {
    rule: "probe-behind-queue",
    severity: alone && kills ? "warning" : "note",
    certainty: serviceTime === undefined ? { kind: "conditional", on: `requests taking longer than ${breakEven}` } : { kind: "certain" },
    message: `${message}.`,
    locations: distinct([
      { role: "primary", origin: probe.timeout.origin.kind === "default" ? probe.origin : probe.timeout.origin, label: `above ${breakEven} a request, a full queue fails it` },
      ...related(probe.origin, kills ? "kills the container when it fails" : "acts when it fails"),
      ...related(listener.backlog.requested.origin, "how long the queue can get"),
      ...listenLocation(seat),
    ]),
    why: [
      `timeout ${seconds(timeout)} (${placeOf(probe.timeout.origin)})${Number.isFinite(outlasts) ? `; ${inARow(failures)} count, ${seconds(period)} from one to the next` : ""}`,
      ...("unbounded" in slots ? [] : [`what serves: ${slots.binding.map(nameAndPlace).join(", ")}`]),
      `break-even: ${breakEven} a request for one probe${Number.isFinite(outlasts) && failures > 1 ? `, ${seconds(outlasts / rounds.high)} for ${String(failures)} in a row behind one full queue` : ""}`,
    ],
    change: [
      remedies[probe.kind],
      ...needed,
    ],
    leave: ["a shorter queue only to please the probe: it turns clients away instead"],
    matters: `${alone || failures === 1 ? "Once the queue fills" : "Once the queue stays full"}${kills ? ": the kubelet then kills a server that is healthy, with everybody who waits in it" : ""}.`,
    whatIfs: [],
    setting: settingKey(probe.timeout.origin, `${place.id}/${probe.kind}`),
    service: service.id,
    listener: listener.id,
    chain: step.limits.chain.id,
    term: message,
  };
}

/** What follows when it fails. Source: kubernetes.io "Liveness, Readiness, and Startup Probes"; docs.docker.com, HEALTHCHECK. */
const remedies: Readonly<Record<Probe["kind"], string>> = {
  liveness: "a liveness probe that waits behind nobody: tcpSocket, or a port or thread of its own; busy is what readiness is for",
  readiness: "nothing, where a busy server is to get no more clients for a while: that is what this probe is for. When every replica is busy at the same moment, there is none left",
  healthcheck: "nothing, where nobody acts on it: Docker alone only says that the container is unhealthy. Swarm replaces it: there, a check that waits behind nobody",
  startup: "a longer timeout",
};

function inARow(failures: number): string {
  return failures === 1 ? "1 failure" : `${String(failures)} failures in a row`;
}
