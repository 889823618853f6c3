import type { Address, Backlog, Listener, Sourced } from "@audit-backlog/model";
import { originOf, originOfPart, textOfPart } from "../readers/nginx.ts";
import { modelAddress } from "./nginx-address.ts";
import { defaultBacklog } from "./nginx-listen.ts";
import { assumed, nginxDefault } from "./nginx-settings.ts";
import type { Socket } from "./nginx-sockets.ts";

/** The model's listener for a socket; undefined for UDP, which has no accept queue. */
export function makeListener(socket: Socket, service: string, somaxconn: Sourced<number>, taken: Set<string>): Listener | undefined {
  if (socket.datagram) return undefined;
  const node = socket.options?.node ?? socket.servers[0]?.node;
  if (node === undefined) return undefined;
  return {
    id: freeId(`${service}#${addressText(socket)}`, taken),
    origin: socket.options === undefined ? originOf(node.facts, node.directive.name.start, node.directive.name.end) : originOf(node.facts, node.directive.start, node.directive.end),
    address: addressOf(socket),
    backlog: backlogOf(socket),
    queuePerWorker: queuePerWorker(socket),
    somaxconn,
  };
}

/** Ids hold no blanks, so that lists of them can be joined by one. */
export function asId(text: string): string {
  return text.replaceAll(/\s/g, "_");
}

function freeId(wanted: string, taken: Set<string>): string {
  const base = asId(wanted);
  let id = base;
  for (let count = 2; taken.has(id); count += 1) id = `${base}~${count}`;
  taken.add(id);
  return id;
}

function addressText({ address, options }: Socket): string {
  if (address === undefined) return options === undefined ? "" : textOfPart(options.node.facts, options.addressWord);
  if (address.family === "unix") return `unix:${address.path}`;
  return `${address.family === "ipv6" ? `[${address.host}]` : address.host}:${address.port}`;
}

function addressOf({ protocol, address, options }: Socket): Sourced<Address> {
  if (options === undefined) return assumed({ family: "tcp", host: "*", port: 80 }, listenModule(protocol), "listen");
  const word = options.addressWord;
  return {
    value: address === undefined ? { kind: "dynamic" } : { kind: "exact", value: modelAddress(address) },
    origin: originOfPart(options.node.facts, word),
    text: textOfPart(options.node.facts, word),
  };
}

function backlogOf({ protocol, options }: Socket): Backlog {
  const backlog = options?.backlog;
  const ignored = options?.ignored ?? [];
  if (backlog === undefined) return { requested: assumed(defaultBacklog, listenModule(protocol), "listen"), reading: "default", serverDefault: defaultBacklog, ignored };
  const { requested, written, reading } = backlog;
  return { requested, ...(reading === "explicit" ? {} : { written }), reading, serverDefault: defaultBacklog, ignored };
}

function queuePerWorker({ protocol, options }: Socket): Sourced<boolean> {
  const word = options?.reuseport === true ? options.node.args.find(({ value }) => value === "reuseport") : undefined;
  if (options === undefined || word === undefined) return { value: { kind: "assumed", value: false }, origin: nginxDefault(listenModule(protocol), "listen") };
  return { value: { kind: "exact", value: true }, origin: originOfPart(options.node.facts, word), text: textOfPart(options.node.facts, word) };
}

function listenModule(protocol: Socket["protocol"]): string {
  return `${protocol}/ngx_${protocol}_core_module`;
}
