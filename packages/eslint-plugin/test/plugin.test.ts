import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { editorRules, rules as auditRules } from "@audit-backlog/audit";
import { ESLint, Linter } from "eslint";
import { describe, expect, it } from "vitest";
import * as module from "../src/index.ts";
import { listenersOf } from "../src/listeners.ts";
import { withTables } from "./tables.ts";

const plugin = module.default;
const ids = Object.keys(plugin.rules) as (keyof typeof plugin.rules)[];
const small = 'import http from "node:http";\nhttp.createServer().listen(3000, "::", 10);\n';

describe("the plugin", () => {
  it("has a rule for every file, in order of its id", () => {
    const files = readdirSync(new URL("../src/rules", import.meta.url)).map((name) => name.replace(/\.ts$/, ""));
    expect(ids).toEqual(files.sort());
  });

  it("says of each rule what the audit says of the rule of that id", () => {
    const pages = new Map([...auditRules, ...editorRules].map(({ id, summary }) => [id, summary]));
    expect(ids.map((id) => plugin.rules[id].meta?.docs?.description)).toEqual(ids.map((id) => `Report ${pages.get(id) ?? ""}`));
    expect(ids).toEqual(expect.arrayContaining(editorRules.map(({ id }) => id)));
  });

  it("gives require() itself", () => {
    expect(module["module.exports"]).toBe(plugin);
    expect(plugin.meta).toEqual({ name: "eslint-plugin-listen-backlog", version: expect.stringMatching(/^\d+\.\d+\.\d+/) as unknown, namespace: "listen-backlog" });
  });

  it("has messages that are sentences", () => {
    for (const id of ids) {
      for (const message of Object.values(plugin.rules[id].meta?.messages ?? {})) expect(message).toMatch(/^(?:[A-Z]|\{\{verdict\}\}).*(?:\.|\{\{doubt\}\})$/);
    }
  });

  it("keeps the schemas and defaults of its options", () => {
    expect(Object.fromEntries(ids.map((id) => [id, { schema: plugin.rules[id].meta?.schema, defaultOptions: plugin.rules[id].meta?.defaultOptions }]))).toMatchSnapshot();
  });

  it.each([{ minimum: 0 }, { minimum: 1.5 }, { minimum: "511" }, { report: "all" }, { tests: "**" }, { unknown: true }])("refuses the options %o", (options) => {
    const config = { plugins: { "listen-backlog": plugin }, rules: { "listen-backlog/small-backlog": ["error", options] } } as unknown as Linter.Config;
    expect(() => new Linter().verify(small, [config])).toThrow(/listen-backlog\/small-backlog/);
  });

  it("lists its rules and options in its README", () => {
    const file = new URL("../README.md", import.meta.url);
    const readme = readFileSync(file, "utf8");
    const fresh = withTables(readme, plugin);
    if (process.env["UPDATE_README"] !== undefined) writeFileSync(file, fresh);
    expect(readFileSync(file, "utf8"), "UPDATE_README=1 npx vitest run packages/eslint-plugin/test/plugin.test.ts").toBe(fresh);
  });
});

describe("the presets", () => {
  it.each(["recommended", "strict"] as const)("%s has a name, files and only rules that exist", (name) => {
    const { name: full, files, plugins, rules = {} } = plugin.configs[name];
    expect(full).toBe(`listen-backlog/${name}`);
    expect(files).toEqual(["**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx}"]);
    expect(plugins).toEqual({ "listen-backlog": plugin });
    expect(ids).toEqual(expect.arrayContaining(Object.keys(rules).map((rule) => rule.replace("listen-backlog/", ""))));
  });

  it("recommended is part of strict; default-backlog is in neither", () => {
    expect(plugin.configs.strict.rules).toEqual({ ...plugin.configs.recommended.rules, "listen-backlog/ambiguous-backlog": "error" });
    expect(Object.keys(plugin.configs.recommended.rules ?? {})).toEqual(["ignored", "invalid", "small"].map((name) => `listen-backlog/${name}-backlog`));
  });

  it("leave files of other kinds alone", async () => {
    const eslint = new ESLint({ overrideConfigFile: true, baseConfig: [plugin.configs.strict], cwd: "/" });
    const rulesOf = async (file: string): Promise<object | undefined> => ((await eslint.calculateConfigForFile(file)) as { rules?: object } | undefined)?.rules;
    expect(Object.keys((await rulesOf("/server.mts")) ?? {})).toContain("listen-backlog/small-backlog");
    expect(await rulesOf("/nginx.conf")).toBeUndefined();
  });
});

describe("a rule that is switched on for everything", () => {
  const everyRule = Object.fromEntries(ids.map((id) => [`listen-backlog/${id}`, "error" as const]));

  /** As in `{ rules: { "listen-backlog/small-backlog": "error" } }` beside a language without scopes. */
  it("leaves other languages in peace", () => {
    for (const sourceCode of [{}, { text: "listen" }, { text: "server.listen(1, 2)", ast: { type: "StyleSheet" } }, { text: "server.listen(1, 2)", ast: { type: "Program" }, scopeManager: null }]) {
      expect(listenersOf(sourceCode as never, "x.css", "all")).toEqual([]);
    }
  });

  it("analyses a file once, whichever rules ask", () => {
    let reads = 0;
    const counting: Linter.Config = {
      plugins: {
        "listen-backlog": plugin,
        test: {
          rules: {
            count: {
              create: (context) => {
                const first = listenersOf(context.sourceCode as never, "a.js", "with-backlog");
                reads += first === listenersOf(context.sourceCode as never, "a.js", "with-backlog") && first.length === 1 ? 1 : 0;
                return {};
              },
            },
          },
        },
      },
      rules: { ...everyRule, "test/count": "error" },
    };
    expect(new Linter().verify(small, [counting]).map(({ ruleId }) => ruleId)).toEqual(["listen-backlog/small-backlog"]);
    expect(reads).toBe(1);
  });

  it("looks at nothing where the word does not occur", () => {
    const text = "window.addEventListener('load', () => listener(1, 2));";
    const trap = { text, get scopeManager(): never { throw new Error("asked for scopes"); }, get ast(): never { throw new Error("asked for the tree"); } };
    expect(listenersOf(trap as never, "a.js", "all")).toEqual([]);
  });
});
