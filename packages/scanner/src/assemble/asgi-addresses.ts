import { asgiPrograms } from "@audit-backlog/model";
import type { Address, SimpleValue, Sourced, Value } from "@audit-backlog/model";
import { defaultOf, integer, written, writtenAll, type AsgiLayers } from "./asgi-settings.ts";

/** An address that a server listens on. */
export interface AsgiAddress {
  readonly address: Sourced<Address>;
  /** The backlog that a Twisted endpoint names for itself. */
  readonly backlog?: Sourced<number>;
  /** A socket that listens already and that daphne leaves as it is. */
  readonly asHanded?: true;
}

export function addressesOf(layers: AsgiLayers): readonly AsgiAddress[] {
  switch (layers.invocation.program) {
    case "uvicorn":
      // It calls listen() on what it is handed, with its own backlog.
      return [{ address: uvicornAddress(layers) }];
    case "hypercorn":
      return hypercornAddresses(layers);
    case "daphne":
      return daphneAddresses(layers);
  }
}

/** uvicorn: uvicorn/server.py Server.startup, uvicorn/config.py Config.bind_socket: a descriptor comes before a path, a path before a port. */
function uvicornAddress(layers: AsgiLayers): Sourced<Address> {
  const { invocation } = layers;
  const fd = written(layers, "fd");
  const uds = written(layers, "uds");
  if (fd !== undefined && uds === undefined) return handedAs(layers, fd)?.address ?? mapped(fd, (text) => ({ family: "inherited", text: `fd://${text}` }));
  if (uds !== undefined) return mapped(uds, (path) => (path === "" ? undefined : { family: "unix", path }));
  return tcp(layers, written(layers, "host"), written(layers, "port"), invocation.fastapi === "run" ? "0.0.0.0" : asgiPrograms.uvicorn.address.host);
}

/** The socket behind a descriptor that the command line names. */
function handedAs({ handed }: AsgiLayers, fd: Sourced<string>): Pick<AsgiAddress, "address" | "backlog"> | undefined {
  const number = integer(fd).value;
  const found = "value" in number ? handed.find(({ descriptor }) => descriptor === number.value) : undefined;
  return found === undefined ? undefined : { address: found.address, ...(found.backlog === undefined ? {} : { backlog: found.backlog }) };
}

/** A host and a port, each given or by default. */
function tcp({ invocation }: AsgiLayers, host: Sourced<string> | undefined, port: Sourced<string> | undefined, defaultHost: string): Sourced<Address> {
  const { address } = asgiPrograms[invocation.program];
  const number: Sourced<number> = port === undefined ? { value: { kind: "assumed", value: address.port }, origin: defaultOf(invocation) } : integer(port);
  const name: Sourced<string> = host ?? { value: { kind: "assumed", value: defaultHost }, origin: defaultOf(invocation) };
  const main = port ?? host ?? number;
  const place = { origin: main.origin, ...(main.text === undefined ? {} : { text: main.text }) };
  const [a, b] = [name.value, number.value];
  if (!("value" in a)) return { ...place, value: dynamicLike(a) };
  if (!("value" in b)) return { ...place, value: dynamicLike(b) };
  if (b.value < 0 || b.value > 65_535) return { ...place, value: { kind: "dynamic" } };
  const value = tcpAddress(a.value, b.value);
  // A port that is written settles what is looked for, though the host is the default's.
  const written = (port ?? host) !== undefined;
  const sure = (a.kind === "exact" || host === undefined) && (b.kind === "exact" || port === undefined) && written;
  const variable = [a, b].flatMap((one) => (one.kind === "assumed" && one.variable !== undefined ? [one.variable] : []))[0];
  return { ...place, value: sure ? { kind: "exact", value } : { kind: "assumed", value, ...(variable === undefined ? {} : { variable }) } };
}

function tcpAddress(host: string, port: number): Address {
  const plain = host.replaceAll(/[[\]]/g, "").toLowerCase();
  return { family: "tcp", host: plain === "" || plain === "0.0.0.0" ? "*" : plain, port };
}

function hypercornAddresses(layers: AsgiLayers): readonly AsgiAddress[] {
  const binds = writtenAll(layers, "bind");
  // A file that is not known may set them, but hardly does: they are a second port for who comes without TLS.
  const known = { ...layers, unknownConfig: undefined };
  const insecure = writtenAll(known, "certfile") === undefined ? [] : (writtenAll(known, "insecure_bind") ?? []);
  const { host, port } = asgiPrograms.hypercorn.address;
  const main = binds?.map((bind) => ({ address: mapped(bind, parseBind) })) ?? [{ address: { value: { kind: "assumed", value: tcpAddress(host, port) }, origin: defaultOf(layers.invocation) } as const }];
  return [...main, ...insecure.map((bind) => ({ address: mapped(bind, parseBind) }))];
}

