import { isIPv6 } from "node:net";
import type { Address } from "@audit-backlog/model";
import { atoi } from "./nginx-number.ts";

/** A parsed address of one family. `key` is the same for addresses that nginx takes for the same. */
export type ParsedAddress =
  | { readonly family: "ipv4" | "ipv6" | "name"; readonly host: string; readonly port: number; readonly lastPort?: number; readonly hasPort: boolean }
  | { readonly family: "unix"; readonly path: string };

/** What nginx says of an address that it does not take: `invalid port`. */
export interface AddressError {
  readonly error: string;
}

/**
 * Reads an address as `listen`, `server` and the passes do (nginx: src/core/ngx_inet.c ngx_parse_url). Only `listen`
 * knows a bare port, `*` and port ranges.
 */
export function parseAddress(text: string, defaultPort: number, listen: boolean): ParsedAddress | AddressError {
  if (/^unix:/i.test(text)) return parseUnix(text);
  const bracket = text.startsWith("[");
  const close = bracket ? text.indexOf("]") : -1;
  if (bracket && close === -1) return { error: "invalid host" };
  const rest = bracket ? text.slice(close + 1) : text;
  if (/[/?]/.test(rest) && (!bracket || rest.includes("/"))) return { error: "invalid host" };

  if (!bracket && listen && !rest.includes(":")) {
    const bare = parseBarePort(rest);
    if (bare !== undefined) return bare;
  }
  const colon = rest.indexOf(":");
  if (bracket && rest !== "" && colon !== 0) return { error: "invalid host" };
  const ports = colon === -1 ? { port: defaultPort } : parsePorts(rest.slice(colon + 1), listen);
  if ("error" in ports) return ports;
  const host = bracket ? text.slice(1, close) : colon === -1 ? rest : rest.slice(0, colon);
  if (host === "") return { error: "no host" };
  const hasPort = colon !== -1;
  if (bracket) {
    const canonical = canonicalIPv6(host);
    return canonical === undefined ? { error: "invalid IPv6 address" } : { family: "ipv6", host: canonical, ...ports, hasPort };
  }
  if (listen && host === "*") return { family: "ipv4", host: "*", ...ports, hasPort };
  const ipv4 = canonicalIPv4(host);
  if (ipv4 !== undefined) return { family: "ipv4", host: listen && ipv4 === "0.0.0.0" ? "*" : ipv4, ...ports, hasPort };
  return { family: "name", host, ...ports, hasPort };
}

function parseUnix(text: string): ParsedAddress | AddressError {
  const path = text.slice("unix:".length);
  if (path === "") return { error: "no path in the unix domain socket" };
  // sun_path holds 108 bytes, the ending zero among them.
  if (Buffer.byteLength(path) > 107) return { error: "too long path in the unix domain socket" };
  return { family: "unix", path };
}

/** `8080` or `8080-8090`; undefined where it is no port but a host. */
function parseBarePort(text: string): ParsedAddress | AddressError | undefined {
  const dash = text.indexOf("-");
  const first = atoi(dash === -1 ? text : text.slice(0, dash));
  if (first === undefined || (dash !== -1 && atoi(text.slice(dash + 1)) === undefined)) return undefined;
  const ports = parsePorts(text, true);
  return "error" in ports ? ports : { family: "ipv4", host: "*", ...ports, hasPort: true };
}

function parsePorts(text: string, ranges: boolean): { readonly port: number; readonly lastPort?: number } | AddressError {
  const dash = ranges ? text.indexOf("-") : -1;
  const port = parsePort(dash === -1 ? text : text.slice(0, dash));
  if (port === undefined) return { error: "invalid port" };
  if (dash === -1) return { port };
  const lastPort = parsePort(text.slice(dash + 1));
  if (lastPort === undefined) return { error: "invalid port" };
  return port > lastPort ? { error: "invalid port range" } : { port, lastPort };
}

function parsePort(text: string): number | undefined {
  const value = atoi(text);
  return value === undefined || value < 1n || value > 65535n ? undefined : Number(value);
}

/** nginx: src/core/ngx_inet.c ngx_inet_addr: four decimal octets, an empty one being 0. */
function canonicalIPv4(text: string): string | undefined {
  if (text.length > 64 || !/^[0-9]*(?:\.[0-9]*){3}$/.test(text)) return undefined;
  const octets = text.split(".").map(Number);
  // 255.255.255.255 is INADDR_NONE to nginx, and so a name.
  if (octets.some((octet) => octet > 255) || octets.every((octet) => octet === 255)) return undefined;
  return octets.join(".");
}

/** The shortest usual form (RFC 5952), so that equal addresses are equal texts. */
function canonicalIPv6(text: string): string | undefined {
  if (text.includes("%") || !isIPv6(text)) return undefined;
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

/** As nginx prints it: `0.0.0.0:80`, `[::1]:80`, `unix:/run/a.sock`. */
export function printed(address: ParsedAddress): string {
  if (address.family === "unix") return `unix:${address.path}`;
  if (address.family === "ipv6") return `[${address.host}]:${address.port}`;
  return `${address.host === "*" ? "0.0.0.0" : address.host}:${address.port}`;
}

/** The model's address of a parsed one. */
export function modelAddress(address: ParsedAddress): Address {
  return address.family === "unix" ? { family: "unix", path: address.path } : { family: "tcp", host: address.host, port: address.port };
}

/** Whether it stands for all addresses of its family. */
export function isWildcard(address: ParsedAddress): boolean {
  return (address.family === "ipv4" && address.host === "*") || (address.family === "ipv6" && address.host === "::");
}
