import type { Rule } from "eslint";
import type plugin from "../src/index.ts";

type Plugin = typeof plugin;
type Properties = Record<string, { readonly type?: string; readonly enum?: readonly string[]; readonly description: string }>;

function propertiesOf({ meta }: Rule.RuleModule): Properties {
  const [schema] = meta?.schema as [{ properties: Properties }];
  return schema.properties;
}

/** The table of rules in the README. */
export function rulesTable({ rules, configs }: Plugin): string {
  const rows = Object.entries(rules).map(([id, { meta }]) => {
    const presets = Object.entries(configs).flatMap(([name, config]) => (config.rules?.[`listen-backlog/${id}`] === undefined ? [] : [`\`${name}\``]));
    return `| [${id}](../../docs/rules/${id}.md) | ${meta?.docs?.description?.replace(/^Report /, "") ?? ""} | ${presets.length === 0 ? "–" : presets.join(", ")} |`;
  });
  return ["| rule | finds | presets |", "| --- | --- | --- |", ...rows].join("\n");
}

/** The table of options in the README: of small-backlog, which has them all. */
export function optionsTable({ rules }: Plugin): string {
  const [defaults] = rules["small-backlog"].meta?.defaultOptions as [Record<string, unknown>];
  const rows = Object.entries(propertiesOf(rules["small-backlog"])).map(([name, { type, enum: values, description }]) => {
    const kind = values === undefined ? (type ?? "") : values.map((value) => `\`"${value}"\``).join(", ");
    const only = Object.values(rules).every((rule) => name in propertiesOf(rule)) ? "" : " (small-backlog)";
    const standard = JSON.stringify(defaults[name]).replaceAll('","', '", "');
    return `| \`${name}\`${only} | ${kind} | \`${standard}\` | ${description} |`;
  });
  return ["| option | values | default | meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** A README with fresh tables between its comments. */
export function withTables(readme: string, plugin: Plugin): string {
  const put = (text: string, name: string, table: string): string => text.replace(new RegExp(`<!-- ${name} -->[\\s\\S]*<!-- /${name} -->`), () => `<!-- ${name} -->\n${table}\n<!-- /${name} -->`);
  return put(put(readme, "rules", rulesTable(plugin)), "options", optionsTable(plugin));
}
