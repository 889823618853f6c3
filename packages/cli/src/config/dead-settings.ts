import type { Finding } from "@audit-backlog/audit";
import { pathMatches, type Tree } from "@audit-backlog/scanner";
import type { Config, ServiceNumbers, Stated } from "./config.ts";
import { whyNoRule } from "./rule-ids.ts";
import { unusedSetting } from "./unused.ts";

/** Findings about settings that match nothing of a tree. `unused`: what the scan had no use for. */
export function deadSettings(config: Config, tree: Tree, unused: { readonly ignore: readonly Stated<string>[]; readonly services: readonly ServiceNumbers[] }): readonly Finding[] {
  const isEmpty = ({ value }: Stated<string>): boolean => !tree.files.some((file) => pathMatches(value, file));
  return [
    ...unused.ignore.map(({ value, origin }) => unusedSetting(origin, "note", `ignore names ${value}: no file that would be read lies there.`, "no file", "mend the glob (it counts from the root; **/ is any directory) or delete it")),
    ...unused.services.map(({ match: { value, origin } }) =>
      unusedSetting(origin, "note", `No service is called ${value}, and none is declared in a file of that name: its numbers are stated in vain.`, "no service", "write a service's name as the report shows it, or a glob of its file"),
    ),
    ...[...config.environments].flatMap(([name, globs]) =>
      globs.filter(isEmpty).map(({ value, origin }) => unusedSetting(origin, "note", `The environment ${name} names ${value}: no file lies there.`, "no file", "mend the glob (it counts from the root; **/ is any directory) or delete it")),
    ),
    ...[...config.roots].flatMap(([from, to]) => (to.value !== "" && to.value !== "." && isEmpty(to) ? [unusedSetting(to.origin, "note", `roots leads ${from} to ${to.value}: no file lies there.`, "no file", "mend the path (it counts from the root) or delete it")] : [])),
  ];
}

/** Findings about severities of rules that do not exist. */
export function deadSeverities({ severity }: Config): readonly Finding[] {
  return [...severity].flatMap(([rule, { origin }]) => {
    const why = whyNoRule(rule);
    return why === undefined ? [] : [unusedSetting(origin, "warning", `A severity is set in vain: ${why}${why.endsWith("?") ? "" : "."}`, "no such rule", "write the name of a rule: audit-backlog rules lists them")];
  });
}
