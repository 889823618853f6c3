import { posix } from "node:path";
import type { CommandFacts } from "../../facts.ts";
import type { TemplateDefaults } from "../template-expression.ts";
import { Collector } from "./collector.ts";
import { walkShell } from "./shell-walk.ts";
import { maskTemplates, MappedText, SourceText } from "./text.ts";

/**
 * Every simple command of a shell script. The directory it is started from is not known; `cd "$(dirname "$0")"` makes
 * it known. Variables that the script does not export are not part of a command's environment.
 */
export function readShell(path: string, text: string, defaults?: TemplateDefaults): CommandFacts {
  const source = new SourceText(path, text, defaults);
  const collector = new Collector(source);
  const script = MappedText.verbatim(maskTemplates(text, path), 0, text.length);
  walkShell(script, new Map(), undefined, collector.sink({ holder: { kind: "shell", name: posix.basename(path) } }));
  return collector.facts();
}
