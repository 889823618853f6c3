import { evaluate, intervalOf, openFiles, type Assumptions, type Limit, type NginxService, type Overrides } from "@audit-backlog/model";
import { certaintyBelow } from "../certainty.ts";
import { assumptionsFor, type Context } from "../context.ts";
import type { Finding } from "../finding.ts";
import { clients } from "../judgement/small-backlog.ts";
import { distinct } from "../merge.ts";
import { nginxRooms, shareOf, type NginxRoom } from "../nginx-room.ts";
import { proveRoom } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { burstLocation, related } from "../seat.ts";
import { startFailureDrafts } from "../start-failure.ts";
import { isStated, onlyValue, placeOf, settingKey } from "../values.ts";
import { helpsAlone, nameAndPlace, nextLimit, range, sentence, tryWhatIf } from "../what-if.ts";

/** nginx: src/event/ngx_event.c DEFAULT_CONNECTIONS, with the one worker that runs when nothing is set. */
const nginxDefault = { connections: 512, processes: 1 };

export const workerConnectionsLimit: Rule = {
  id: "worker-connections-limit",
  summary: "nginx runs out of connections before any queue is full",
  severities: ["error", "warning", "note"],
  category: "chain",
  subsumes: ["target-not-met"],
  docs: {
    why: "A proxied client takes two of a worker's connections, and listening sockets take some too. When none is left nginx accepts the next client and closes it at once: no queue helps, and the backlog never comes into play.",
    fires: { file: "nginx.conf", language: "nginx", text: "worker_processes 1;\nevents { worker_connections 128; }" },
    quiet: { file: "nginx.conf", language: "nginx", text: "worker_processes auto;\nevents { worker_connections 1024; }" },
  },
  check: (context) => [
    ...startFailureDrafts(context, {
      "not-enough-connections": { rule: "worker-connections-limit", change: "raise worker_connections above the number of listening sockets, with two for each proxied client on top" },
    }),
    ...nginxRooms(context)
      .filter(({ service }) => !service.startFailures.some(({ kind }) => kind === "not-enough-connections"))
      .flatMap((room) => judge(context, room) ?? []),
  ],
  proof: proveRoom,
};

function judge(context: Context, place: NginxRoom): Draft | undefined {
  const { service, limits, room } = place;
  const { floor } = context.options;
  const assumptions = assumptionsFor(context.options, limits.chain);
  const id = `${service.id}/worker_connections`;
  const { burst } = assumptions;
  if (burst !== undefined && limits.sureAtOnce.hop === place.index && limits.sureAtOnce.binding.some((setting) => setting.id === id)) {
    const certainty = certaintyBelow(limits.sureAtOnce, burst, assumptions);
    // Where another term is as low, more connections alone buy nothing.
    const helps = helpsAlone({ limits }, id, assumptions);
    if (certainty !== undefined && helps) return draft(context, place, certainty);
  }
  const { worker_connections: connections } = service.settings;
  // Too few descriptors are another rule's matter: what the connections give is judged as if there were enough.
  const files = [`${service.id}/${openFiles(service)?.name ?? "worker_rlimit_nofile"}`, Infinity] as const;
  const unset = new Map([[id, nginxDefault.connections], [`${service.id}/worker_processes`, nginxDefault.processes], files]);
  const bar = Math.min(evaluate(room.expression, assumptions, unset).high, floor);
  const held = evaluate(room.expression, assumptions, new Map([files]));
  if (!isStated(connections)) return undefined;
  if (held.high >= bar) {
    const enough = cpusFor(room, bar, new Map([files]), assumptions);
    return enough === undefined ? undefined : draft(context, { ...place, room: { ...room, value: held } }, { kind: "conditional", on: `fewer than ${String(enough)} CPUs` });
  }
  return draft(context, { ...place, room: { ...room, value: held } }, certaintyBelow(room, bar, assumptions) ?? { kind: "certain" });
}

/** `worker_processes auto` makes a worker of each CPU: from how many on there is room for `bar`; undefined where one has it. */
function cpusFor(room: Limit, bar: number, overrides: Overrides, assumptions: Assumptions): number | undefined {
  if (assumptions.cpus !== undefined) return undefined;
  const one = evaluate(room.expression, { ...assumptions, cpus: 1 }, overrides);
  if (one.low !== one.high || one.high >= bar || one.low <= 0) return undefined;
  const enough = Math.ceil(bar / one.low);
  return evaluate(room.expression, { ...assumptions, cpus: enough }, overrides).low >= bar ? enough : undefined;
}

function draft(context: Context, { service, limits, index, room }: NginxRoom, certainty: Finding["certainty"]): Draft {
  const { floor } = context.options;
  const assumptions = assumptionsFor(context.options, limits.chain);
  const id = `${service.id}/worker_connections`;
  const { worker_connections: connections, worker_processes: processes } = service.settings;
  const share = shareOf(room.expression, id) ?? { minus: 1, by: 1 };
  const next = nextLimit({ limits }, id, assumptions);
  const target = Math.max(floor, Math.min(assumptions.burst ?? 0, next));
  const workers = Math.max(1, intervalOf(processes, 1, assumptions).low);
  const effect = tryWhatIf({ limits }, id, Math.ceil(target / workers) * share.by + share.minus, assumptions);
  const member = limits.chain.hops[index]?.members.find(({ service: owner }) => owner === service.id);
  const proxied = share.by === 2;
  const burst = assumptions.burst === undefined || assumptions.burst <= room.value.low ? "" : `; ${String(assumptions.burst)} are stated`;
  const held = room.value.low === room.value.high ? clients(room.value.low) : `${range(room.value)} clients`;
  return {
    rule: "worker-connections-limit",
    severity: certainty.kind === "conditional" ? "note" : "warning",
    certainty,
    message: `${service.name} has connections for ${held}${proxied ? " that it proxies, two each" : ""}: the next one is accepted and closed at once${burst}.`,
    locations: distinct([
      { role: "primary", origin: isStated(connections) ? connections.origin : service.origin, label: `${held}, then nginx closes new ones` },
      ...related(processes.origin, "times this many workers"),
      ...(burst === "" ? [] : burstLocation(assumptions)),
    ]),
    why: [
      `of a worker's connections ${String(share.minus)} go to listening sockets and the channel to the master${proxied ? ", and a proxied client takes two" : ""}`,
      ...room.binding.map(nameAndPlace),
    ],
    change: effect === undefined ? [] : [sentence(effect), ...descriptors(service, effect.to)],
    leave: ["the backlog: nginx accepts first and closes afterwards, so nobody waits in its queue for a connection to become free"],
    matters: `As soon as more than ${held} are there at the same time, idle keep-alive ones included until nginx drops them.`,
    whatIfs: effect === undefined ? [] : [effect],
    setting: settingKey(connections.origin, id),
    service: service.id,
    ...(member === undefined ? {} : { listener: member.listener }),
    chain: limits.chain.id,
    term: `${service.name} has connections for ${held} (${placeOf(connections.origin)})`,
  };
}

/** Every connection is an open file: a limit on those has to follow. */
function descriptors(service: NginxService, connections: number): readonly string[] {
  const { name, limit: files } = openFiles(service) ?? {};
  const open = files === undefined ? undefined : onlyValue(files);
  if (name === undefined || files === undefined || open === undefined || open >= connections) return [];
  return [`raise ${name} ${String(open)} (${placeOf(files.origin)}) with it: every connection is an open file`];
}
