import { exact, type Assumptions, type Deployment, type Probe, type Service, type Sourced, type Surroundings, type Value } from "@audit-backlog/model";
import fc from "fast-check";
import { at, deploy, deployGroup, gunicorn, nginx, node, tcp, unix, written, type ListenerSpec } from "./build.ts";

const numbers = fc.oneof(fc.constantFrom(1, 2, 5, 10, 64, 126, 127, 128, 510, 511, 512, 1024, 2048, 4096, 65_535), fc.integer({ min: 1, max: 70_000 }));
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined, freq: 2 });

/** Drops what is undefined, so that the builders put their defaults. */
function given<T extends object>(spec: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}

const listener = fc.record({
  backlog: rarely(fc.oneof({ weight: 5, arbitrary: numbers }, { weight: 1, arbitrary: fc.constant({ kind: "dynamic" } as const) })),
});

/** 2 × CPUs + 1, as gunicorn's documentation has it. */
const twicePlusOne: Value<number> = { kind: "formula", formula: { op: "+", operands: [{ op: "*", operands: [{ op: "number", value: 2 }, { op: "cpus" }] }, { op: "number", value: 1 }] } };

export const back = (id: string): fc.Arbitrary<Service> =>
  fc
    .record({ spec: listener, server: fc.constantFrom("gunicorn", "gunicorn", "gthread", "node", "round-robin"), overUnix: fc.boolean(), workers: fc.integer({ min: 1, max: 200 }), counts: fc.boolean() })
    .map(({ spec, server, overUnix, workers, counts }) => {
      const common: ListenerSpec = { ...given(spec), address: overUnix ? unix(`/run/${id}.sock`) : tcp(8000 + id.length) };
      if (server === "gunicorn" || server === "gthread") return gunicorn({ ...common, id, workers: counts && workers < 50 ? twicePlusOne : workers, worker_class: server === "gthread" ? "gthread" : "sync" });
      return node({ ...common, id, mode: server === "node" ? "single" : "round-robin", instances: workers });
    });

export const front = fc
  .record({
    spec: fc.record({ backlog: listener.map(({ backlog }) => backlog), queuePerWorker: rarely(fc.constant(true)) }),
    processes: rarely(fc.integer({ min: 1, max: 8 })),
    connections: rarely(fc.integer({ min: 4, max: 20_000 })),
    nofile: rarely(fc.integer({ min: 16, max: 40_000 })),
  })
  .map(({ spec, processes, connections, nofile }) => nginx({ ...given(spec), ...given({ processes, connections, nofile }) }));

const shapes: fc.Arbitrary<Deployment> = fc.oneof(
  back("app").map((service) => deploy([service])),
  front.map((service) => deploy([service])),
  fc.tuple(front, back("app")).map(([proxy, service]) => deploy([proxy, service])),
  fc.tuple(front, back("app"), back("other")).map(([proxy, one, two]) => deploy([proxy, one], [proxy, two])),
  fc.tuple(front, back("app"), back("other")).map(([proxy, one, two]) => deployGroup(proxy, [one, two])),
);

const probes = (id: string): fc.Arbitrary<readonly Probe[]> =>
  fc.array(
    fc.record({ kind: fc.constantFrom("liveness", "readiness", "startup", "healthcheck"), by: fc.constantFrom("http", "tcp"), timeout: fc.integer({ min: 1, max: 30 }), failures: fc.integer({ min: 1, max: 5 }) }),
    { maxLength: 2 },
  ).map((all) =>
    all.map(({ kind, by, timeout, failures }, index): Probe => {
      const line = 40 + 5 * index;
      const file = `${id}.yaml`;
      return { origin: at(file, line), kind, by, port: written(8000 + id.length, file, line + 1), timeout: written(timeout, file, line + 2), period: written(10, file, line + 3), failures: written(failures, file, line + 4) };
    }),
  );

const place = (id: string): fc.Arbitrary<Surroundings> =>
  fc.record({ kind: fc.constantFrom("compose", "kubernetes"), network: fc.constantFrom("own", "own", "host"), cpus: rarely(fc.constantFrom(0.5, 1, 2, 4)), probes: probes(id), mesh: rarely(fc.constant("istio")) }).map(
    ({ kind, network, cpus, probes: all, mesh }): Surroundings => ({
      id: `${id}.yaml#${id}`,
      kind,
      name: id,
      origin: at(`${id}.yaml`, 2),
      network: { value: exact(network), origin: at(`${id}.yaml`, 3) },
      sysctls: [],
      probes: all,
      ...(cpus === undefined ? {} : { cpus: written(cpus, `${id}.yaml`, 5) }),
      ...(mesh === undefined || kind === "compose" ? {} : { mesh: { name: "istio", origin: at(`${id}.yaml`, 6) } }),
    }),
  );

/** Some services in containers of their own, on hosts that set sysctls. */
const surrounded = shapes.chain((deployment) =>
  fc.record({ places: fc.tuple(...deployment.services.map(({ id }) => rarely(place(id)))), somaxconn: rarely(numbers), abort: rarely(fc.constantFrom(0, 1)) }).map(({ places, somaxconn, abort }): Deployment => {
    const services = deployment.services.map((service, index): Service => {
      const found = places[index];
      return found === undefined ? service : { ...service, runsIn: [found] };
    });
    const hostSysctls = [
      ...(somaxconn === undefined ? [] : [{ name: "net.core.somaxconn", value: written(somaxconn, "etc/sysctl.conf", 1) }]),
      ...(abort === undefined ? [] : [{ name: "net.ipv4.tcp_abort_on_overflow", value: written(abort, "etc/sysctl.conf", 2) }]),
    ];
    return { ...deployment, services, surroundings: places.filter((one) => one !== undefined), hostSysctls };
  }),
);

/** Nobody stated somaxconn, or one --somaxconn holds for all listeners. */
export const deployments = fc.tuple(surrounded, rarely(fc.constantFrom(0, 64, 128, 511, 1024, 4096, 65_535))).map(([deployment, somaxconn]): Deployment => {
  if (somaxconn === undefined) return deployment;
  const stated: Sourced<number> = { value: { kind: "exact", value: somaxconn }, origin: { kind: "option", flag: "--somaxconn" } };
  const services = deployment.services.map((service): Service => ({ ...service, listeners: service.listeners.map((one) => ({ ...one, somaxconn: stated })) }));
  return { ...deployment, services };
});

export const loads = fc
  .record({
    burst: rarely(fc.integer({ min: 1, max: 5000 })),
    cpus: rarely(fc.integer({ min: 1, max: 64 })),
    arrivalRate: rarely(fc.integer({ min: 1, max: 2000 })),
    serviceTime: rarely(fc.constantFrom(0.005, 0.05, 0.3, 2)),
    clientTimeout: rarely(fc.constantFrom(1, 10, 60)),
  })
  .map((load): Assumptions => given(load));
