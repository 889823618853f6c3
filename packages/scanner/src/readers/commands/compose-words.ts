import type { Annotated, Run, Token, Tokens } from "./annotated.ts";
import { addRun, AnnotatedBuilder } from "./annotated.ts";
import type { MappedText } from "./text.ts";

const variable = /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?+])([^{}]*))?\})/g;

/**
 * Compose's own variables, replaced before a value is read any further: `$X`, `${X:-default}`, `$$` for a dollar sign
 * (docs.docker.com/reference/compose-file/interpolation). A default with another variable in it is not worked out.
 * `set`: values of the project's `.env`, which the shell's own come over.
 */
export function interpolate(mapped: MappedText, set: ReadonlyMap<string, string> = new Map()): Annotated {
  const builder = new AnnotatedBuilder(mapped.start(0));
  let at = 0;
  for (const match of mapped.text.matchAll(variable)) {
    const { 0: all, 1: dollar, 2: plain, 3: braced, 4: operator, 5: operand, index } = match;
    builder.plain(mapped.slice(at, index));
    at = index + all.length;
    const [start, end] = [mapped.start(index), mapped.end(at)];
    const name = plain ?? braced;
    const given = name === undefined || operator?.endsWith("+") === true ? undefined : set.get(name);
    if (dollar !== undefined || name === undefined) builder.escape("$", start, end);
    else if (given !== undefined && (given !== "" || operator?.startsWith(":") !== true)) builder.span({ kind: "assumed", value: given, variable: name }, start, end, "as-written");
    else if (operator?.endsWith("-") === true && !/[$\uE000]/.test(operand ?? "")) {
      builder.span({ kind: "assumed", value: operand ?? "", variable: name }, start, end, "as-written");
    } else builder.span({ kind: "dynamic", variable: name }, start, end, "as-written");
  }
  builder.plain(mapped.slice(at, mapped.text.length));
  return builder.build();
}

/**
 * Parts a `command:` string into words as Compose does: no shell runs, quotes and backslashes are taken out, and an
 * operator ends it. Source: compose-go types/command.go (ShellCommand) and go-shellwords shellwords.go, Parse with
 * ParseEnv and ParseBacktick off. Without an unquoted `$(`, parentheses are refused there.
 */
export function composeWords(text: string): Tokens {
  const tokens: Token[] = [];
  let runs: Run[] = [];
  let from = -1;
  let quote = "";
  let substitution = "";
  const finish = (to: number): void => {
    if (from !== -1) tokens.push({ from, to, runs });
    runs = [];
    from = -1;
  };
  const add = (run: Run): void => {
    if (from === -1) from = run.from;
    addRun(runs, run);
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (char === "\\" && quote !== "'") {
      const next = text[at + 1];
      if (next === undefined) return { tokens, problem: { at, reason: "a backslash ends it" } };
      if (substitution !== "") add({ from: at, to: at + 2 });
      else add({ from: at, to: at + 2, text: next === "t" ? "\t" : next === "n" ? "\n" : next });
      at += 1;
    } else if (/[ \t\r\n]/.test(char) && quote === "" && substitution === "") finish(at);
    else if ((char === '"' || char === "'") && substitution === "" && (quote === "" || quote === char)) {
      quote = quote === "" ? char : "";
      if (from === -1) from = at;
    } else if (char === "`" && quote === "" && substitution !== ")") {
      substitution = substitution === "" ? "`" : "";
      add({ from: at, to: at + 1 });
    } else if (char === "(" && quote === "" && substitution === "" && text[at - 1] === "$") {
      substitution = ")";
      add({ from: at, to: at + 1 });
    } else if (char === ")" && substitution === ")") {
      substitution = "";
      add({ from: at, to: at + 1 });
    } else if ((char === "(" || char === ")") && quote === "" && substitution !== "`") {
      return { tokens, problem: { at, reason: "a parenthesis, which Compose refuses here" } };
    } else if (/[;&|<>]/.test(char) && quote === "" && substitution === "") {
      // `2>` belongs to the redirection that ends it.
      const digits = char === ">" && from !== -1 && /^\d+$/.test(text.slice(from, at));
      if (!digits) finish(at);
      return { tokens, problem: { at, reason: `\`${char}\`: no shell runs a command string, and Compose drops what follows` } };
    } else add({ from: at, to: at + 1 });
  }
  if (quote !== "" || substitution !== "") return { tokens, problem: { at: text.length, reason: "an unterminated quote" } };
  finish(text.length);
  return { tokens };
}
