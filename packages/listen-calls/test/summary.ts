import type { ListenCall, Literal, Resolved } from "../src/types.ts";

function literal(value: Literal): string {
  return typeof value === "bigint" ? `${value}n` : typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : String(value);
}

/** A value in short: `10`, `~10$X` (assumed, unless $X is set), `?` (dynamic), `10 if PROD | 20 else`, `./file#name.path`. */
export function value(it: Resolved<Literal>["value"]): string {
  switch (it.kind) {
    case "exact":
      return literal(it.value);
    case "assumed":
      return `~${literal(it.value)}${it.variable === undefined ? "" : `$${it.variable}`}`;
    case "dynamic":
      return `?${it.variable === undefined ? "" : `$${it.variable}`}`;
    case "formula":
      return "formula";
    case "oneOf":
      return it.options.map((option) => `${value(option.value)} ${option.when === "else" ? "" : "if "}${option.when}`).join(" | ");
    case "imported": {
      const fallback = it.fallback === undefined ? "" : `~${it.fallback.variable === undefined ? "" : `$${it.fallback.variable}`}`;
      return `${it.module}#${[it.name, ...it.path].join(".")}${it.called === true ? "()" : ""}${(it.then ?? []).map((step) => (step.kind === "read" ? `.${step.name}` : "()")).join("")}${fallback}`;
    }
  }
}

/** A call in short: `node:http port=3000 host="::" backlog=10`. A backlog that goes as an option is written `backlog:10`. */
export function summary(call: ListenCall): string {
  const { receiver, form, ignored } = call;
  const parts = [receiver.kind === "server" ? receiver.framework : receiver.kind, form];
  for (const name of ["port", "host", "path", "fd", "exclusive", "reusePort"] as const) {
    const it = call[name];
    if (it !== undefined) parts.push(`${name}=${value(it.value)}`);
  }
  if (call.backlog !== undefined) parts.push(`backlog${call.backlogPlace === "option" ? ":" : "="}${value(call.backlog.value)}`);
  if (ignored !== undefined) parts.push(`ignored=${value(ignored.argument.value)}(${ignored.reason})`);
  return parts.join(" ");
}
