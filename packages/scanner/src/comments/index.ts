import { posix } from "node:path";
import { javaScriptComments, json5Comments } from "../readers/javascript-parse.ts";
import type { Comment } from "./comment.ts";
import { commentLines, iniComments } from "./lines.ts";
import { dockerfileComments, nginxComments, pythonComments, yamlComments } from "./parsed.ts";
import { procfileComments, shellComments } from "./shell.ts";
import { templateComments, withoutComments } from "./templates.ts";

/** Ways to write comments. */
export type CommentSyntax = "dockerfile" | "ini" | "javascript" | "json" | "json5" | "nginx" | "procfile" | "python" | "shell" | "systemd" | "yaml";

const byReader: Readonly<Record<string, CommentSyntax>> = { nginx: "nginx", gunicorn: "python", javascript: "javascript", systemd: "systemd" };

/** What templates and samples of a file append to its name. */
const suffix = /\.(?:j2|jinja2?|erb|epp|ejs|mustache|hbs|ctmpl|tpl|tmpl|template|in|example|sample|dist|default|local)$/i;

/** How a file's comments are written, by the readers that took it (their names in a report's coverage) and its name. */
export function commentSyntaxOf(file: string, readers: readonly string[]): CommentSyntax {
  for (const reader of readers) {
    const syntax = byReader[reader];
    if (syntax !== undefined) return syntax;
  }
  let name = posix.basename(file);
  while (suffix.test(name)) name = name.replace(suffix, "");
  if (/\.(?:[cm]?[jt]s|[jt]sx)$/i.test(name)) return "javascript";
  if (/\.json(?:5|c)$/i.test(name)) return "json5";
  if (/\.json$/i.test(name)) return "json";
  if (/\.ya?ml$/i.test(name)) return "yaml";
  if (/\.py$/i.test(name)) return "python";
  if (/(?:^|\/)sysctl(?:\.d\/[^/]+|\.conf)$/i.test(file)) return "systemd";
  if (/\.(?:service|socket)$/i.test(name) || /\.(?:service|socket)\.d\/[^/]+$/.test(file)) return "systemd";
  if (/^(?:Docker|Container)file(?:$|[.-])|\.(?:Docker|Container)file$/i.test(name)) return "dockerfile";
  if (/^Procfile(?:$|[.])/i.test(name)) return "procfile";
  return /\.(?:conf|ini|cfg)$/i.test(name) ? "ini" : "shell";
}

/**
 * The comments of a file, in order; those of a template language among them where the file may be a template of its
 * own. None in JSON, and none where the text can't be parsed. Never throws; what looks like a comment inside a string is none.
 */
export function commentsOf(file: string, text: string, syntax: CommentSyntax): readonly Comment[] {
  if (syntax === "json") return [];
  if (syntax === "javascript") return javaScriptComments(file, text);
  if (syntax === "json5") return json5Comments(text);
  const templates = templateComments(text);
  const own = ownComments(file, withoutComments(text, templates), syntax);
  if (templates.length === 0) return own;
  // One that stands in a comment of the file is that comment's text.
  let next = 0;
  const outside = templates.filter(({ start }) => {
    while ((own[next]?.end ?? Infinity) <= start) next += 1;
    return start < (own[next]?.start ?? Infinity);
  });
  return [...own, ...outside].sort((a, b) => a.start - b.start);
}

function ownComments(file: string, text: string, syntax: Exclude<CommentSyntax, "javascript" | "json" | "json5">): readonly Comment[] {
  switch (syntax) {
    case "nginx":
      return nginxComments(file, text);
    case "python":
      return pythonComments(file, text);
    case "yaml":
      return yamlComments(text);
    case "dockerfile":
      return dockerfileComments(text);
    case "systemd":
      return commentLines(text, "#;");
    case "ini":
      return iniComments(text);
    case "procfile":
      return procfileComments(text);
    case "shell":
      return shellComments(text);
  }
}
