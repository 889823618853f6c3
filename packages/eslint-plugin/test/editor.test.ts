import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundle, packageFolder, temporaryFolder } from "./build.ts";
import { LanguageServer } from "./language-server.ts";

const code = `import { createServer, type Server } from "node:http";

const server: Server = createServer();
server.listen(3000, "0.0.0.0", 10);
`;
const fixed = code.replace(/\n/, "\nconst LISTEN_BACKLOG = 511;\n").replace("10)", "LISTEN_BACKLOG)");
const dropped = code.replace(", 10)", ")");

const place = temporaryFolder();
const file = join(place.folder, "server.ts");
const uri = pathToFileURL(file).href;
const edits: Edit[] = [];
let server: LanguageServer | undefined;

/** What VS Code answers when nothing is set; `useFlatConfig` is left out, so that ESLint's version decides. */
const settings = {
  validate: "on",
  packageManager: "npm",
  codeAction: { disableRuleComment: { enable: true, location: "separateLine" }, showDocumentation: { enable: true } },
  codeActionOnSave: { enable: false, mode: "all" },
  format: false,
  quiet: false,
  onIgnoredFiles: "off",
  options: {},
  rulesCustomizations: [],
  run: "onType",
  problems: { shortenToSingleLine: false },
  nodePath: null,
  experimental: {},
  workspaceFolder: { uri: pathToFileURL(place.folder).href, name: "project" },
  workingDirectory: { directory: place.folder },
};

beforeAll(async () => {
  const installed = join(place.folder, "node_modules/eslint-plugin-listen-backlog");
  mkdirSync(join(place.folder, "node_modules/@typescript-eslint"), { recursive: true });
  mkdirSync(installed);
  bundle(join(installed, "dist"));
  symlinkSync(join(packageFolder, "package.json"), join(installed, "package.json"));
  for (const name of ["eslint", "@typescript-eslint/parser"]) symlinkSync(join(packageFolder, "node_modules", name), join(place.folder, "node_modules", name));
  writeFileSync(join(place.folder, "package.json"), '{ "type": "module", "private": true }');
  writeFileSync(file, code);
  writeFileSync(
    join(place.folder, "eslint.config.js"),
    `import parser from "@typescript-eslint/parser";
import listenBacklog from "eslint-plugin-listen-backlog";
export default [{ files: ["**/*.ts"], languageOptions: { parser } }, listenBacklog.configs.recommended];
`,
  );
  const program = join(dirname(createRequire(import.meta.url).resolve("vscode-langservers-extracted/package.json")), "bin/vscode-eslint-language-server");
  server = new LanguageServer(program, place.folder, (method, params) => {
    if (method === "workspace/configuration") return [settings];
    if (method !== "workspace/applyEdit") return null;
    const { edit } = params as unknown as { edit: { changes?: Record<string, Edit[]>; documentChanges?: { edits: Edit[] }[] } };
    edits.push(...(edit.documentChanges ?? []).flatMap((change) => change.edits), ...Object.values(edit.changes ?? {}).flat());
    return { applied: true };
  });
  await server.request("initialize", {
    processId: process.pid,
    rootUri: settings.workspaceFolder.uri,
    workspaceFolders: [settings.workspaceFolder],
    capabilities: {
      workspace: { configuration: true, workspaceFolders: true, diagnostics: { refreshSupport: true } },
      textDocument: { diagnostic: { dynamicRegistration: true }, codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ["", "quickfix"] } } } },
    },
  });
  server.notify("initialized", {});
  server.notify("textDocument/didOpen", { textDocument: { uri, languageId: "typescript", version: 1, text: code } });
});

afterAll(async () => {
  await server?.stop();
  place.remove();
});

interface Diagnostic {
  readonly code: string;
  readonly source: string;
  readonly message: string;
  readonly range: { readonly start: Position; readonly end: Position };
}
interface Position {
  readonly line: number;
  readonly character: number;
}
interface Action {
  readonly title: string;
  readonly command?: object;
}
interface Edit {
  readonly range: { readonly start: Position; readonly end: Position };
  readonly newText: string;
}

it("shows a small backlog under its number in VS Code's ESLint server, and suggests what to do", async () => {
  const report = (await server?.request("textDocument/diagnostic", { textDocument: { uri } })) as unknown as { items: Diagnostic[] };
  expect(report.items, server?.log).toHaveLength(1);
  const [diagnostic] = report.items;
  expect(diagnostic).toMatchObject({ source: "eslint", code: "listen-backlog/small-backlog", range: { start: { line: 3, character: 31 }, end: { line: 3, character: 33 } } });
  expect(diagnostic?.message).toMatch(/^Backlog 10 holds 11 clients before accept\(\) runs; .*\.$/);

  const params = { textDocument: { uri }, range: diagnostic?.range, context: { diagnostics: [diagnostic] } };
  const actions = (await server?.request("textDocument/codeAction", params as never)) as unknown as Action[];
  const suggested = actions.filter(({ title }) => title.includes("backlog") && !/^(?:Disable|Show)/.test(title));
  expect(suggested.map(({ title }) => title)).toEqual([
    "Set the backlog to 511, as the constant LISTEN_BACKLOG. (listen-backlog/small-backlog)",
    "Drop the backlog: Node then asks for 511. (listen-backlog/small-backlog)",
  ]);

  const results: string[] = [];
  for (const { command } of suggested) {
    edits.length = 0;
    await server?.request("workspace/executeCommand", command as never);
    results.push(apply(code, edits));
  }
  expect(results).toEqual([fixed, dropped]);
});

/** A text after edits that do not overlap. */
function apply(text: string, all: readonly Edit[]): string {
  const lines = text.split("\n");
  const offset = ({ line, character }: Position): number => lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, character);
  return [...all].sort((a, b) => offset(b.range.start) - offset(a.range.start)).reduce((result, { range, newText }) => result.slice(0, offset(range.start)) + newText + result.slice(offset(range.end)), text);
}
