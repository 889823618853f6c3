import { isIPv4, isIPv6 } from "node:net";
import type { Address } from "@audit-backlog/model";

/**
 * The address that `ListenStream=` names; undefined for what systemd refuses, host names among it. A bare port is that
 * port of every address, IPv4 ones too unless `BindIPv6Only=` or net.ipv6.bindv6only says otherwise.
 * systemd.socket(5), ListenStream=; systemd: src/shared/socket-netlink.c socket_address_parse.
 */
export function parseListenAddress(text: string): Address | undefined {
  if (/^[/@]/.test(text)) return isSocketPath(text) ? { family: "unix", path: text } : undefined;
  if (text.startsWith("vsock:")) return isVsock(text.slice("vsock:".length)) ? { family: "inherited", text } : undefined;
  const port = portOf(text);
  if (port !== undefined) return port === 0 ? undefined : { family: "tcp", host: "::", port };
  // The scope behind `%` names an interface; the kernel looks at it for link-local addresses only.
  const [address = "", ...scope] = text.split("%");
  if (scope.length > 1 || scope[0] === "") return undefined;
  return parseHostAndPort(address);
}

/** sockaddr_un: 108 bytes with the NUL behind a path, or before an abstract name. `/` and `@` alone are no names. */
function isSocketPath(text: string): boolean {
  return text.length > 1 && Buffer.byteLength(text) < 108;
}

function isVsock(text: string): boolean {
  const [cid, port, ...more] = text.split(":");
  return more.length === 0 && cid !== undefined && port !== undefined && (cid === "" || unsigned(cid) !== undefined) && unsigned(port) !== undefined;
}

function parseHostAndPort(text: string): Address | undefined {
  const colon = text.lastIndexOf(":");
  if (colon === -1) return undefined;
  const port = portOf(text.slice(colon + 1));
  if (port === undefined || port === 0) return undefined;
  const written = text.slice(0, colon);
  if (written.startsWith("[")) {
    const host = written.slice(1, -1).toLowerCase();
    return written.endsWith("]") && isIPv6(host) ? { family: "tcp", host, port } : undefined;
  }
  return isIPv4(written) ? { family: "tcp", host: written === "0.0.0.0" ? "*" : written, port } : undefined;
}

function portOf(text: string): number | undefined {
  const port = unsigned(text);
  return port === undefined || port > 65_535 ? undefined : port;
}

/** An unsigned 32-bit number as C writes them; undefined for anything else. systemd: src/basic/parse-util.c safe_atou_full. */
export function unsigned(text: string): number | undefined {
  const match = /^(?:\+?(?:(0[xX][\da-fA-F]{1,16}|0[bB][01]{1,64})|0[oO]?([0-7]{1,24})|(0|[1-9]\d{0,15}))|-0)$/.exec(text);
  if (match === null) return undefined;
  const [, prefixed, octal, decimal] = match;
  const number = octal !== undefined ? Number.parseInt(octal, 8) : Number(prefixed ?? decimal ?? "0");
  return number <= 0xffff_ffff ? number : undefined;
}
