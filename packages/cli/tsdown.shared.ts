import type { Rolldown, UserConfig } from "tsdown";

export const resolve: Rolldown.RolldownOptions["resolve"] = {
  conditionNames: ["@audit-backlog/source", "node", "import", "default"],
  // Some packages' CommonJS entries load files at run time that a bundle does not have.
  mainFields: ["module", "main"],
};

/** Leaves out the names of TypeScript's own types: the scanner analyses scopes without them (`lib: []`). */
export const withoutTypeNames = {
  name: "without-type-names",
  load: (id: string) => (id.endsWith("@typescript-eslint/scope-manager/dist/lib/index.js") ? "exports.lib = new Map();" : undefined),
};

/** One file without imports but Node's own: it runs where nothing is installed, in a commit hook for one. */
export const oneFile = {
  platform: "node",
  target: "node20.19",
  clean: false,
  dts: false,
  treeshake: true,
  deps: { alwaysBundle: () => true },
  // What is imported on demand lies in the same file.
  outputOptions: { codeSplitting: false },
  inputOptions: { resolve },
  logLevel: "error",
} satisfies UserConfig;
