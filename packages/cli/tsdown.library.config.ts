import { defineConfig } from "tsdown";

// `import { audit } from "audit-backlog"`: one file beside its types. Nothing of the command line is in it.
export default defineConfig({
  entry: { index: "src/library/index.ts" },
  tsconfig: "src/tsconfig.json",
  format: "esm",
  platform: "node",
  target: "node20.19",
  outDir: "dist",
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
  clean: false,
  dts: { sourcemap: false },
  sourcemap: false,
  treeshake: true,
  deps: { alwaysBundle: () => true },
  outputOptions: { codeSplitting: false },
  inputOptions: {
    resolve: {
      conditionNames: ["@audit-backlog/source", "node", "import", "default"],
      mainFields: ["module", "main"],
    },
  },
  logLevel: "warn",
});
