import type { FileOrigin, FileProblem, Position } from "@audit-backlog/model";
import { createLocator, parse, type NginxTree, type Word } from "@audit-backlog/nginx-syntax";
import type { ReaderResult } from "../facts.ts";
import { hasTemplateMarks, maskTemplate } from "./template.ts";
import type { TemplateDefaults } from "./template-expression.ts";

/** One nginx file: its tree, and what turns offsets into places. */
export interface NginxFacts extends ReaderResult {
  readonly file: string;
  /** As it stands in the repository. */
  readonly text: string;
  /** Of the text with template marks masked; offsets are those of `text`. */
  readonly tree: NginxTree;
  /** It holds branches or loops of a template language: not all of it need be there at once. */
  readonly branches: boolean;
  /** It has marks of a template language. */
  readonly isTemplate: boolean;
  /** What the variables of a template hold by default, where other files say so. */
  readonly defaults: TemplateDefaults | undefined;
  readonly locate: (offset: number) => Position;
}

const reportedProblems = 5;

/** Reads one nginx configuration file, or a template of one, as far as it can be read. */
export function readNginx(path: string, text: string, defaults?: TemplateDefaults): NginxFacts {
  const plain = parse(text);
  // Marks inside quotes, regexes and Lua are no template's; a file that parses is taken as it is, but for ERB,
  // whose marks parse as words.
  const template = text.includes("<%") || (plain.problems.length > 0 && hasTemplateMarks(text)) ? maskTemplate(text, "blank") : undefined;
  // A value alone on its line stands for whole directives.
  const control = template?.places.find(({ kind, alone }) => kind === "action" || (kind === "value" && alone));
  const tree = template === undefined ? plain : parse(template.text);
  const locate = createLocator(text);
  const problems: FileProblem[] = [];
  const place = (start: number, end: number): FileOrigin["range"] => ({ start: locate(start), end: locate(end) });
  if (control !== undefined) {
    const { start, end } = control;
    problems.push({ file: path, range: place(start, end), reason: "a template decides which parts of this file are used; all of them were read" });
  }
  for (const problem of tree.problems.slice(0, reportedProblems)) {
    problems.push({ file: path, range: place(problem.start, problem.end), reason: `nginx: ${problem.message}; the rest of the file was read as far as it goes` });
  }
  return { file: path, text, tree, branches: control !== undefined, isTemplate: template !== undefined, defaults, locate, problems };
}

/** The place of a stretch of the file. */
export function originOf(facts: NginxFacts, start: number, end: number): FileOrigin {
  return { kind: "file", file: facts.file, range: { start: facts.locate(start), end: facts.locate(end) } };
}

/** The place of `value.slice(from, to)` of a word; of the whole word where quotes or escapes hide which part that is. */
export function originOfPart(facts: NginxFacts, word: Word, from = 0, to = word.value.length): FileOrigin {
  const inner = word.start + (word.quote === undefined ? 0 : 1);
  const plain = facts.tree.text.startsWith(word.value, inner);
  return plain ? originOf(facts, inner + from, inner + to) : originOf(facts, word.start, word.end);
}

/** The source text of the same part, as written, with template marks. */
export function textOfPart(facts: NginxFacts, word: Word, from = 0, to = word.value.length): string {
  const { range } = originOfPart(facts, word, from, to);
  return facts.text.slice(range.start.offset, range.end.offset);
}

/** Languages whose files may quote nginx configuration but are none. */
const otherLanguages = /\.(?:[cm]?[jt]sx?|py|pyi|rb|go|rs|java|kt|php|c|cc|cpp|h|hpp|cs|lua|pl|pm|t|sh|bash|zsh|md|mdx|rst|adoc|txt|html?|xml|svg|css|scss|json5?|jsonc|ya?ml|toml|ini|lock|tf|hcl|proto|graphql|sql|service|socket|patch|diff|log|csv|ipynb|vue|svelte)(?:\.(?:j2|jinja2?|erb|tpl|tmpl|template))?$/i;

const otherFormats = /^[ \t]*(?:<\/?(?:VirtualHost|Directory|IfModule|Location|Files|IfDefine|source|match)\b|\[[\w :@./-]+\][ \t]*$|#!)/m;

/** Directives that we look for, as a statement begins with them. */
const tellingName = /(?:^|[\s;{}])(?:listen|worker_processes|worker_connections|(?:proxy|fastcgi|uwsgi|scgi|grpc)_pass|upstream)[ \t]+(?![ \t=])/g;
/** The rest of such a statement in nginx's form, or with a template's mark in it. */
const tellingRest = /[^\s;{}][^;{}\n]{0,300};|[^;\n]{0,200}?(?:\{\{|\$\{|<%)[^;\n]{0,300};|[^\s;{}]{1,200}[ \t]*\r?\n?[ \t]*\{(?![{%#])/y;
const block = /(?:^|[\s;}])(?:events|http|stream|server)[ \t]*\r?\n?[ \t]*\{/;
const serverSetting = /(?:^|[\s;{}])(?:server_name|root|location|return|include|access_log|error_log|ssl_certificate|use|multi_accept|default_type|sendfile)[ \t]+[^\s;{}][^;{}\n]{0,200}[;{]/;

/** Words such as `listen` are common in prose: after so many that begin no directive, none will. */
const maxCandidates = 300;

function hasTellingDirective(text: string): boolean {
  tellingName.lastIndex = 0;
  for (let count = 0; count < maxCandidates; count += 1) {
    const match = tellingName.exec(text);
    if (match === null) return false;
    tellingRest.lastIndex = tellingName.lastIndex;
    // A line of nginx's never begins so; a comment of php-fpm's or another ini file's does.
    const before = text.slice(Math.max(0, match.index - 100), match.index + 1);
    if (tellingRest.test(text) && !/(?:^|\n)[ \t]*;[^\n]*$/.test(before)) return true;
  }
  return false;
}

/**
 * Whether a file is worth reading as nginx configuration: it has a directive that we look for, in nginx's form, and
 * nothing of Apache, supervisord, systemd or a programming language. Cheap: a few searches, none of them quadratic.
 */
export function looksLikeNginx(path: string, text: string): boolean {
  if (otherLanguages.test(path)) return false;
  if (text.includes("\0")) return false;
  const isNginx = hasTellingDirective(text) || (block.test(text) && serverSetting.test(text));
  return isNginx && !otherFormats.test(text);
}
