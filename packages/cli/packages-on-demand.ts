/// <reference types="node" />
import { createRequire, isBuiltin } from "node:module";
import { Rolldown } from "tsdown";

interface Resolver {
  resolve(source: string, importer: string, options: { readonly skipSelf: boolean }): Promise<{ readonly id: string } | null>;
}

/**
 * A build plugin: what is not ours lies in the bundle as text, a package each, and becomes code when something of it is first
 * used. V8 looks through every function of a file before it runs the first one; half of the bundle is parsers, and most audits
 * need one or two. `options` are those that the packages are built with.
 */
export function packagesOnDemand(options: Pick<Rolldown.RolldownOptions, "resolve" | "plugins">) {
  const prefix = "\0package-on-demand:";
  const exportsOf = new Map<string, readonly string[]>();
  return {
    name: "packages-on-demand",
    async resolveId(this: Resolver, source: string, importer: string | undefined) {
      if (importer === undefined || importer.includes("/node_modules/") || !isPackage(source)) return undefined;
      const real = await this.resolve(source, importer, { skipSelf: true });
      if (real === null) return undefined;
      const loaded = createRequire(importer)(source) as Readonly<Record<string, unknown>>;
      // A number or a string can't be put off.
      exportsOf.set(real.id, Object.keys(loaded).filter((key) => key !== "default" && ["function", "object"].includes(typeof loaded[key])));
      return prefix + real.id;
    },
    async load(id: string) {
      if (!id.startsWith(prefix)) return undefined;
      const real = id.slice(prefix.length);
      const text = await packageText(real, options);
      const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(real)?.[1] ?? "";
      return `import { Script } from "node:vm";
let loaded;
function load() {
  if (loaded === undefined) {
    const exports = {};
    new Script(${JSON.stringify(`(function (exports, require) {${text}\n})`)}, { filename: ${JSON.stringify(`audit-backlog/${name}`)} })
      .runInThisContext()(exports, (name) => process.getBuiltinModule(name));
    loaded = exports.it;
  }
  return loaded;
}
const onDemand = (get) => new Proxy(function () {}, {
  apply: (_, self, args) => Reflect.apply(get(), self, args),
  construct: (_, args) => Reflect.construct(get(), args),
  get: (_, key) => {
    const value = get()[key];
    return typeof value === "function" ? value.bind(get()) : value;
  },
});
export default /* @__PURE__ */ onDemand(() => load().default);
${(exportsOf.get(real) ?? []).map((key) => `export const ${key} = /* @__PURE__ */ onDemand(() => load().${key});`).join("\n")}
`;
    },
  };
}

function isPackage(source: string): boolean {
  return /^[@\w]/.test(source) && !source.startsWith("@audit-backlog/") && !isBuiltin(source);
}

/** One package with all that it needs, as a CommonJS text that sets `exports.it`. */
async function packageText(file: string, options: Pick<Rolldown.RolldownOptions, "resolve" | "plugins">): Promise<string> {
  const entry = "\0entry";
  const bundle = await Rolldown.rolldown({
    ...options,
    input: entry,
    platform: "node",
    plugins: [
      options.plugins,
      {
        name: "entry",
        resolveId: (source) => (source === entry ? entry : undefined),
        load: (id) => (id === entry ? `import * as it from ${JSON.stringify(file)}; export { it };` : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "cjs", minify: true, codeSplitting: false });
  await bundle.close();
  return output[0].code;
}
