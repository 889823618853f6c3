import type { Deployment, Service, Sourced } from "@audit-backlog/model";
import { treeOf } from "../src/discover/virtual.ts";
import { scan, type ScanOptions } from "../src/scan.ts";

const somaxconn: Sourced<number> = { value: { kind: "assumed", value: 4096 }, origin: { kind: "default", of: "Linux", source: "listen(2)" } };

/** Scans a repository given as texts by path. */
export function scanned(files: Readonly<Record<string, string>>, options: Partial<ScanOptions> = {}): Deployment {
  return scan(treeOf(new Map(Object.entries(files))), { roots: new Map(), somaxconn, ...options });
}

export function serviceIn({ services }: Deployment, id: string): Service {
  const found = services.find((service) => service.id === id);
  if (found === undefined) throw new Error(`no ${id} among ${services.map((service) => service.id).join(", ")}`);
  return found;
}

/** A number as its places say it: "1024 docker-compose.yml:5", "~4096 Linux", "4096 in a | 128 in b". */
export function shownNumber(sourced: Sourced<number>): string {
  const { value, origin } = sourced;
  if (value.kind === "oneOf") return value.options.map((option) => `${"value" in option.value ? option.value.value : option.value.kind} ${option.when}`).join(" | ");
  const number = "value" in value ? `${value.kind === "exact" ? "" : "~"}${value.value}` : value.kind;
  return `${number} ${origin.kind === "file" ? `${origin.file}:${origin.range.start.line}` : origin.kind === "default" ? origin.of : origin.kind}`;
}

export function chainIds({ chains }: Deployment): string[] {
  return chains.filter(({ hops }) => hops.length > 1).map(({ id }) => id).sort();
}
