import type { TSESTree } from "@typescript-eslint/types";
import { CONSTRUCTOR_LISTENERS, MAKERS, NOT_SERVERS, PASS_THROUGH, TYPES } from "./receiver-frameworks.ts";
import { thing, through, unknown, type Context, type Thing } from "./thing.ts";
import type { Node } from "./tree.ts";
import type { Imported } from "./types.ts";

/** Node's own modules that matter here; with and without `node:` they are the same. */
const NODE_MODULES: ReadonlySet<string> = new Set(["net", "http", "https", "http2", "tls", "events", "process", "os", "module"]);

/** A module's name in the tables. */
export function canonicalModule(module: string): string {
  return NODE_MODULES.has(module) ? `node:${module}` : module;
}

/** The export that an import leads to, as in the tables: "createServer", "WebSocket.Server", "" for the module or its default export. */
export function exportPath(imported: Imported): string {
  const { name, path } = imported;
  const all = name === "default" || name === "*" ? path : [name, ...path];
  // CommonJS and ES modules see each other through `default`.
  const from = all[0] === "default" ? 1 : 0;
  return all.slice(from).join(".");
}

function find<T extends { readonly module: string; readonly names: readonly string[] }>(table: readonly T[], imported: Imported): T | undefined {
  const module = canonicalModule(imported.module);
  const path = exportPath(imported);
  return table.find((entry) => entry.module === module && entry.names.includes(path));
}

/** The framework that a call of `imported`, or `new imported()`, makes a server of. */
export function madeBy(imported: Imported): string | undefined {
  return imported.called === true ? undefined : find(MAKERS, imported)?.framework;
}

/** The framework that a value of this imported type is a server of. */
export function typedBy(imported: Imported): string | undefined {
  return find(TYPES, imported)?.framework;
}

export function passesThrough(imported: Imported): boolean {
  if (imported.called === true) return false;
  const path = exportPath(imported);
  return PASS_THROUGH.some(({ module, name }) => module === imported.module && name === path);
}

const LIBRARIES: ReadonlySet<string> = new Set([...MAKERS, ...CONSTRUCTOR_LISTENERS].map(({ module }) => module).filter((module) => !module.startsWith("node:")));

/** Whether a module name is that of a package whose servers are known here; Node's own are none. */
export function isLibrary(module: string): boolean {
  return LIBRARIES.has(module);
}

export function isNotServer(imported: Imported): boolean {
  return imported.then === undefined && NOT_SERVERS.has(canonicalModule(imported.module));
}

/** What `module` is as a whole: a builtin, or an import that the tables or the caller know. */
export function moduleAsWhole(context: Context, module: string, node: Node): Thing {
  return fromModule({ kind: "imported", module: moduleName(context, module), name: "*", path: [] }, node);
}

function moduleName(context: Context, module: string): string {
  return (module.startsWith(".") ? context.packageOf?.(module) : undefined) ?? module;
}

export function fromModule(imported: Imported, node: Node): Thing {
  const module = canonicalModule(imported.module);
  if (module === "node:process") {
    const path = exportPath(imported);
    return thing({ kind: "builtin", path: path === "" ? "process" : `process.${path}` }, node);
  }
  return thing({ kind: "import", imported }, node);
}

/** What an import statement binds to a name. */
export function importOf(context: Context, specifier: Node, node: Node): Thing {
  if (specifier.type === "TSImportEqualsDeclaration") return importEquals(context, specifier, node);
  const declaration = context.index.parentOf(specifier);
  if (declaration?.type !== "ImportDeclaration") return unknown(node);
  const name = importedName(specifier);
  if (name === undefined) return unknown(node);
  return through(specifier, fromModule({ kind: "imported", module: moduleName(context, declaration.source.value), name, path: [] }, specifier));
}

function importedName(specifier: Node): string | undefined {
  switch (specifier.type) {
    case "ImportDefaultSpecifier":
      return "default";
    case "ImportNamespaceSpecifier":
      return "*";
    case "ImportSpecifier":
      return specifier.imported.type === "Identifier" ? specifier.imported.name : specifier.imported.value;
    default:
      return undefined;
  }
}

/** `import x = require("module")`, `import x = a.b` */
function importEquals(context: Context, node: TSESTree.TSImportEqualsDeclaration, at: Node): Thing {
  const reference = node.moduleReference;
  if (reference.type !== "TSExternalModuleReference") return unknown(at);
  const module = context.see(reference.expression);
  const name = module.kind === "value" && module.value.kind === "exact" ? module.value.value : undefined;
  return typeof name === "string" ? through(node, moduleAsWhole(context, name, node)) : unknown(at);
}
