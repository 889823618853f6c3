import type { Lookup } from "../../facts.ts";
import type { TemplateDefault } from "../template-expression.ts";
import { YamlTree, type YamlTemplate, type YamlValue } from "./yaml-tree.ts";

/** What a chart's values say where nobody sets others. */
export interface Chart extends YamlTemplate {
  /** Its directory. */
  readonly directory: string;
}

const maxParents = 5;

/** The charts of a tree, found by the templates that belong to them. */
export class Charts {
  readonly #lookup: Lookup;
  readonly #charts = new Map<string, Chart | undefined>();
  readonly #values = new Map<string, YamlValue | undefined>();

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  /** Whether a file holds a chart's values: what is in it means what the chart's templates make of it. */
  isValues(path: string): boolean {
    const directory = /^(?:(.*)\/)?values[\w.-]*\.ya?ml$/.exec(path);
    return directory !== null && this.#lookup(join(directory[1] ?? "", "Chart.yaml")) !== undefined;
  }

  /** Files with values that were read. */
  get files(): readonly string[] {
    return [...this.#values].flatMap(([path, values]) => (values === undefined ? [] : [path]));
  }

  /** The chart that a template or a file beside it belongs to (helm.sh/docs/topics/charts: The Chart File Structure). */
  of(path: string): Chart | undefined {
    for (let at = path.lastIndexOf("/templates/"); at !== -1; at = path.lastIndexOf("/templates/", at - 1)) {
      const chart = this.#chart(path.slice(0, at));
      if (chart !== undefined || at === 0) return chart;
    }
    return path.startsWith("templates/") ? this.#chart("") : undefined;
  }

  #chart(directory: string): Chart | undefined {
    if (this.#charts.has(directory)) return this.#charts.get(directory);
    const about = this.#lookup(join(directory, "Chart.yaml"));
    const isChart = about !== undefined;
    const chartValues = isChart ? new YamlTree(join(directory, "Chart.yaml"), about, { variable: ".Chart" }).roots[0] : undefined;
    const layers = isChart ? this.#layers(directory) : [];
    const find = (path: string): YamlValue | undefined => {
      const field = /^\.Chart\.([A-Z]\w*)$/.exec(path)?.[1];
      if (field !== undefined) return chartValues?.at(`${field.charAt(0).toLowerCase()}${field.slice(1)}`);
      const keys = /^\.Values((?:\.[\w-]+)+)$/.exec(path)?.[1]?.slice(1).split(".");
      if (keys === undefined) return undefined;
      return layers.map((values) => values.at(...keys)).find((value) => value !== undefined);
    };
    const defaults = (variable: string): TemplateDefault | undefined => {
      const value = find(variable);
      const text = value === undefined || value.isMap || value.isList ? undefined : value.text;
      return value === undefined || text === undefined ? undefined : { text, origin: value.origin };
    };
    const chart = isChart ? { directory: directory === "" ? "." : directory, defaults, block: find } : undefined;
    this.#charts.set(directory, chart);
    return chart;
  }

  /** Values that count for a chart, the strongest first: those of the charts that it is a part of, then its own. */
  #layers(directory: string): YamlValue[] {
    const own = this.#valuesOf(directory);
    const layers = own === undefined ? [] : [own];
    const keys: string[] = [];
    let at = directory;
    for (let depth = 0; depth < maxParents; depth += 1) {
      const [, parent = "", name] = /^(?:(.*)\/)?charts\/([^/]+)$/.exec(at) ?? [];
      if (name === undefined || this.#lookup(join(parent, "Chart.yaml")) === undefined) break;
      keys.unshift(name);
      const given = this.#valuesOf(parent)?.at(...keys);
      if (given !== undefined) layers.unshift(given);
      at = parent;
    }
    return layers;
  }

  #valuesOf(directory: string): YamlValue | undefined {
    const path = join(directory, "values.yaml");
    if (this.#values.has(path)) return this.#values.get(path);
    const text = this.#lookup(path);
    const values = text === undefined ? undefined : new YamlTree(path, text, { variable: ".Values" }).roots[0];
    this.#values.set(path, values);
    return values;
  }
}

function join(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}
