import { defineConfig } from "tsdown";
import { builtinsOnDemand } from "./builtins-on-demand.ts";
import { oneFile, withoutTypeNames } from "./tsdown.shared.ts";

/** The whole program, as the package publishes it. */
export default defineConfig({
  ...oneFile,
  entry: ["src/audit-backlog.ts"],
  format: "esm",
  outDir: "dist",
  outExtensions: () => ({ js: ".js" }),
  plugins: [
    withoutTypeNames,
    // Node's network modules take as long to load as a small audit takes; only measurements need them.
    builtinsOnDemand(["node:cluster", "node:http"], /packages\/harness\//),
  ],
});
