import type { GunicornServer } from "@audit-backlog/model";
import { endClients, fateOf, startClient, type Client } from "../clients.ts";
import { wordsOf } from "../count.ts";
import { countsOf } from "../kernel.ts";
import { waitUntil } from "../processes.ts";
import { startGunicorn } from "../servers/gunicorn.ts";
import { gatedApplication, makeGate } from "./gated-application.ts";
import { settingFor, type Ground } from "./ground.ts";

export interface DrainOrder {
  readonly family: "tcp" | "unix";
  readonly workers: number;
  readonly backlog: number;
  /** Clients in the queue when the server is told to end; at most the backlog + 1. */
  readonly queued: number;
}

export interface DrainCounts {
  /** By the kernel, before SIGTERM. */
  readonly accepted: number;
  readonly queued: number;
  /** By the clients, in the end: statuses and error codes. */
  readonly clients: Readonly<Record<string, number>>;
  /** Requests that a worker took up. */
  readonly taken: number;
  /** Listening sockets in the end. */
  readonly listening: number;
}

/**
 * The law: a gunicorn that gets SIGTERM finishes the requests that its sync workers are at, and nobody takes up what is in the queue: with
 * the last descriptor of the listening socket the kernel resets it, client by client, however large the backlog.
 * Sources: gunicorn: gunicorn/arbiter.py Arbiter.stop, workers/sync.py SyncWorker.run_for_one; linux: net/ipv4/inet_connection_sock.c
 * inet_csk_listen_stop, net/unix/af_unix.c unix_release_sock.
 */
export async function drain({ family, workers, backlog, queued }: DrainOrder, ground: Ground): Promise<DrainCounts> {
  const setting = await settingFor("drained", family, ground);
  const { address } = setting;
  const gate = makeGate(ground.directory);
  const server: GunicornServer = { kind: "gunicorn", family, backlog, state: "serving", workerClass: "sync", workers, threads: 1, workerConnections: 1000, serviceTime: 0 };
  const running = ground.keep(await startGunicorn(server, setting, { application: gatedApplication, gracefulTimeout: 3600 }));
  const clients: Client[] = [];
  const waiting = (): number => countsOf(address).queues.reduce((sum, length) => sum + length, 0);
  for (let index = 0; index < workers + queued; index += 1) {
    clients.push(startClient(address, "a request"));
    await waitUntil(() => (index < workers ? gate.taken().length === index + 1 : waiting() === index + 1 - workers), ground.until, "a client to find its place");
  }
  await waitUntil(() => clients.every((client) => fateOf(client) === "waiting"), ground.until, "every client to be connected");
  const before = { accepted: countsOf(address).accepted, queued: waiting() };
  process.kill(running.pid, "SIGTERM");
  await waitUntil(() => gate.told() === workers, ground.until, "every worker to be told to end");
  gate.release(workers + queued);
  await waitUntil(() => clients.every((client) => client.ended === true), ground.until, "every client to end");
  const counts: DrainCounts = { ...before, clients: wordsOf(clients), taken: gate.taken().length, listening: countsOf(address).queues.length };
  endClients(clients);
  return counts;
}
