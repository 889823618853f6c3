import type { FileOrigin, SimpleValue } from "@audit-backlog/model";

/** What a template's variable holds where nobody says otherwise: a chart's values.yaml, an Ansible role's defaults. */
export interface TemplateDefault {
  readonly text: string;
  readonly origin: FileOrigin;
}

/** Looks up `.Values.web.workers`, `nginx_worker_connections`; undefined for what no file gives a default. */
export type TemplateDefaults = (variable: string) => TemplateDefault | undefined;

export interface TemplateValue {
  readonly value: SimpleValue<string>;
  /** Where the default stands that it takes, if that is in another file. */
  readonly origin?: FileOrigin;
}

const dynamic: TemplateValue = { value: { kind: "dynamic" } };
/** Longer expressions compute something. */
const maxExpression = 500;

/**
 * What `{{ … }}`, `<%= … %>` and `${NAME:-…}` put into a file when nobody sets their variable: a default written in
 * it, or one that `defaults` knows. Everything else is dynamic; nothing is ever exact.
 */
export function templateValue(written: string, defaults: TemplateDefaults = () => undefined): TemplateValue {
  const inner = /^(?:\{\{([^]*)\}\}|<%=([^]*)%>)$/.exec(written);
  const expression = (inner?.[1] ?? inner?.[2] ?? "").replace(/^[-~]/, "").replace(/[-~]$/, "").trim();
  if (expression === "" || expression.length > maxExpression) return dynamic;
  const found = inner?.[2] === undefined ? pipeline(expression, defaults) : ruby(expression);
  if (found === undefined) return dynamic;
  const { text, origin, variable } = found;
  if (text === undefined || /\{\{|\{%|<%|\n/.test(text)) return dynamic;
  return { value: { kind: "assumed", value: text, variable: variable ?? expression }, ...(origin === undefined ? {} : { origin }) };
}

interface Found {
  readonly text: string | undefined;
  readonly variable: string | undefined;
  readonly origin?: FileOrigin | undefined;
  /** Go's `default` and `or` take these for unset: "", 0, false, nil. */
  readonly isLiteral?: boolean;
}

const name = String.raw`[$@]?\.?[A-Za-z_]\w*(?:(?:::|\.)\w+|\[(?:'[^']*'|"[^"]*"|:\w+)\])*`;
const path = new RegExp(`^${name}$`);
const literal = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(-?\d+(?:\.\d+)?|[Tt]rue|[Ff]alse))$/;

/** Ruby: `x || 5`, `ENV['X'] || 5`, `ENV.fetch('X', 5)`. */
function ruby(expression: string): Found | undefined {
  const fetch = /^ENV\.fetch\(\s*(?:'(\w+)'|"(\w+)")\s*(?:,([^,()]+)\)|\)\s*\{([^{}]+)\})$/.exec(expression);
  const either = fetch === null ? /^([^|]+)\|\|([^|]+)$/.exec(expression) : null;
  const fallback = literalText((fetch?.[3] ?? fetch?.[4] ?? either?.[2] ?? "").trim());
  const variable = fetch?.[1] ?? fetch?.[2] ?? either?.[1]?.trim();
  if (variable === undefined || !path.test(variable)) return path.test(expression) ? { text: undefined, variable: undefined } : undefined;
  return { text: fallback, variable: /^ENV\[['"](\w+)['"]\]$/.exec(variable)?.[1] ?? variable };
}

/** Filters that print the same text again, of Jinja, sprig, Helm and consul-template. */
const neutral: ReadonlySet<string> = new Set(["int", "int64", "float", "float64", "string", "quote", "squote", "toString", "trim", "atoi", "parseInt", "toInt", "print", "indent", "nindent", "safe", "e", "escape", "toYaml", "tpl"]);

function pipeline(expression: string, defaults: TemplateDefaults): Found | undefined {
  const [head = "", ...filters] = split(expression, "|");
  let value = headValue(head.trim(), defaults);
  for (const filter of filters) {
    if (value === undefined) return undefined;
    const text = filter.trim();
    const jinja = /^(?:default|d)\(([^]*)\)$/.exec(text)?.[1];
    const go = /^default\s+([^]+)$/.exec(text)?.[1];
    if (jinja !== undefined) {
      const [fallback = "", evenEmpty] = split(jinja, ",").map((argument) => argument.trim().replace(/^(?:default_value|boolean)\s*=\s*/, ""));
      value = either(value, operand(fallback, defaults), /^true$/i.test(evenEmpty ?? ""));
    } else if (go !== undefined) value = either(value, operand(go.trim(), defaults), true);
    else if (!neutral.has(/^\w*/.exec(text)?.[0] ?? "")) return undefined;
  }
  return value;
}

function headValue(head: string, defaults: TemplateDefaults): Found | undefined {
  const single = operand(head, defaults);
  if (single !== undefined) return single;
  const [word = "", ...rest] = split(head, " ").filter((part) => part !== "");
  const operands = rest.map((part) => operand(part, defaults));
  const [first, second] = operands;
  if ((word === "env" || word === "getenv") && operands.length === 1) return { text: undefined, variable: first?.text };
  if (word === "envOrDefault" && operands.length === 2) return { text: second?.text, variable: first?.text };
  if ((word === "default" || word === "or") && first !== undefined && second !== undefined && operands.length === 2) {
    // sprig writes the default first, dockerize last: it is the literal.
    if (first.isLiteral === true && second.isLiteral === true) return undefined;
    return (first.isLiteral === true) === (word === "default") ? either(second, first, true) : either(first, second, true);
  }
  // `tpl VALUE .`, `int VALUE`, `toYaml VALUE`.
  return neutral.has(word) && first !== undefined && operands.length <= 2 ? first : undefined;
}

function operand(text: string, defaults: TemplateDefaults): Found | undefined {
  const constant = literalText(text);
  if (constant !== undefined) return { text: constant, variable: undefined, isLiteral: true };
  const grouped = /^\(([^]*)\)$/.exec(text)?.[1];
  if (grouped !== undefined && split(text, " ").length === 1) return pipeline(grouped, defaults);
  if (!path.test(text)) return undefined;
  const variable = text.replace(/^\$\./, ".");
  const known = defaults(variable);
  const ofEnvironment = /^\.Env\.(\w+)$/.exec(variable)?.[1];
  return { text: known?.text, variable: ofEnvironment ?? variable, origin: known?.origin };
}

function either(value: Found, fallback: Found | undefined, evenEmpty: boolean): Found | undefined {
  const isSet = value.text !== undefined && !(evenEmpty && /^(?:|0|false|null|~|\[\]|\{\})$/i.test(value.text));
  if (isSet) return value;
  return fallback === undefined ? { text: undefined, variable: value.variable } : { ...fallback, variable: value.variable ?? fallback.variable, isLiteral: false };
}

function literalText(text: string): string | undefined {
  const match = literal.exec(text);
  if (match === null) return undefined;
  const quoted = match[1] ?? match[2];
  // What an escape means differs from language to language.
  return quoted?.includes("\\") === true ? undefined : (quoted ?? match[3]);
}

/** Parts at a character outside quotes, parentheses and brackets. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let [from, depth, quote] = [0, 0, ""];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (quote !== "") {
      if (char === "\\") at += 1;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "(" || char === "[") depth += 1;
    else if (char === ")" || char === "]") depth -= 1;
    else if (char === separator && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
