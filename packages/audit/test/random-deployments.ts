import type { Assumptions, Deployment, Service, Sourced } from "@audit-backlog/model";
import fc from "fast-check";
import { deploy, deployGroup, gunicorn, nginx, node, tcp, unix, type ListenerSpec } from "./build.ts";

const numbers = fc.oneof(fc.constantFrom(1, 2, 5, 10, 64, 126, 127, 128, 510, 511, 512, 1024, 2048, 4096, 65_535), fc.integer({ min: 1, max: 70_000 }));
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined, freq: 2 });

/** Drops what is undefined, so that the builders put their defaults. */
function given<T extends object>(spec: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}

const listener = fc.record({
  backlog: rarely(fc.oneof({ weight: 5, arbitrary: numbers }, { weight: 1, arbitrary: fc.constant({ kind: "dynamic" } as const) })),
});

export const back = (id: string): fc.Arbitrary<Service> =>
  fc
    .record({ spec: listener, server: fc.constantFrom("gunicorn", "node", "round-robin"), overUnix: fc.boolean(), workers: fc.integer({ min: 1, max: 200 }) })
    .map(({ spec, server, overUnix, workers }) => {
      const common: ListenerSpec = { ...given(spec), address: overUnix ? unix(`/run/${id}.sock`) : tcp(8000 + id.length) };
      if (server === "gunicorn") return gunicorn({ ...common, id, workers });
      return node({ ...common, id, mode: server === "node" ? "single" : "round-robin", instances: workers });
    });

export const front = fc
  .record({ spec: listener, processes: rarely(fc.integer({ min: 1, max: 8 })), connections: rarely(fc.integer({ min: 4, max: 20_000 })), nofile: rarely(fc.integer({ min: 16, max: 40_000 })) })
  .map(({ spec, processes, connections, nofile }) => nginx({ ...given(spec), ...given({ processes, connections, nofile }) }));

const shapes: fc.Arbitrary<Deployment> = fc.oneof(
  back("app").map((service) => deploy([service])),
  front.map((service) => deploy([service])),
  fc.tuple(front, back("app")).map(([proxy, service]) => deploy([proxy, service])),
  fc.tuple(front, back("app"), back("other")).map(([proxy, one, two]) => deploy([proxy, one], [proxy, two])),
  fc.tuple(front, back("app"), back("other")).map(([proxy, one, two]) => deployGroup(proxy, [one, two])),
);

/** Nobody stated somaxconn, or one --somaxconn holds for all listeners. */
export const deployments = fc.tuple(shapes, rarely(fc.constantFrom(0, 64, 128, 511, 1024, 4096, 65_535))).map(([deployment, somaxconn]): Deployment => {
  if (somaxconn === undefined) return deployment;
  const stated: Sourced<number> = { value: { kind: "exact", value: somaxconn }, origin: { kind: "option", flag: "--somaxconn" } };
  const services = deployment.services.map((service): Service => ({ ...service, listeners: service.listeners.map((one) => ({ ...one, somaxconn: stated })) }));
  return { ...deployment, services };
});

export const loads = fc.record({ burst: rarely(fc.integer({ min: 1, max: 5000 })), cpus: rarely(fc.integer({ min: 1, max: 64 })) }).map((load): Assumptions => given(load));
