import type { Linter, Rule } from "eslint";
import manifest from "../package.json" with { type: "json" };
import { ambiguousBacklog } from "./rules/ambiguous-backlog.ts";
import { defaultBacklog } from "./rules/default-backlog.ts";
import { ignoredBacklog } from "./rules/ignored-backlog.ts";
import { invalidBacklog } from "./rules/invalid-backlog.ts";
import { smallBacklog } from "./rules/small-backlog.ts";

/** The plugin as `eslint.config.js` takes it. */
export interface ListenBacklogPlugin {
  meta: { name: string; version: string; namespace: string };
  rules: Record<"ambiguous-backlog" | "default-backlog" | "ignored-backlog" | "invalid-backlog" | "small-backlog", Rule.RuleModule>;
  configs: Record<"recommended" | "strict", Linter.Config>;
}

const namespace = "listen-backlog";

const plugin: ListenBacklogPlugin = {
  meta: { name: manifest.name, version: manifest.version, namespace },
  rules: {
    "ambiguous-backlog": ambiguousBacklog,
    "default-backlog": defaultBacklog,
    "ignored-backlog": ignoredBacklog,
    "invalid-backlog": invalidBacklog,
    "small-backlog": smallBacklog,
  },
  configs: {
    get recommended() {
      return recommended;
    },
    get strict() {
      return strict;
    },
  },
};

function config(name: string, rules: Linter.RulesRecord): Linter.Config {
  return { name: `${namespace}/${name}`, files: ["**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx}"], plugins: { [namespace]: plugin }, rules };
}

const recommended = config("recommended", {
  "listen-backlog/ignored-backlog": "error",
  "listen-backlog/invalid-backlog": "error",
  "listen-backlog/small-backlog": "error",
});
const strict = config("strict", { ...recommended.rules, "listen-backlog/ambiguous-backlog": "error" });

export default plugin;
// What require() gives.
export { plugin as "module.exports" };
