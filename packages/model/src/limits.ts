import { asgiCapacity } from "./asgi.ts";
import type { Amount, BurstRoom, Capacity } from "./capacity.ts";
import type { Chain, Deployment, Hop, Listener, Service } from "./deployment.ts";
import { bindingSettings, constant, evaluate, minimum, product, settingsOf, sum } from "./expression.ts";
import { gunicornCapacity } from "./gunicorn.ts";
import { somaxconnDefault } from "./kernel.ts";
import type { Assumptions, ChainLimits, Expression, HopLimits, Limit, Setting, Unbounded } from "./limit-types.ts";
import { nginxCapacity, roomInBurst } from "./nginx.ts";
import { nodeCapacity } from "./node.ts";
import { possibilities } from "./value.ts";
import { lastInLine, sustained } from "./waiting.ts";

/**
 * How many clients a chain holds, and which settings say so. Throws a TypeError when the chain names a service
 * or listener that the deployment does not have, or has no hop.
 */
export function chainLimits(deployment: Deployment, chain: Chain, assumptions: Assumptions): ChainLimits {
  const capacities = chain.hops.map((hop, index) => hopCapacity(deployment, hop, index, index < chain.hops.length - 1));
  const last = capacities.at(-1);
  if (last === undefined) throw new TypeError(`chain ${chain.id} has no hop`);
  const hops = capacities.map((capacity, index) => hopLimits(capacity, index, assumptions));
  const leftOut = capacities.flatMap((capacity) => capacity.leftOut);
  const fronts = capacities.slice(0, -1);
  const limit = (operands: readonly Amount[], how: { nominal: boolean; byEnvironment: boolean }): Limit | Unbounded =>
    chainLimit(operands, assumptions, { nominal: how.nominal, assumed: leftOut.length > 0 || how.byEnvironment });
  const sureAtOnce = limit(capacities.map(({ sure }) => sure), { nominal: false, byEnvironment: false });
  if ("unbounded" in sureAtOnce) throw new TypeError(`chain ${chain.id} has no accept queue`);
  const bestAtOnce = limit([...fronts.map(({ room, best }) => inFront(room, best)), last.best], last);
  const spreadOut = limit([...fronts.map(({ room, spread }) => inFront(room, spread)), last.spread], last);
  const slots = last.slots;
  const bounded = !("unbounded" in spreadOut) && slots.kind !== "unbounded" && last.accepted.kind !== "unbounded" && isFound(chain);
  const line = bounded ? lastInLine(spreadOut.expression, slots, chain, assumptions) : undefined;
  const load = bounded ? sustained(spreadOut.expression, slots, assumptions) : undefined;
  return {
    chain,
    hops,
    sureAtOnce,
    bestAtOnce,
    spreadOut,
    ...(line === undefined ? {} : { lastInLine: line }),
    ...(load === undefined ? {} : { sustained: load }),
    settings: settingsOf(sum([constant(0), ...capacities.flatMap(expressionsOf)])),
    ...(leftOut.length === 0 ? {} : { leftOut }),
  };
}

/** What a hop in front holds bounds the chain where it is a proxy that we know; nginx alone has a room. */
function inFront(room: Amount | undefined, held: Amount): Amount {
  return room === undefined ? { kind: "unbounded", because: "nothing is known of the proxy in front" } : held;
}

function isFound(chain: Chain): boolean {
  return chain.hops.at(-1)?.unknownMembers.length === 0;
}

function expressionsOf(capacity: Capacity): readonly Expression[] {
  const amounts = [capacity.sure, capacity.room, capacity.best, capacity.spread, capacity.accepted, capacity.slots];
  return amounts.filter((amount) => amount !== undefined).filter((amount) => amount.kind !== "unbounded");
}

type HopCapacity = Capacity & { readonly bursts: readonly BurstRoom[] };

