import { bindingPart, describeValue, evaluate, intervalOf } from "@audit-backlog/model";
import type { Address, Assumptions, Chain, Deployment, Expression, Hop, Interval, Limit, Listener, Service, Setting } from "@audit-backlog/model";
import { safe } from "./text.ts";

/** `65`, `65 to 73`, `65 or more`. */
export function intervalText({ low, high }: Interval): string {
  if (low === high) return String(low);
  return high === Infinity ? `${low} or more` : `${low} to ${high}`;
}

/** `:443`, `127.0.0.1:8000`, `unix:/run/app.sock`: as short as it stays clear. */
export function addressText(address: Address): string {
  switch (address.family) {
    case "unix":
      return `unix:${safe(address.path)}`;
    case "inherited":
      return safe(address.text);
    case "tcp": {
      if (address.host === "*" || address.host === "0.0.0.0") return `:${address.port}`;
      const host = address.host.includes(":") && !address.host.startsWith("[") ? `[${address.host}]` : address.host;
      return `${safe(host)}:${address.port}`;
    }
  }
}

/** Where a listener listens, with what a conditional or an environment variable may make of it. */
export function listenerText(listener: Listener): string {
  const { value, text } = listener.address;
  switch (value.kind) {
    case "exact":
    case "assumed":
      return addressText(value.value);
    case "oneOf":
      return describeValue(value, addressText);
    case "formula":
    case "dynamic":
      return `(${safe(text ?? "an address known only at run time")})`;
  }
}

/** Services and listeners by their ids. */
export interface LookUp {
  readonly service: (id: string) => Service | undefined;
  readonly listener: (id: string) => Listener | undefined;
}

export function lookUp({ services }: Deployment): LookUp {
  const byId = new Map(services.map((service) => [service.id, service]));
  const listeners = new Map(services.flatMap((service) => service.listeners.map((listener) => [listener.id, listener])));
  return { service: (id) => byId.get(id), listener: (id) => listeners.get(id) };
}

/** `nginx :443 → gunicorn shop.wsgi unix:/run/shop.sock` */
export function chainTitle(chain: Chain, look: LookUp): string {
  return chain.hops.map((hop) => hopText(hop, look)).join(" → ");
}

function hopText(hop: Hop, look: LookUp): string {
  const texts = hop.members.map((member) => {
    const service = look.service(member.service);
    const listener = look.listener(member.listener);
    return service === undefined || listener === undefined ? member.listener : `${safe(service.name)} ${listenerText(listener)}`;
  });
  const unknown = hop.unknownMembers.length;
  return texts.join(", ") + (unknown > 0 ? ` and ${unknown} not found here` : "");
}

/** `backlog 64`, `workers 2 × CPUs + 1`, and with the CPUs stated `workers 9 (2 × CPUs + 1)`. */
function settingText(setting: Setting, assumptions: Assumptions): string {
  const { value, text } = setting.value;
  if (value.kind === "dynamic") return `${setting.name} (${safe(text ?? "known only at run time")})`;
  if (value.kind === "formula") {
    const formula = text === "auto" ? text : describeValue(value);
    const { low, high } = intervalOf(setting.value, setting.least, assumptions);
    return low === high ? `${setting.name} ${low} (${formula})` : `${setting.name} ${formula}`;
  }
  return `${setting.name} ${describeValue(value)}`;
}

/** The terms of the part of a limit that sets it: `workers 8 + backlog 64 + 1`. */
export function termsText(limit: Limit, assumptions: Assumptions): string {
  return expressionText(bindingPart(limit.expression, assumptions), assumptions);
}

function expressionText(expression: Expression, assumptions: Assumptions): string {
  switch (expression.kind) {
    case "constant":
      return String(expression.value);
    case "unknown":
      return "(unknown)";
    case "setting":
      return settingText(expression.setting, assumptions);
    case "sum":
      return expression.operands
        .filter((operand) => operand.kind !== "constant" || operand.value !== 0)
        .map((operand) => expressionText(operand, assumptions))
        .join(" + ");
    case "product": {
      // "× 1" says nothing where the 1 is known.
      const told = expression.operands.filter((operand) => !isOne(operand, assumptions));
      const operands = told.length === 0 ? expression.operands : told;
      return operands.map((operand) => (operands.length === 1 ? expressionText(operand, assumptions) : bracketed(operand, assumptions))).join(" × ");
    }
    case "minimum": {
      // Equal settings of two listeners read the same.
      const texts = new Set(expression.operands.map((operand) => expressionText(operand, assumptions)));
      return [...texts].join(" and ");
    }
    case "share": {
      const inner = bracketed(expression.of, assumptions);
      const rest = expression.minus === 0 ? inner : `${inner} − ${expression.minus}`;
      return expression.by === 1 ? rest : `(${rest}) / ${expression.by}`;
    }
  }
}

function isOne(expression: Expression, assumptions: Assumptions): boolean {
  const { low, high } = evaluate(expression, assumptions);
  return low === 1 && high === 1;
}

function bracketed(expression: Expression, assumptions: Assumptions): string {
  const text = expressionText(expression, assumptions);
  const loose = expression.kind === "sum" || (expression.kind === "share" && expression.by === 1 && expression.minus !== 0);
  return loose ? `(${text})` : text;
}
