import { setTimeout as sleep } from "node:timers/promises";
import type { GunicornServer, NginxServer } from "@audit-backlog/model";
import { endClients, fateOf, startClient, type Client } from "../clients.ts";
import { wordsOf } from "../count.ts";
import { countsOf, type Address } from "../kernel.ts";
import { areAtRest, familyOf, resumeFamily, stopFamily, waitUntil } from "../processes.ts";
import { startGunicorn } from "../servers/gunicorn.ts";
import { startNginx } from "../servers/nginx.ts";
import type { Running } from "../servers/running.ts";
import { settingFor, type Ground } from "./ground.ts";

export interface MaxFailsOrder {
  /** In the upstream, on unix sockets. */
  readonly servers: number;
  readonly backlog: number;
  /** Of each `server` of the upstream; none for nginx's defaults. */
  readonly parameters?: "max_fails=0" | "fail_timeout=0";
  /** Clients that come at once while no worker runs. */
  readonly burst: number;
  /** Clients that come when the burst is over and the queues are empty: one after the other, or at once to workers that do not run. */
  readonly calm: number;
  readonly calmAtOnce?: true;
}

export interface MaxFailsCounts {
  /** In the upstream's queues during the burst, by the kernel. */
  readonly queued: number;
  readonly burst: PhaseCounts;
  /** In the upstream's queues before the calm clients came. */
  readonly queuedBetween: number;
  readonly calm: PhaseCounts;
}

export interface PhaseCounts {
  /** How many were answered with which status. */
  readonly clients: Readonly<Record<string, number>>;
  /** Lines of nginx's error log. */
  readonly queueFull: number;
  readonly noLiveUpstreams: number;
}

/**
 * The law: where an upstream has two servers or more on unix sockets, one full queue (EAGAIN) counts as a failure, and with the default
 * max_fails=1 it shuts the server out for fail_timeout (10 s). A burst shuts out all of them; then requests get 502 "no live upstreams", though
 * every queue is empty. max_fails=0 does away with it. fail_timeout=0 does not: within one second of the clock a server
 * that failed is tried once. The only server of an upstream is never shut out.
 * Source: nginx: src/http/ngx_http_upstream_round_robin.c ngx_http_upstream_get_peer, ngx_http_upstream_free_round_robin_peer.
 */
export async function maxFails({ servers, backlog, parameters, burst, calm, calmAtOnce }: MaxFailsOrder, ground: Ground): Promise<MaxFailsCounts> {
  const upstream: GunicornServer = { kind: "gunicorn", family: "unix", backlog, state: "serving", workerClass: "sync", workers: 1, threads: 1, workerConnections: 1000, serviceTime: 0 };
  const front: NginxServer = { kind: "nginx", family: "tcp", backlog: 511, state: "serving", workers: 1, workerConnections: 1024, reuseport: false };
  const behind: (Running & { readonly pid: number; readonly address: Address })[] = [];
  for (let index = 0; index < servers; index += 1) {
    const setting = await settingFor(`behind${index}`, "unix", ground);
    behind.push({ ...ground.keep(await startGunicorn(upstream, setting)), address: setting.address });
  }
  const setting = await settingFor("front", "tcp", ground);
  const nginx = ground.keep(await startNginx(front, setting, behind.map(({ address }) => ({ ...address, ...(parameters === undefined ? {} : { parameters }) }))));

  const queued = (): number => behind.flatMap(({ address }) => countsOf(address).queues).reduce((sum, length) => sum + length, 0);
  const waiting = (clients: readonly Client[]): number => clients.filter((client) => ["connecting", "waiting"].includes(fateOf(client))).length;
  const stop = async (): Promise<void> => {
    for (const { pid } of behind) await stopFamily(pid, ground.until);
  };
  /** All at once to queues that nobody empties; then the workers run until everybody is answered. */
  const sendAtOnce = async (count: number): Promise<{ readonly clients: readonly Client[]; readonly held: number }> => {
    const clients = Array.from({ length: count }, () => startClient(setting.address, "a request"));
    await waitUntil(() => waiting(clients) === queued() && areAtRest(familyOf(nginx.pid)), ground.until, "every client to be queued or turned away");
    const held = queued();
    for (const { pid } of behind) resumeFamily(pid);
    await waitUntil(() => waiting(clients) === 0, ground.until, "every client to be answered");
    return { clients, held };
  };
  const sendOneByOne = async (count: number): Promise<readonly Client[]> => {
    const clients: Client[] = [];
    for (let index = 0; index < count; index += 1) {
      clients.push(startClient(setting.address, "a request"));
      await waitUntil(() => waiting(clients) === 0, ground.until, "a client to be answered");
    }
    return clients;
  };
  const countPhase = (clients: readonly Client[], logBefore: string): PhaseCounts => {
    const log = nginx.log().slice(logBefore.length);
    const lines = (text: string): number => log.split(text).length - 1;
    endClients(clients);
    return { clients: wordsOf(clients), queueFull: lines("(11: Resource temporarily unavailable)"), noLiveUpstreams: lines("no live upstreams") };
  };

  await stop();
  const first = await sendAtOnce(burst);
  const burstCounts = countPhase(first.clients, "");
  const queuedBetween = queued();
  const log = nginx.log();
  if (calmAtOnce === true) {
    await stop();
    await startOfASecond();
  }
  const calmClients = calmAtOnce === true ? (await sendAtOnce(calm)).clients : await sendOneByOne(calm);
  return { queued: first.held, burst: burstCounts, queuedBetween, calm: countPhase(calmClients, log) };
}

/** nginx counts fail_timeout in whole seconds of the clock: waits until the next but one has just begun. */
async function startOfASecond(): Promise<void> {
  await sleep(2000 - (Date.now() % 1000));
}
