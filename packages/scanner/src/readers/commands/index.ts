import { posix } from "node:path";
import type { CommandFacts } from "../../facts.ts";
import { readCompose } from "./compose.ts";
import type { TemplateDefaults } from "../template-expression.ts";
import { readDockerfile } from "./dockerfile.ts";
import { readPackageScripts } from "./package-json.ts";
import { readProcfile } from "./procfile.ts";
import { readShell } from "./shell.ts";
import { readSupervisord } from "./supervisord.ts";
import { readSystemdUnit } from "./systemd.ts";

export { programAt } from "./program-at.ts";

type Reader = (path: string, text: string, defaults?: TemplateDefaults) => CommandFacts;

/**
 * The commands that a file starts; undefined where it is no kind of file that starts any. `defaults`: what the variables
 * of a template hold by default. Never throws.
 */
export function readCommands(path: string, text: string, defaults?: TemplateDefaults): CommandFacts | undefined {
  return readerOf(path, text)?.(path, text, defaults);
}

/** Cheap: whether `readCommands` has a reader for a file. `head` is its beginning, or all of it. */
export function mightHoldCommands(path: string, head: string): boolean {
  return readerOf(path, head) !== undefined;
}

/** What templates and samples of a file append to its name. */
const templateSuffix = /\.(?:j2|jinja2?|erb|tpl|tmpl|template|in|example|sample|dist|default)$/;

function readerOf(path: string, head: string): Reader | undefined {
  const name = posix.basename(path).replace(templateSuffix, "");
  if (name === "package.json") return readPackageScripts;
  if (isDockerfile(path)) return (file, text) => readDockerfile(file, text);
  if (name.endsWith(".dockerignore")) return undefined;
  if (/\.ya?ml$/.test(name)) return isCompose(name, head) ? readCompose : undefined;
  if (name.endsWith(".service") || /\.service\.d\/[^/]+\.conf$/.test(path)) return readSystemdUnit;
  if (/\.(?:conf|ini)$/.test(name)) return /^[ \t]*\[(?:program|fcgi-program):/m.test(head) ? readSupervisord : undefined;
  if (/\.(?:sh|bash)$/.test(name)) return readShell;
  if (/^Procfile(?:\.[\w-]+)?$/.test(name)) return readProcfile;
  if (!name.includes(".") && isShellScript(head)) return readShell;
  return undefined;
}

export function isDockerfile(path: string): boolean {
  const name = posix.basename(path).replace(templateSuffix, "");
  return /^(?:Docker|Container)file(?:[.-].+)?$|\.(?:Docker|Container)file$/i.test(name) && !name.endsWith(".dockerignore");
}

/** Whether a file is one of a compose project, by its name or by its `services:`. */
export function looksLikeCompose(path: string, head: string): boolean {
  const name = posix.basename(path).replace(templateSuffix, "");
  return /\.ya?ml$/.test(name) && isCompose(name, head);
}

function isCompose(name: string, head: string): boolean {
  // Travis has a list of that name.
  return /^(?:docker-)?compose\b.*\.ya?ml$/.test(name) || (name !== ".travis.yml" && /^services:[ \t]*(?:#.*)?\r?$/m.test(head));
}

/** `with-contenv` is how the scripts of s6-overlay's services begin. */
function isShellScript(head: string): boolean {
  return /^#!\s*\S*\/(?:env\s+(?:-S\s+)?|with-contenv\s+(?:\S*\/)?)?(?:ba|da|a)?sh\b/.test(head.slice(0, 200));
}
