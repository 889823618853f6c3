import { fileURLToPath } from "node:url";
import type { Environment } from "@audit-backlog/model";
import { askChild } from "../child.ts";
import { probe, type Namespace } from "../namespaces.ts";
import type { LawTrial } from "./catalogue.ts";
import type { Laws } from "./laws.ts";

export interface LawOrder {
  readonly law: keyof Laws;
  readonly order: unknown;
  readonly namespace: Namespace;
}

export interface Observation<Counts> {
  readonly counts: Counts;
  readonly environment: Environment;
}

type Counts<Law extends keyof Laws> = Awaited<ReturnType<Laws[Law]>>;

/** Seconds; longer than the patience inside, so that a trial mostly says itself what it waited for. */
const deadline = 50;

/** Tries a law on real servers, in a child process with namespaces of its own where the machine allows that. */
export function observe<Law extends keyof Laws>(law: Law, order: Parameters<Laws[Law]>[0], namespace = probe().namespace): Promise<Observation<Counts<Law>>> {
  const lawOrder: LawOrder = { law, order, namespace };
  return askChild("law", lawOrder, { entry: builtEntry(), namespace, seconds: deadline });
}

/** What one trial of the catalogue came to. */
export type LawObservation = Observation<Counts<keyof Laws>>;

/** Tries a law as the catalogue orders it. */
export function observeTrial({ law, order }: LawTrial): Promise<LawObservation> {
  // Each trial pairs its law with an order of that law's.
  return observe(law, order as never);
}

/** From TypeScript sources, the built program next to them: Node can't run the sources themselves. */
function builtEntry(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "../../dist/laws/entry.js" : "./entry.js", import.meta.url));
}
