import { defineConfig } from "tsdown";
import { builtinsOnDemand } from "./builtins-on-demand.ts";

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
  // The harness is loaded on demand, out of the same file.
  outputOptions: { codeSplitting: false },
  // Node's network modules take as long to load as a small audit takes; only measurements need them.
  plugins: [builtinsOnDemand(["node:cluster", "node:http"], /packages\/harness\//)],
  inputOptions: {
    resolve: {
      conditionNames: ["@audit-backlog/source", "node", "import", "default"],
      // Some packages' CommonJS entries load files at run time that a bundle does not have.
      mainFields: ["module", "main"],
    },
  },
  logLevel: "error",
});
