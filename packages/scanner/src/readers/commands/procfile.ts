import { posix } from "node:path";
import type { CommandFacts } from "../../facts.ts";
import type { TemplateDefaults } from "../template-expression.ts";
import { Collector } from "./collector.ts";
import { inTree } from "./shell-builtins.ts";
import { walkShell } from "./shell-walk.ts";
import { maskTemplates, MappedText, SourceText } from "./text.ts";

/** Heroku's form of a line: a process name, a colon, a command for the shell. Foreman reads the same. */
const line = /^([A-Za-z0-9_-]+):[ \t]*/;

/** One command a line, run by a shell in the directory of the Procfile. */
export function readProcfile(path: string, text: string, defaults?: TemplateDefaults): CommandFacts {
  const source = new SourceText(path, text, defaults);
  const collector = new Collector(source);
  const masked = maskTemplates(text, path);
  const directory = inTree(posix.dirname(path));
  for (let start = 0; start < masked.length; ) {
    const newline = masked.indexOf("\n", start);
    const next = newline === -1 ? masked.length : newline;
    const end = masked[next - 1] === "\r" ? next - 1 : next;
    const content = masked.slice(start, end);
    const match = line.exec(content);
    if (match !== null) {
      const command = MappedText.verbatim(masked, start + match[0].length, end);
      walkShell(command, new Map(), directory, collector.sink({ holder: { kind: "procfile", name: match[1] ?? "" } }));
    } else if (content.trim() !== "" && !content.trimStart().startsWith("#")) {
      collector.problem(start, end, "not a Procfile line (`name: command`); left out");
    }
    start = next + 1;
  }
  return collector.facts();
}
