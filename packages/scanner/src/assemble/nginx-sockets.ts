import type { StartFailure } from "@audit-backlog/model";
import { originOf } from "../readers/nginx.ts";
import { isWildcard, printed, type ParsedAddress } from "./nginx-address.ts";
import type { Node } from "./nginx-include.ts";
import { parseListen, type Listen, type Protocol } from "./nginx-listen.ts";
import type { Together } from "./nginx-settings.ts";

/** A server block, or the top of a file that belongs into one. */
export interface ServerBlock {
  readonly protocol: Protocol;
  /** The `server` directive; undefined for the top of a file that belongs into one. */
  readonly node: Node | undefined;
  readonly children: readonly Node[];
}

/** One address as nginx merges it from all servers, and whether it gets a socket of its own. */
export interface Socket {
  readonly protocol: Protocol;
  /** Undefined where a template fills it in. */
  readonly address: ParsedAddress | undefined;
  /** Every directive that names the address, in order; empty for the address that a server without `listen` gets. */
  readonly listens: Listen[];
  readonly servers: ServerBlock[];
  /** The directive whose options hold: the one that set any, else the first. */
  options: Listen | undefined;
  defaultServer: Listen | undefined;
  readonly datagram: boolean;
  /** Bound explicitly; else a wildcard of the same port takes its connections. */
  bind: boolean;
}

export interface MergedListens {
  /** In the order in which nginx binds them. */
  readonly sockets: readonly Socket[];
  readonly failures: readonly StartFailure[];
  /** Sockets by the servers whose requests come in through them. */
  readonly socketsOf: ReadonlyMap<ServerBlock, ReadonlySet<Socket>>;
  /** Directives that ask for more ports than we follow. */
  readonly cut: readonly Listen[];
}

/** A range may name 65535 ports; nobody means to. */
const maxPortsOfRange = 1024;

/**
 * Merges the `listen` directives of one protocol by address (nginx: src/http/ngx_http.c ngx_http_add_listen,
 * ngx_http_add_addresses, ngx_http_init_listening; src/mail/ngx_mail_core_module.c ngx_mail_core_listen).
 */
export function mergeListens(servers: readonly ServerBlock[], protocol: Protocol, together: Together): MergedListens {
  const merger = new Merger(protocol, together);
  for (const server of servers) merger.server(server);
  return merger.finish();
}

class Merger {
  readonly #protocol: Protocol;
  readonly #together: Together;
  readonly #byAddress = new Map<string, Socket>();
  readonly #failures: StartFailure[] = [];
  readonly #cut: Listen[] = [];

  constructor(protocol: Protocol, together: Together) {
    this.#protocol = protocol;
    this.#together = together;
  }

