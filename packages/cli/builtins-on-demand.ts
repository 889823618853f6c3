/** Imports of these modules, by files whose path matches, are loaded when the importing file runs and not when the bundle starts. */
export function builtinsOnDemand(names: readonly string[], importers: RegExp) {
  const prefix = "\0on-demand:";
  return {
    name: "builtins-on-demand",
    resolveId(source: string, importer: string | undefined) {
      return names.includes(source) && importer !== undefined && importers.test(importer) ? prefix + source : undefined;
    },
    async load(id: string) {
      if (!id.startsWith(prefix)) return undefined;
      const name = id.slice(prefix.length);
      const known = Object.keys((await import(name)) as object).filter((key) => key !== "default");
      return `const loaded = process.getBuiltinModule(${JSON.stringify(name)});
export default loaded;
export const { ${known.join(", ")} } = loaded;
`;
    },
  };
}
