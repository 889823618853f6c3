import type { Literal } from "@audit-backlog/listen-calls";
import type { Address, Origin, SimpleValue, Sourced, Value } from "@audit-backlog/model";
import type { ArgumentFact, ListenFact } from "../readers/javascript.ts";
import { fileOrigin } from "../readers/data.ts";
import { convert } from "./node-environment.ts";
import type { Settled } from "./node-graph.ts";

type Settle = (argument: ArgumentFact) => Settled;

/** Where a listen() call listens. `text` is the call's own, for addresses that only the running program knows. */
export function addressOf(file: string, call: ListenFact, settle: Settle): Sourced<Address> {
  const place: Origin = fileOrigin(file, call.range);
  if (call.form === "fd" || call.form === "handle") {
    const text = call.fd === undefined ? "an open handle" : `file descriptor ${call.fd.text}`;
    return { value: { kind: "exact", value: { family: "inherited", text } }, origin: place };
  }
  if (call.form === "unknown") return { value: { kind: "dynamic" }, origin: place };
  const path = call.path === undefined ? undefined : settle(call.path);
  if (path !== undefined) return sourced(path, convert(path.value, unixAddress));
  const host = hostOf(call, settle);
  if (call.port === undefined) return { value: withHost({ kind: "assumed", value: defaultPort(call) }, host), origin: place };
  const port = settle(call.port);
  return sourced(port, withHost(port.value, host));
}

function sourced(settled: Settled, value: Value<Address>): Sourced<Address> {
  return { value, origin: settled.origin, text: settled.text, ...(settled.via.length > 0 ? { via: settled.via } : {}) };
}

/**
 * Where no port is given: any free one, but for two libraries that listen on their own.
 * Source: @hono/node-server: src/server.ts serve; apollo-server: packages/server/src/standalone/index.ts.
 */
function defaultPort({ receiver, form }: ListenFact): number {
  if (receiver.kind !== "server" || form !== "constructor-options") return 0;
  return receiver.framework === "hono" ? 3000 : receiver.framework === "node:http" ? 4000 : 0;
}

/**
 * The host, `::` where none is given: Node listens on every address of the machine (node: lib/net.js, listen).
 * fastify: "localhost" (fastify: lib/server.js, listen options).
 */
function hostOf(call: ListenFact, settle: Settle): Value<string> {
  const standard = call.receiver.kind === "server" && call.receiver.framework === "fastify" ? "localhost" : "::";
  if (call.host === undefined) return { kind: "assumed", value: standard };
  const { value } = settle(call.host);
  // A variable that is not set is as no host; and what nobody knows may be a callback as well.
  if (value.kind === "dynamic") return { kind: "assumed", value: standard, variable: value.variable ?? "" };
  return convert(value, (known) => (typeof known !== "string" || known === "" ? standard : known === "0.0.0.0" ? "*" : known));
}

/** All combinations of ports and hosts; with both of several kinds, nothing is claimed. */
function withHost(port: Value<Literal>, host: Value<string>): Value<Address> {
  if (port.kind === "oneOf" && host.kind === "oneOf") return { kind: "dynamic" };
  if (host.kind === "oneOf") return { kind: "oneOf", options: host.options.map(({ value, when }) => ({ value: at(simple(port), value), when })) };
  if (port.kind === "oneOf") return { kind: "oneOf", options: port.options.map(({ value, when }) => ({ value: at(value, host), when })) };
  return at(port, host);
}

function simple(value: Value<Literal>): SimpleValue<Literal> {
  return value.kind === "oneOf" ? { kind: "dynamic" } : value;
}

function at(port: SimpleValue<Literal>, host: SimpleValue<string>): SimpleValue<Address> {
  if (port.kind === "dynamic") return port;
  if (port.kind === "formula" || host.kind === "dynamic" || host.kind === "formula") return { kind: "dynamic" };
  const address = tcpAddress(port.value, host.value);
  if (address === undefined) return { kind: "dynamic" };
  const assumed = port.kind === "assumed" ? port : undefined;
  // That nobody names a host is certain; that the host is a fallback is not.
  const fallbackHost = host.kind === "assumed" && host.variable !== undefined ? host : undefined;
  const variable = assumed?.variable ?? fallbackHost?.variable;
  if (assumed === undefined && fallbackHost === undefined) return { kind: "exact", value: address };
  return { kind: "assumed", value: address, ...(variable === undefined || variable === "" ? {} : { variable }) };
}

function tcpAddress(port: Literal, host: string): Address | undefined {
  if (port === undefined || port === null) return { family: "tcp", host, port: 0 };
  // node: lib/net.js listen takes a string that is no port for a path.
  if (typeof port === "string" && !/^\s*\d+\s*$/.test(port)) return unixAddress(port);
  const number = typeof port === "number" || typeof port === "string" ? Number(port) : NaN;
  return Number.isInteger(number) && number >= 0 && number < 65536 ? { family: "tcp", host, port: number } : undefined;
}

function unixAddress(path: Literal): Address | undefined {
  return typeof path === "string" && path !== "" ? { family: "unix", path } : undefined;
}
