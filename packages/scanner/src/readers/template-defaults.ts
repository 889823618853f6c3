import type { Lookup } from "../facts.ts";
import { Charts } from "./kubernetes/helm.ts";
import { YamlTree, type YamlValue } from "./kubernetes/yaml-tree.ts";
import type { TemplateDefaults } from "./template-expression.ts";

/** Which files say what the variables of a template hold by default. */
export class TemplateDefaultFiles {
  readonly charts: Charts;
  readonly #lookup: Lookup;
  readonly #files: string[] = [];
  readonly #roles = new Map<string, TemplateDefaults | undefined>();

  constructor(lookup: Lookup) {
    this.charts = new Charts(lookup);
    this.#lookup = lookup;
  }

  /** Those of the chart or Ansible role whose template a file is. */
  of(path: string): TemplateDefaults | undefined {
    return this.charts.of(path)?.defaults ?? this.#role(path);
  }

  /**
   * `vars/main.yml` of a role over its `defaults/main.yml` (docs.ansible.com: Variable precedence); an inventory may
   * say otherwise. Another role's are not looked at.
   */
  #role(path: string): TemplateDefaults | undefined {
    const at = path.lastIndexOf("/templates/");
    const directory = at === -1 ? (path.startsWith("templates/") ? "" : undefined) : `${path.slice(0, at)}/`;
    if (directory === undefined) return undefined;
    if (this.#roles.has(directory)) return this.#roles.get(directory);
    const layers = ["vars/main.yml", "vars/main.yaml", "defaults/main.yml", "defaults/main.yaml"].flatMap((name) => this.#variables(`${directory}${name}`) ?? []);
    const defaults: TemplateDefaults = (variable) => {
      const keys = variable.split(".");
      if (keys.some((key) => !/^\w+$/.test(key))) return undefined;
      const value = layers.map((variables) => variables.at(...keys)).find((found) => found !== undefined);
      const text = value === undefined || value.isMap || value.isList ? undefined : value.text;
      return value === undefined || text === undefined ? undefined : { text, origin: value.origin };
    };
    const known = layers.length === 0 ? undefined : defaults;
    this.#roles.set(directory, known);
    return known;
  }

  /** Files that were read for their defaults. */
  get files(): readonly string[] {
    return [...this.#files, ...this.charts.files];
  }

  #variables(path: string): YamlValue | undefined {
    const text = this.#lookup(path);
    if (text !== undefined) this.#files.push(path);
    return text === undefined ? undefined : new YamlTree(path, text, { variable: "a variable of the role" }).roots[0];
  }
}
