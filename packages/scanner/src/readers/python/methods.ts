import { textOf } from "./operators.ts";
import { bool, type Constant, str } from "./values.ts";

/** A method of str, with constant arguments; undefined for others and where Python raises. */
export function callMethod(name: string, receiver: Constant, args: readonly Constant[], named: ReadonlyMap<string, Constant>): Constant | undefined {
  if (receiver.type !== "str") return undefined;
  const text = receiver.value;
  if (name === "format") return format(text, args, named);
  if (named.size > 0) return undefined;
  const [first] = args;
  if (first === undefined) {
    // Case and blanks outside ASCII follow tables that differ between the languages.
    if (!/^[\x20-\x7e\t\n\r]*$/.test(text)) return undefined;
    if (name === "strip") return str(text.trim());
    if (name === "lower") return str(text.toLowerCase());
    if (name === "upper") return str(text.toUpperCase());
    return name === "split" ? texts(text.trim() === "" ? [] : text.trim().split(/\s+/)) : undefined;
  }
  if (args.length > 1) return undefined;
  if (name === "join") return join(text, first);
  if (first.type !== "str") return undefined;
  if (name === "startswith") return bool(text.startsWith(first.value));
  if (name === "endswith") return bool(text.endsWith(first.value));
  return name === "split" && first.value !== "" ? texts(text.split(first.value)) : undefined;
}

function texts(values: readonly string[]): Constant {
  return { type: "list", items: values.map(str) };
}

function join(separator: string, items: Constant): Constant | undefined {
  if (items.type !== "list" && items.type !== "tuple") return undefined;
  const parts = items.items.map((item) => (item.type === "str" ? item.value : undefined));
  return parts.some((part) => part === undefined) ? undefined : str(parts.join(separator));
}

/** `{}`, `{0}` and `{name}`, without conversions and format specifications. */
function format(text: string, args: readonly Constant[], named: ReadonlyMap<string, Constant>): Constant | undefined {
  let next = 0;
  const state = { refused: false };
  let numbering: "automatic" | "manual" | undefined;
  const value = text.replace(/\{\{|\}\}|\{(\w*)\}|[{}]/g, (all, field?: string) => {
    if (all === "{{" || all === "}}") return all.charAt(0);
    let operand: Constant | undefined;
    if (field === undefined) state.refused = true;
    else if (field === "" || /^\d+$/.test(field)) {
      const kind = field === "" ? "automatic" : "manual";
      // Python refuses to mix the two.
      if (numbering !== undefined && numbering !== kind) state.refused = true;
      numbering = kind;
      operand = args[kind === "automatic" ? next++ : Number(field)];
    } else operand = named.get(field);
    const written = operand === undefined ? undefined : textOf(operand);
    if (written === undefined) state.refused = true;
    return written ?? "";
  });
  return state.refused ? undefined : str(value);
}