/** hypercorn: hypercorn/config.py Config._create_sockets: without a port it is 8000. */
function parseBind(bind: string): Address | undefined {
  if (bind.startsWith("unix:")) return { family: "unix", path: bind.slice("unix:".length) };
  if (bind.startsWith("fd://")) return { family: "inherited", text: bind };
  const plain = bind.replaceAll(/[[\]]/g, "");
  const colon = plain.lastIndexOf(":");
  const port = colon === -1 ? "" : plain.slice(colon + 1);
  return /^\d{1,5}$/.test(port) && Number(port) <= 65_535 ? tcpAddress(plain.slice(0, colon), Number(port)) : tcpAddress(plain, asgiPrograms.hypercorn.address.port);
}

/** daphne: daphne/cli.py CommandLineInterface.run: a path, a descriptor or an endpoint replaces the default port; a port adds to them. */
function daphneAddresses(layers: AsgiLayers): readonly AsgiAddress[] {
  const [host, port, path, fd] = ["bind", "port", "unix_socket", "fd"].map((setting) => written(layers, setting));
  const endpoints = writtenAll(layers, "endpoint") ?? [];
  const alone = path === undefined && fd === undefined && endpoints.length === 0;
  return [
    ...(host !== undefined || port !== undefined || alone ? [{ address: tcp(layers, host, port, asgiPrograms.daphne.address.host) }] : []),
    ...(path === undefined ? [] : [{ address: mapped(path, (text) => ({ family: "unix", path: text })) }]),
    ...(fd === undefined ? [] : [{ address: mapped(fd, (text) => ({ family: "inherited", text: `fd://${text}` })), ...handedAs(layers, fd), asHanded: true as const }]),
    ...endpoints.map(endpoint),
  ];
}

/** A server string of Twisted's: `tcp:port=8000:interface=0.0.0.0:backlog=100`, `ssl:443`, `unix:/run/a.sock`. Twisted: twisted/internet/endpoints.py serverFromString. */
function endpoint(written: Sourced<string>): AsgiAddress {
  const { value } = written;
  const text = "value" in value ? value.value : undefined;
  const [kind = "", ...parts] = (text ?? "").split(/(?<!\\):/).map((part) => part.replaceAll(/\\(.)/g, "$1"));
  const named = new Map(parts.flatMap((part) => (part.includes("=") ? [[part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)] as const] : [])));
  const [first] = parts.filter((part) => !part.includes("="));
  const backlog = named.get("backlog");
  const own = backlog === undefined ? {} : { backlog: integer({ ...written, value: "value" in value ? { ...value, value: backlog } : { kind: "dynamic" } }) };
  const address = mapped(written, (): Address | undefined => {
    if (kind === "unix") return { family: "unix", path: named.get("address") ?? first ?? "" };
    if (kind === "fd" || kind === "systemd") return { family: "inherited", text: text ?? "" };
    const port = named.get("port") ?? first ?? "";
    if (!/^\d{1,5}$/.test(port) || !/^(?:tcp6?|ssl)$/.test(kind)) return undefined;
    return tcpAddress(named.get("interface") ?? (kind === "tcp6" ? "::" : ""), Number(port));
  });
  return { address, ...own, ...(kind === "fd" || kind === "systemd" ? { asHanded: true as const } : {}) };
}

function mapped(sourced: Sourced<string>, read: (text: string) => Address | undefined): Sourced<Address> {
  const simple = (value: SimpleValue<string>): SimpleValue<Address> => {
    if (value.kind === "formula" || value.kind === "dynamic") return dynamicLike(value);
    const address = read(value.value);
    return address === undefined ? { kind: "dynamic" } : { ...value, value: address };
  };
  const { value } = sourced;
  const whole: Value<Address> = value.kind === "oneOf" ? { kind: "oneOf", options: value.options.map((option) => ({ ...option, value: simple(option.value) })) } : simple(value);
  return { ...sourced, value: whole };
}

function dynamicLike(value: Value<unknown>): { readonly kind: "dynamic"; readonly variable?: string } {
  const variable = value.kind === "dynamic" || value.kind === "formula" || value.kind === "assumed" ? value.variable : undefined;
  return variable === undefined ? { kind: "dynamic" } : { kind: "dynamic", variable };
}
