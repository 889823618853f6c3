import { connect, type Socket } from "node:net";
import type { Address } from "./kernel.ts";

/** What a client says once it is connected: nothing, a request, the one of a health check, or a part of a request, which keeps a server waiting for the rest. */
export type Words = "nothing" | "a request" | "a probe" | "part of a request";

const texts: Readonly<Record<Words, string>> = {
  nothing: "",
  "a request": "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n",
  "a probe": "GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n",
  "part of a request": "GET / HTTP/1.0\r\nHost: localhost\r\n",
};

export interface Client {
  readonly socket: Socket;
  readonly started: number;
  connectedAt?: number;
  answeredAt?: number;
  /** Of the answer. */
  status?: number;
  /** Of the error that ended it. */
  error?: string;
  ended?: boolean;
}

/**
 * Starts a client. All that one tick starts connect before any event comes in: to an IP literal, Node calls connect(2) in the
 * tick's own microtask phase, without a look-up and without trying a second address.
 */
export function startClient(to: Address, words: Words): Client {
  const socket = connect(to.family === "tcp" ? { host: "127.0.0.1", port: to.port, autoSelectFamily: false } : { path: to.path });
  const client: Client = { socket, started: performance.now() };
  socket.once("connect", () => {
    client.connectedAt = performance.now();
    if (words !== "nothing") socket.write(texts[words]);
  });
  socket.once("data", (chunk: Buffer) => {
    client.answeredAt = performance.now();
    client.status = Number(/^HTTP\/1\.\d (\d{3})/.exec(chunk.toString("latin1", 0, 32))?.[1] ?? 0);
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    client.error ??= error.code ?? error.message;
  });
  socket.once("end", () => {
    client.ended = true;
  });
  socket.once("close", () => {
    client.ended = true;
  });
  return client;
}

/** What became of a client, by its own word. */
export type Fate = "connecting" | "waiting" | "closed" | "eagain" | "answered" | "badGateway" | "gatewayTimeout" | "failed";

/** By its own word; `failed` is an error that no scenario expects. */
export function fateOf(client: Client): Fate {
  switch (client.status) {
    case undefined:
      break;
    case 502:
      return "badGateway";
    case 504:
      return "gatewayTimeout";
    case 500:
      return "closed";
    default:
      return "answered";
  }
  if (client.connectedAt === undefined) {
    if (client.error === undefined) return "connecting";
    return client.error === "EAGAIN" ? "eagain" : "failed";
  }
  return client.ended === true || client.error !== undefined ? "closed" : "waiting";
}

/** How many clients met each fate. */
export function fatesOf(clients: readonly Client[]): Readonly<Record<Fate, number>> {
  const counts: Record<Fate, number> = { connecting: 0, waiting: 0, closed: 0, eagain: 0, answered: 0, badGateway: 0, gatewayTimeout: 0, failed: 0 };
  for (const client of clients) counts[fateOf(client)] += 1;
  return counts;
}

/** Ends clients for good: who is connected with a reset, so no TIME_WAIT stays behind. */
export function endClients(clients: readonly Client[]): void {
  for (const { socket, connectedAt } of clients) {
    if (connectedAt === undefined || !("port" in socket.address())) socket.destroy();
    else socket.resetAndDestroy();
  }
}
