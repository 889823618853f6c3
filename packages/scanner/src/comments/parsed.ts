import { DockerfileParser } from "dockerfile-ast";
import { Lexer } from "yaml";
import { parsePython } from "../readers/python/tree.ts";
import { PythonSource } from "../readers/python/source.ts";
import { readNginx } from "../readers/nginx.ts";
import { maskTemplates } from "../readers/commands/text.ts";
import { lineComment, type Comment } from "./comment.ts";
import { linesOf } from "./lines.ts";

/** Comments of an nginx file; those of Lua blocks are Lua's. */
export function nginxComments(file: string, text: string): readonly Comment[] {
  return readNginx(file, text).tree.tokens.flatMap(({ kind, start, end }) => (kind === "comment" ? [lineComment(text, start, end)] : []));
}

/** None where brackets nest too deep to be read. */
export function pythonComments(file: string, text: string): readonly Comment[] {
  const source = new PythonSource(file, text);
  const python = parsePython(source.text);
  const found: Comment[] = [];
  const cursor = python?.tree.cursor();
  if (cursor === undefined) return found;
  do {
    if (cursor.name !== "Comment") continue;
    const { start, end } = source.origin(cursor.from, cursor.to).range;
    found.push(lineComment(text, start.offset, end.offset));
  } while (cursor.next());
  return found;
}

/** Signs among the lexer's tokens that stand for no text, as long as they are alone. yaml: parse/cst.ts. */
const control: ReadonlySet<string> = new Set(["\u0002", "\u0018", "\u001F"]);

/** `#` inside scalars, block scalars included, begins none. */
export function yamlComments(text: string): readonly Comment[] {
  const found: Comment[] = [];
  let at = 0;
  let scalar = false;
  for (const token of new Lexer().lex(maskTemplates(text))) {
    // A scalar's text follows its sign.
    if (control.has(token) && !scalar) {
      scalar = token === "\u001F";
      continue;
    }
    if (!scalar && token.startsWith("#")) found.push(lineComment(text, at, at + token.length));
    scalar = false;
    at += token.length;
  }
  return found;
}

/** Longer ones are not read as Dockerfiles either. */
const maxDockerfile = 200_000;

/** Whole lines, also between continued ones; not in here-documents. */
export function dockerfileComments(text: string): readonly Comment[] {
  if (text.length > maxDockerfile) return [];
  const lines = [...linesOf(text)];
  return DockerfileParser.parse(maskTemplates(text)).getComments().flatMap((comment) => {
    const { start } = comment.getRange();
    const [from, to] = lines[start.line] ?? [0, 0];
    const at = text.indexOf("#", from);
    return at === -1 || at >= to ? [] : [lineComment(text, at, to)];
  });
}
