import { possibilities, type Address, type Listener } from "@audit-backlog/model";

/**
 * Whether somebody who talks to `address` may talk to a listener. Ports decide where a host is a name, for names mean what their
 * network says; of numeric addresses each has to be the other, or every address of the machine.
 */
export function mayBe(listener: Listener, address: Address): boolean {
  return possibilities(listener.address.value).some((one) => (one.kind === "exact" || one.kind === "assumed") && same(one.value, address));
}

/** The same for two addresses. */
export function same(one: Address, other: Address): boolean {
  if (one.family === "unix") return other.family === "unix" && plain(one.path) === plain(other.path);
  if (one.family !== "tcp" || other.family !== "tcp" || one.port !== other.port) return false;
  const [a, b] = [normal(one.host), normal(other.host)];
  return a === b || isAny(a) || isAny(b) || isName(a) || isName(b);
}

function plain(path: string): string {
  return path.replaceAll(/\/{2,}/g, "/");
}

function normal(host: string): string {
  const lower = host.toLowerCase().replace(/^\[|\]$/g, "").replace(/^::ffff:(?=\d+\.)/, "");
  return lower === "localhost" || lower === "::1" ? "127.0.0.1" : lower;
}

function isAny(host: string): boolean {
  return host === "*" || host === "0.0.0.0" || host === "::" || host === "";
}

function isName(host: string): boolean {
  return !/^[\d.]+$/.test(host) && !host.includes(":");
}
