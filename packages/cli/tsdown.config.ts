import { defineConfig } from "tsdown";

// One file without imports: it runs where nothing is installed, in a commit hook for one.
export default defineConfig({
  entry: ["src/audit-backlog.ts"],
  format: "esm",
  platform: "node",
  target: "node20.19",
  outDir: "dist",
  outExtensions: () => ({ js: ".js" }),
  clean: false,
  dts: false,
  treeshake: true,
  deps: { alwaysBundle: () => true },
  inputOptions: {
    resolve: {
      conditionNames: ["@audit-backlog/source", "node", "import", "default"],
      // Some packages' CommonJS entries load files at run time that a bundle does not have.
      mainFields: ["module", "main"],
    },
  },
  logLevel: "error",
});
