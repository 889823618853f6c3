import type { NginxService } from "@audit-backlog/model";
import type { CommandLine, CommandWord, Place } from "../facts.ts";
import { knownText, programAt } from "../readers/commands/program-at.ts";

export interface NginxUnitsInput {
  readonly services: readonly NginxService[];
  /** Where services run already, by their ids. */
  readonly placed: ReadonlyMap<string, readonly Place[]>;
  readonly places: readonly Place[];
  readonly commands: readonly CommandLine[];
  readonly placesOf: (command: CommandLine) => readonly Place[];
  /** Where absolute paths lie in the tree. */
  readonly roots: ReadonlyMap<string, string>;
  readonly environmentOf: (path: string) => string | undefined;
}

/** Where distributions' packages keep it. */
const usualFile = "/etc/nginx/nginx.conf";
const nginx = /^(?:nginx|openresty|angie|freenginx)$/;

/**
 * Adds to each main configuration that is in no container the units that start it: those whose command names it, and where
 * it is the only one, those that start the machine's nginx. A drop-in of `nginx.service` counts, for the unit itself
 * comes with nginx's package.
 */
export function withUnits(input: NginxUnitsInput): ReadonlyMap<string, readonly Place[]> {
  const mains = input.services.filter(({ id, fragment }) => !fragment && (input.placed.get(id) ?? []).length === 0);
  const commandOf = new Map<Place, CommandLine>();
  for (const command of input.commands) {
    if (command.holder.kind === "systemd" && nginx.test(programAt(command).program)) for (const place of input.placesOf(command)) commandOf.set(place, command);
  }
  const found = new Map(input.placed);
  for (const place of input.places) {
    const command = commandOf.get(place);
    if (place.surroundings.kind !== "systemd" || (command === undefined && !nginx.test(place.holder.name))) continue;
    const service = meant(command, mains, input);
    if (service === undefined || !together(place.surroundings.environment, service, input)) continue;
    found.set(service.id, [...(found.get(service.id) ?? []), place]);
  }
  return found;
}

function meant(command: CommandLine | undefined, mains: readonly NginxService[], { roots }: NginxUnitsInput): NginxService | undefined {
  const named = command === undefined ? undefined : configurationOf(command.words, programAt(command).index);
  if (named === "unknown") return undefined;
  const path = named ?? usualFile;
  const matching = mains.filter(({ origin }) => origin.kind === "file" && (`/${origin.file}`.endsWith(path) || inRoots(path, roots) === origin.file));
  if (matching.length > 0) return matching.length === 1 ? matching[0] : undefined;
  return named === undefined && mains.length === 1 ? mains[0] : undefined;
}

/** nginx: src/core/nginx.c ngx_get_options: `-c FILE` and `-cFILE`. Options of one letter may stand together. */
function configurationOf(words: readonly CommandWord[], program: number): string | undefined {
  const at = words.findIndex((word, index) => index > program && /^-[tTqv]*c/.test(knownText(word) ?? ""));
  if (at === -1) return undefined;
  const glued = (knownText(words[at]) ?? "").replace(/^-[tTqv]*c/, "");
  return glued === "" ? (knownText(words[at + 1]) ?? "unknown") : glued;
}

function inRoots(path: string, roots: ReadonlyMap<string, string>): string | undefined {
  const [best] = [...roots].filter(([root]) => path.startsWith(`${root.replace(/\/$/, "")}/`)).sort(([a], [b]) => b.length - a.length);
  return best === undefined ? undefined : `${best[1] === "" ? "" : `${best[1]}/`}${path.slice(best[0].replace(/\/$/, "").length + 1)}`;
}

function together(environment: string | undefined, { origin }: NginxService, { environmentOf }: NginxUnitsInput): boolean {
  const own = origin.kind === "file" ? environmentOf(origin.file) : undefined;
  return environment === undefined || own === undefined || environment === own;
}
