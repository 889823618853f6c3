import { defineConfig } from "tsdown";

// One file beside its types; ours and picomatch are in it.
export default defineConfig({
  entry: ["src/index.ts"],
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
  copy: [{ from: ["../../docs/rules/{small,invalid,ignored,ambiguous,default}-backlog.md"], to: "dist/rules" }],
  inputOptions: { resolve: { conditionNames: ["@audit-backlog/source", "node", "import", "default"] } },
  logLevel: "warn",
});