function hopCapacity(deployment: Deployment, hop: Hop, index: number, proxies: boolean): HopCapacity {
  const members = hop.members.map((member) => find(deployment, member.service, member.listener));
  // Alternatives stand alone; members that share the load may be several listeners of one service, whose workers count once.
  const groups = new Map<string, { readonly service: Service; readonly listeners: Listener[] }>();
  for (const { service, listener } of members) {
    const key = index === 0 ? listener.id : service.id;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { service, listeners: [listener] });
    else group.listeners.push(listener);
  }
  const units = [...groups.values()].map(({ service, listeners }) => serviceCapacity(service, listeners, proxies));
  const unix = members.every(({ listener }) => possibilities(listener.address.value).every((value) => "value" in value && value.value.family === "unix"));
  const missing = hop.unknownMembers.length > 0 || units.length === 0;
  const join = (amounts: readonly Amount[]): Amount => (index === 0 ? alternatives(amounts) : shared(amounts, unix, missing));
  const sure = join(units.map((unit) => unit.sure));
  const rooms = units.map((unit) => unit.room).filter((room) => room !== undefined);
  return {
    sure: sure.kind === "unbounded" ? { kind: "unknown" } : sure,
    best: join(units.map((unit) => unit.best)),
    spread: join(units.map((unit) => unit.spread)),
    accepted: join(units.map((unit) => unit.accepted)),
    slots: join(units.map((unit) => unit.slots)),
    ...(rooms.length === 0 ? {} : { room: join(rooms) }),
    bursts: units.map((unit) => unit.burst).filter((burst) => burst !== undefined),
    nominal: units.some((unit) => unit.nominal),
    byEnvironment: units.some((unit) => unit.byEnvironment),
    leftOut: [
      ...units.flatMap((unit) => unit.leftOut),
      ...(missing ? [`what ${hop.unknownMembers.length} upstream servers hold that no configuration was found for`] : []),
    ],
  };
}

interface Found {
  readonly service: Service;
  readonly listener: Listener;
}

/** Each deployment's listeners by service and listener id: a look-up of each chain must not walk all of them. */
const indexes = new WeakMap<Deployment, ReadonlyMap<string, Found>>();

function indexOf(deployment: Deployment): ReadonlyMap<string, Found> {
  let index = indexes.get(deployment);
  if (index === undefined) {
    index = new Map(deployment.services.flatMap((service) => service.listeners.map((listener) => [`${service.id}\0${listener.id}`, { service, listener }] as const)));
    indexes.set(deployment, index);
  }
  return index;
}

function find(deployment: Deployment, serviceId: string, listenerId: string): Found {
  const found = indexOf(deployment).get(`${serviceId}\0${listenerId}`);
  if (found === undefined) throw new TypeError(`the deployment has no listener ${listenerId} of a service ${serviceId}`);
  return found;
}

function serviceCapacity(service: Service, listeners: readonly Listener[], inFrontOfHop: boolean): Capacity {
  switch (service.kind) {
    case "gunicorn":
      return gunicornCapacity(service, listeners);
    case "asgi":
      return asgiCapacity(service, listeners);
    case "node":
      return nodeCapacity(service, listeners);
    case "nginx": {
      const ids = new Set(listeners.map(({ id }) => id));
      const proxies = inFrontOfHop || service.passes.some((pass) => pass.listeners.some((id) => ids.has(id)));
      return nginxCapacity(service, listeners, proxies);
    }
  }
}

/** A client uses one of them, and may use the weakest. */
function alternatives(amounts: readonly Amount[]): Amount {
  const bounded = amounts.filter((amount) => amount.kind !== "unbounded");
  return bounded.length > 0 ? minimum(bounded) : (amounts[0] ?? { kind: "unknown" });
}

/**
 * Servers of one group. nginx tries the next one at once when a unix socket is full, so their capacities add up. Over TCP
 * a full server answers nothing and nobody moves on: round-robin gives each the same share, and the weakest overflows first.
 */
