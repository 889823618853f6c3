import type { Sourced } from "@audit-backlog/model";
import type { CommandLine, CommandWord } from "../facts.ts";
import { programAt } from "../readers/commands/program-at.ts";
import { pm2Command, type Pm2Start } from "../readers/pm2-command.ts";
import { dirname, inside } from "./node-modules.ts";

/** What a command line starts, as far as its words say. */
export type NodeCommand =
  /** A file run by Node. */
  | { readonly kind: "file"; readonly word: string }
  /** The main file of a directory: `nodemon` alone, `node .` */
  | { readonly kind: "script"; readonly name: string }
  | { readonly kind: "pm2"; readonly start: Pm2Start };

/** Programs that run the JavaScript or TypeScript file they are given. */
const runners: ReadonlySet<string> = new Set([
  "node", "nodejs", "nodemon", "tsx", "ts-node", "ts-node-esm", "ts-node-script", "ts-node-dev", "tsnd", "babel-node", "swc-node", "node-dev", "vite-node", "esno", "esrun", "sucrase-node", "forever", "supervisor", "micro-dev",
]);

/** Their options that take the next word, by their own help texts; an entry file never follows one. */
const valued: ReadonlySet<string> = new Set([
  "-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--env-file", "--inspect-port", "--title", "--icu-data-dir", "--diagnostic-dir",
  "-w", "--watch-path", "-e", "--ext", "-i", "--ignore", "-d", "--delay", "--config", "-P", "--project", "-O", "--compiler-options", "--signal", "--tsconfig", "--presets", "--plugins", "--extensions", "-x",
]);

/** With these, node runs no file. */
const inline: ReadonlySet<string> = new Set(["-e", "--eval", "-p", "--print", "-pe", "--test", "-v", "--version", "-h", "--help", "-c", "--check"]);

/** What a command line runs, if it is one of Node's; npm and its like lead to a package.json script. */
export function nodeCommand(command: CommandLine): NodeCommand | undefined {
  const { program, index } = programAt(command);
  const words = command.words.slice(index + 1);
  const name = program.replace(/\.(?:exe|cmd)$/, "");
  if (/^pm2(?:-runtime|-docker)?$/.test(name)) {
    const start = pm2Command(command.file, name === "pm2" ? "pm2" : "pm2-runtime", words);
    return start === undefined ? undefined : { kind: "pm2", start };
  }
  if (name === "npm" || name === "yarn" || name === "pnpm" || name === "bun") return scriptOf(name, words);
  if (name === "nest" && textOf(words[0]) === "start") return { kind: "file", word: "dist/main.js" };
  return runners.has(name) ? fileOf(name, words) : undefined;
}

function fileOf(runner: string, words: readonly CommandWord[]): NodeCommand | undefined {
  const isNode = runner === "node" || runner === "nodejs";
  for (let at = 0; at < words.length; at += 1) {
    const text = textOf(words[at]);
    if (text === undefined) return undefined;
    if (text === "--") continue;
    if (isNode && inline.has(text)) return undefined;
    if (text === "--exec" || (text === "-x" && runner === "nodemon")) {
      const inner = fileIn(textOf(words[at + 1]) ?? "");
      if (inner !== undefined) return { kind: "file", word: inner };
      at += 1;
    } else if (text.startsWith("-")) {
      if (valued.has(text) || (runner !== "node" && text === "--watch" && !isFileName(textOf(words[at + 1]) ?? ""))) at += 1;
    } else if (!(runner === "tsx" && text === "watch") && !(runner === "forever" && text === "start")) {
      return { kind: "file", word: text };
    }
  }
  return runner === "nodemon" || runner === "node-dev" ? { kind: "file", word: "." } : undefined;
}

/** The file in `nodemon --exec "ts-node src/index.ts"`. */
function fileIn(line: string): string | undefined {
  return line.split(/\s+/).find(isFileName);
}

function isFileName(word: string): boolean {
  return !word.startsWith("-") && /\.[cm]?[jt]sx?$/.test(word);
}

function scriptOf(manager: string, words: readonly CommandWord[]): NodeCommand | undefined {
  const [first, second] = words.map(textOf).filter((text) => !(text ?? "").startsWith("-"));
  if (first === undefined) return undefined;
  if (first === "run" || first === "run-script") return second === undefined ? undefined : { kind: "script", name: second };
  if (first === "start") return { kind: "script", name: "start" };
  return manager === "yarn" || manager === "pnpm" ? { kind: "script", name: first } : undefined;
}

/** A word that is known; what only a fallback says counts, for that is what runs when nobody says otherwise. */
export function textOf(word: CommandWord | undefined): string | undefined {
  return word?.value.kind === "exact" || word?.value.kind === "assumed" ? word.value.value : undefined;
}

/** Directories a command line's paths may be relative to: its own, else, inside an image, the file's and those above it. */
export function directoriesOf(command: { readonly file: string; readonly directory: string | undefined }): readonly string[] {
  if (command.directory !== undefined) return command.directory === "" ? [""] : [command.directory, ""];
  return directoriesAbove(command.file);
}

/** The directory a file lies in, and all above it. */
export function directoriesAbove(file: string): readonly string[] {
  const found: string[] = [];
  let at = dirname(file);
  while (at !== "") {
    found.push(at);
    at = dirname(at);
  }
  return [...found, ""];
}

/** The package.json scripts that `npm run name` means, started in one of these directories: the nearest that has one. */
export function scriptsNamed(commands: readonly CommandLine[], directories: readonly string[], name: string): readonly CommandLine[] {
  for (const directory of directories) {
    const manifest = inside(directory, "package.json");
    const found = commands.filter(({ file, holder }) => holder.kind === "package-script" && holder.name === name && file === manifest);
    if (found.length > 0) return found;
  }
  return [];
}

export type Environment = ReadonlyMap<string, Sourced<string>>;
