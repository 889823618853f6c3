import type { Address } from "@audit-backlog/model";

/** What a line of a log, or a counter, means. */
export interface Meaning {
  /** Which queue or limit it is: one or two sentences. */
  readonly is: string;
  /** What it is often taken for, and is not. */
  readonly not: readonly string[];
  /** Commands that show more, each with what to see in it. */
  readonly next: readonly Look[];
  /** A rule whose page says more. */
  readonly rule?: string;
  /** The listener that it speaks of, where the line names one. */
  readonly about?: Address;
  /** The upstream that it speaks of, where the line names that and no address. */
  readonly upstream?: string;
  /** Settings of a repository that decide about it. */
  readonly settings?: readonly SettingKind[];
}

/**
 * `backlog` and `workers` are those of the listener that a line is about; `timeout` is gunicorn's. The others are nginx's, whose line it is
 * or who stands in front.
 */
export type SettingKind = "backlog" | "workers" | "timeout" | "worker_connections" | "max_fails" | "proxy timeouts" | "limit_conn";

export interface Look {
  readonly command: string;
  readonly shows: string;
}

/** One kind of line. */
export interface Sign {
  /** Stable, kebab-case. */
  readonly id: string;
  /** Who writes it, and where in its source. */
  readonly source: string;
  /** Takes a time linear in the length of a line, whatever stands in it: what repeats in it is bounded, or can't begin anew inside itself. */
  readonly pattern: RegExp;
  readonly meaning: (match: RegExpMatchArray) => Meaning;
}

const fullQueue = "Recv-Q above Send-Q: the queue is full; Send-Q is the backlog in force";

/** Queues of unix sockets are in no counter of the kernel. linux: net/unix/af_unix.c has no SNMP counter for them. */
export function unixQueue(path?: string): Look {
  return { command: path === undefined ? "ss -xl" : `ss -xl | grep -F ${quoted(path)}`, shows: fullQueue };
}

export function tcpQueue(port?: number): Look {
  return { command: port === undefined ? "ss -lnt" : `ss -lnt 'sport = :${String(port)}'`, shows: fullQueue };
}

export function queueOf(address: Address | undefined): Look {
  return address?.family === "unix" ? unixQueue(address.path) : tcpQueue(address?.family === "tcp" ? address.port : undefined);
}

export const overflowCounters: Look = { command: "nstat -az TcpExtListenOverflows TcpExtListenDrops", shows: "whether any accept queue of this network namespace was full (TCP only; run it inside the container)" };

export const somaxconnThere: Look = { command: "sysctl net.core.somaxconn", shows: "what the kernel cuts every backlog down to; in the container, not on its host" };

export const abortOnOverflow: Look = { command: "sysctl net.ipv4.tcp_abort_on_overflow", shows: "1: then a full queue may reset, too" };

export const notWorkers = "too few workers, in the first place: each sync worker more is one place more, and in a burst not even that is sure";

/** A word for a shell; what is not plain is quoted. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** `127.0.0.1:8000`, `[::1]:8000`, `:::8000`, `*:8000`, `/run/a.sock`, `unix:/run/a.sock`: where a listener is, as programs write it. */
export function addressOf(text: string | undefined): Address | undefined {
  if (text === undefined) return undefined;
  const path = /^(?:unix:)?(\/.{1,107}|@.{1,107})$/.exec(text)?.[1];
  if (path !== undefined) return { family: "unix", path };
  const [, host, port] = /^([^\s/]{0,255}):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { family: "tcp", host: host === "" ? "*" : host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** `about`, where there is something to say. */
export function about(address: Address | undefined): { readonly about?: Address } {
  return address === undefined ? {} : { about: address };
}

/** A JSON log has a backslash before each quote; JSON in JSON has several. */
const named = /upstream: \\{0,7}"([^"\\]{1,500})\\{0,7}"/;

/**
 * `http://unix:/run/a.sock:/x`, `http://127.0.0.1:8000/x`, `127.0.0.1:8000`: the address that nginx says it was talking to. Of a unix
 * socket that it waited for in vain, nothing separates the path from what was requested: then a request that is known does, or
 * the usual end of such a name; else there is no saying.
 * nginx: src/http/ngx_http_request.c ngx_http_log_error_handler.
 */
export function upstreamOf(line: string): Address | undefined {
  const url = named.exec(line)?.[1]?.replace(/^\w{1,10}:\/\//, "");
  const connected = addressOf(/connect\(\) to (unix:\/[^\s:"]{1,107})/.exec(line)?.[1]);
  if (url === undefined || connected !== undefined) return connected;
  if (!url.startsWith("unix:")) return addressOf(/^[^/]+/.exec(url)?.[0]);
  const [path = "", ...uri] = url.slice("unix:".length).split(":");
  if (uri.length > 0) return addressOf(path);
  const requested = /request: \\{0,7}"[A-Z]{1,20} (\/[^\s"\\]{0,400})/.exec(line)?.[1];
  if (requested !== undefined && path.endsWith(requested) && path !== requested) return addressOf(path.slice(0, -requested.length));
  return addressOf(/^\/[^?]*?\.sock(?:et)?(?=\/|$)/.exec(path)?.[0]);
}

/** The name of an upstream, which nginx writes instead of an address where it tried none. */
export function upstreamName(line: string): string | undefined {
  return /^(?:\w{1,10}:\/\/)?([^/:]+)(?:\/|$)/.exec(named.exec(line)?.[1] ?? "")?.[1];
}