function shared(amounts: readonly Amount[], unix: boolean, missing: boolean): Amount {
  const bounded: Expression[] = [];
  for (const amount of amounts) {
    if (amount.kind === "unbounded") return amount;
    bounded.push(amount);
  }
  if (missing) return sum([...bounded, { kind: "unknown" }]);
  if (bounded.length === 1 || unix) return sum(bounded);
  return product([constant(bounded.length), minimum(bounded)]);
}

function hopLimits(capacity: HopCapacity, hop: number, assumptions: Assumptions): HopLimits {
  const marks = { nominal: false, assumed: capacity.leftOut.length > 0 };
  const worked = { ...marks, assumed: marks.assumed || capacity.byEnvironment };
  const held = { ...worked, nominal: capacity.nominal };
  const limit = (amount: Amount, how = marks): Limit | Unbounded => asLimit(amount, hop, assumptions, how);
  const [burst] = capacity.bursts;
  return {
    sureAtOnce: expressionLimit(capacity.sure, hop, assumptions, marks),
    bestAtOnce: limit(capacity.best, held),
    spreadOut: limit(capacity.spread, held),
    acceptCapacity: limit(capacity.accepted, worked),
    serviceSlots: limit(capacity.slots, worked),
    ...(capacity.room === undefined ? {} : { room: limit(capacity.room) }),
    ...(burst === undefined || capacity.bursts.length > 1 ? {} : { roomInBurst: roomInBurst(burst, assumptions) }),
  };
}

interface Marks {
  readonly nominal: boolean;
  readonly assumed: boolean;
}

/** The least of one amount a hop; unbounded, with the last hop's reason, when all are. */
function chainLimit(amounts: readonly Amount[], assumptions: Assumptions, marks: Marks): Limit | Unbounded {
  const bounded = amounts.flatMap((amount, hop) => (amount.kind === "unbounded" ? [] : [{ amount, hop, value: evaluate(amount, assumptions) }]));
  const [first, ...rest] = bounded;
  if (first === undefined) {
    const last = amounts.at(-1);
    return { unbounded: true, because: last?.kind === "unbounded" ? last.because : "nothing bounds it" };
  }
  const least = rest.reduce(
    (best, next) => (next.value.low < best.value.low || (next.value.low === best.value.low && next.value.high < best.value.high) ? next : best),
    first,
  );
  const nominal = marks.nominal && least.hop === amounts.length - 1;
  return expressionLimit(minimum(bounded.map(({ amount }) => amount)), least.hop, assumptions, { ...marks, nominal });
}

function asLimit(amount: Amount, hop: number, assumptions: Assumptions, marks: Marks): Limit | Unbounded {
  return amount.kind === "unbounded" ? { unbounded: true, because: amount.because } : expressionLimit(amount, hop, assumptions, marks);
}

function expressionLimit(expression: Expression, hop: number, assumptions: Assumptions, marks: Marks): Limit {
  const value = evaluate(expression, assumptions);
  const binding = bindingSettings(expression, assumptions);
  const olderKernel = new Map(settingsOf(expression).filter(isAssumedSomaxconn).map(({ id }) => [id, somaxconnDefault.before5_4]));
  const older = evaluate(expression, assumptions, olderKernel);
  const isAssumed = marks.assumed || binding.some(({ value: sourced, name }) => name !== somaxconnName && mayBeAssumed(sourced)) || older.low !== value.low;
  return { expression, value, binding, hop, assumed: isAssumed, ...(marks.nominal ? { nominal: true } : {}) };
}

const somaxconnName = "net.core.somaxconn";

function isAssumedSomaxconn(setting: Setting): boolean {
  return setting.name === somaxconnName && mayBeAssumed(setting.value);
}

function mayBeAssumed(sourced: Setting["value"]): boolean {
  return possibilities(sourced.value).some((value) => value.kind === "assumed" || (value.kind === "formula" && value.variable !== undefined));
}