  server(server: ServerBlock): void {
    let listens = false;
    for (const child of server.children) {
      if (child.name !== "listen") continue;
      const listen = parseListen(child, this.#protocol);
      if (listen === undefined) continue;
      listens = true;
      if (listen.refusal !== undefined) {
        const { kind, message, word } = listen.refusal;
        this.#failures.push({ kind, message, origin: originOf(child.facts, word.start, word.end), related: [], passesConfigTest: false });
      }
      if (listen.address !== undefined) for (const address of this.#addresses(listen, listen.address)) this.#add(server, listen, address);
      else if (listen.refusal === undefined) this.#add(server, listen, undefined);
    }
    if (!listens && server.node !== undefined && this.#protocol === "http") this.#addDefault(server);
  }

  #addresses(listen: Listen, address: ParsedAddress): ParsedAddress[] {
    if (address.family === "unix" || address.lastPort === undefined) return [address];
    const count = address.lastPort - address.port + 1;
    if (count > maxPortsOfRange) this.#cut.push(listen);
    const { port, host, family } = address;
    return Array.from({ length: Math.min(count, maxPortsOfRange) }, (_, index) => ({ family, host, port: port + index, hasPort: true }));
  }

  #add(server: ServerBlock, listen: Listen, address: ParsedAddress | undefined): void {
    const key = `${listen.datagram ? "udp" : "tcp"} ${address === undefined ? `template ${listen.addressWord.value}` : `${address.family} ${printed(address)}`}`;
    const socket = this.#byAddress.get(key);
    if (socket === undefined) {
      this.#byAddress.set(key, {
        protocol: this.#protocol,
        address,
        listens: [listen],
        servers: [server],
        options: listen,
        defaultServer: listen.defaultServer ? listen : undefined,
        datagram: listen.datagram,
        bind: listen.setsOptions,
      });
      return;
    }
    this.#repeat(socket, server, listen);
    socket.listens.push(listen);
    if (socket.servers.at(-1) !== server) socket.servers.push(server);
  }

  /** An address that is known already: the order of the checks is nginx's own. */
  #repeat(socket: Socket, server: ServerBlock, listen: Listen): void {
    const first = socket.listens[0];
    const name = socket.address === undefined ? listen.addressWord.value : printed(socket.address);
    // nginx compares servers only for http and stream; mail refuses any address that comes twice.
    if (this.#protocol === "mail") {
      this.#fail("duplicate-listen", `duplicate "${name}" address and port pair`, listen, first, "the same address before");
    } else if (socket.servers.at(-1) === server && first !== undefined) {
      this.#fail("duplicate-listen", `a duplicate listen ${name}`, listen, first, "the same listen before");
    }
    if (listen.setsOptions) {
      if (socket.bind) this.#fail("duplicate-listen-options", `duplicate listen options for ${name}`, listen, socket.options, "socket options were set here");
      else socket.options = listen;
      socket.bind = true;
    }
    if (listen.defaultServer) {
      if (socket.defaultServer !== undefined) this.#fail("other", `a duplicate default server for ${name}`, listen, socket.defaultServer, "the default server");
      socket.defaultServer ??= listen;
    }
  }

  #fail(kind: StartFailure["kind"], message: string, listen: Listen, earlier: Listen | undefined, label: string): void {
    if (earlier === undefined || listen.address === undefined || !this.#together(earlier.node, listen.node)) return;
    this.#failures.push({
      kind,
      message,
      origin: originOf(listen.node.facts, listen.node.directive.start, listen.node.directive.end),
      related: [{ origin: originOf(earlier.node.facts, earlier.node.directive.start, earlier.node.directive.end), label }],
      passesConfigTest: false,
    });
  }

  /** nginx: src/http/ngx_http_core_module.c ngx_http_core_server: *:80, or *:8000 where it is not started by root. */
  #addDefault(server: ServerBlock): void {
    const address: ParsedAddress = { family: "ipv4", host: "*", port: 80, hasPort: false };
    const key = `tcp ipv4 ${printed(address)}`;
    const socket = this.#byAddress.get(key);
    if (socket !== undefined) socket.servers.push(server);
    else this.#byAddress.set(key, { protocol: this.#protocol, address, listens: [], servers: [server], options: undefined, defaultServer: undefined, datagram: false, bind: false });
  }

  finish(): MergedListens {
    const ports = new Map<string, Socket[]>();
    let templates = 0;
    for (const socket of this.#byAddress.values()) {
      const key = socket.address === undefined ? `template ${templates++}` : portKey(socket.address, socket.datagram);
      const port = ports.get(key);
      if (port === undefined) ports.set(key, [socket]);
      else port.push(socket);
    }
    const bound: Socket[] = [];
    const socketsOf = new Map<ServerBlock, Set<Socket>>();
    for (const port of ports.values()) {
      const wildcard = port.find(({ address }) => address !== undefined && isWildcard(address));
      const explicit = port.filter((socket) => socket !== wildcard && socket.bind);
      const implicit = port.filter((socket) => socket !== wildcard && !socket.bind);
      for (const socket of explicit) bound.push(socket);
      if (wildcard === undefined) for (const socket of implicit) bound.push(socket);
      else bound.push(wildcard);
      for (const socket of port) {
        const receiver = socket.bind ? socket : (wildcard ?? socket);
        for (const server of socket.servers) {
          const known = socketsOf.get(server);
          if (known === undefined) socketsOf.set(server, new Set([receiver]));
          else known.add(receiver);
        }
      }
    }
    return { sockets: bound, failures: this.#failures, socketsOf, cut: this.#cut };
  }
}

/** Names are taken for IPv4: what they resolve to is known on the machine only, and most often is. */
function portKey(address: ParsedAddress, datagram: boolean): string {
  if (address.family === "unix") return `unix ${address.path}`;
  return `${datagram ? "udp" : "tcp"} ${address.family === "ipv6" ? "6" : "4"} ${address.port}`;
}
