import { defineConfig } from "tsdown";
import { asciiOnly } from "./ascii-only.ts";
import { packagesOnDemand } from "./packages-on-demand.ts";
import { oneFile, resolve, withoutTypeNames } from "./tsdown.shared.ts";

/**
 * The program without the harness, for commit hooks and CI: committed, since they run a clone as it is. It starts at each commit,
 * so all here is about the time that it takes to start.
 */
export default defineConfig([
  {
    ...oneFile,
    entry: { "audit-backlog": "src/hook.ts" },
    outDir: "hook",
    // Node starts CommonJS a little earlier than ES modules.
    format: "cjs",
    outExtensions: () => ({ js: ".cjs" }),
    minify: true,
    plugins: [packagesOnDemand({ resolve, plugins: [withoutTypeNames] }), asciiOnly()],
  },
  // It starts the file above.
  { ...oneFile, entry: { action: "src/action.ts" }, outDir: "hook", format: "esm", outExtensions: () => ({ js: ".mjs" }) },
]);
