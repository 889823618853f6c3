import type { Context, KnownValue, Thing } from "./thing.ts";
import { offsets } from "./tree.ts";
import type { Literal, Resolved } from "./types.ts";

/** What callers get to see of a thing: its value, or that it is known only at run time. */
export function resolved(context: Context, it: Thing): Resolved<Literal> {
  const [start, end] = offsets(it.whole);
  return { value: valueOf(it), node: it.node, via: it.via, text: context.text.slice(start, end) };
}

function valueOf(it: Thing): Resolved<Literal>["value"] {
  if (it.kind === "value") return it.value;
  if (it.kind === "import") return it.imported;
  return it.kind === "unknown" && it.variable !== undefined ? { kind: "dynamic", variable: it.variable } : { kind: "dynamic" };
}

/** Literals that a value can be, without those known only at run time. */
export function candidates(value: KnownValue): readonly Literal[] {
  const all = value.kind === "oneOf" ? value.options.map((option) => option.value) : [value];
  return all.flatMap((one) => (one.kind === "exact" || one.kind === "assumed" ? [one.value] : []));
}
