import type { GunicornServer } from "@audit-backlog/model";
import { endClients, fateOf, startClient, type Client } from "../clients.ts";
import { countsOf } from "../kernel.ts";
import { waitUntil } from "../processes.ts";
import { startGunicorn } from "../servers/gunicorn.ts";
import { gatedApplication, makeGate } from "./gated-application.ts";
import { settingFor, type Ground } from "./ground.ts";

export interface ProbeBehindQueueOrder {
  readonly family: "tcp" | "unix";
  /** All of them serve a request when the probe comes. */
  readonly workers: number;
  /** Requests in the queue when the probe comes. */
  readonly queued: number;
}

export interface ProbeBehindQueueCounts {
  /** The probe's place in the queue by the kernel, from 1. */
  readonly place: number;
  /** Rounds, in each of which every worker answers one request, until the probe was answered. */
  readonly rounds: number;
  /** Requests and probe in the order in which workers took them up: a letter each. */
  readonly taken: string;
  /** Requests answered before the probe was taken up. */
  readonly answeredBefore: number;
}

/**
 * The law: a health check of the port that serves requests stands in the same queue. On the place q of a queue before P workers that are all
 * busy it is taken up after ceil(q / P) service times, though its own answer takes no time.
 * Source: the queue is first in, first out (linux: include/net/request_sock.h reqsk_queue_remove), and a sync worker serves one
 * connection at a time (gunicorn: gunicorn/workers/sync.py).
 */
export async function probeBehindQueue({ family, workers, queued }: ProbeBehindQueueOrder, ground: Ground): Promise<ProbeBehindQueueCounts> {
  const setting = await settingFor("probed", family, ground);
  const { address } = setting;
  const gate = makeGate(ground.directory);
  const server: GunicornServer = { kind: "gunicorn", family, backlog: queued, state: "serving", workerClass: "sync", workers, threads: 1, workerConnections: 1000, serviceTime: 0 };
  ground.keep(await startGunicorn(server, setting, { application: gatedApplication }));
  const requests: Client[] = [];
  const waiting = (): number => countsOf(address).queues.reduce((sum, length) => sum + length, 0);
  for (let index = 0; index < workers + queued; index += 1) {
    requests.push(startClient(address, "a request"));
    await waitUntil(() => (index < workers ? gate.taken().length === index + 1 : waiting() === index + 1 - workers), ground.until, "a client to find its place");
  }
  const probe = startClient(address, "a probe");
  await waitUntil(() => waiting() === queued + 1 && fateOf(probe) === "waiting", ground.until, "the probe to find its place");
  const place = waiting();
  const answered = (): number => requests.filter((client) => fateOf(client) === "answered").length;
  let rounds = 0;
  let answeredBefore = 0;
  while (fateOf(probe) !== "answered") {
    rounds += 1;
    gate.release(workers);
    const takenUp = Math.min((rounds + 1) * workers, workers + queued + 1);
    await waitUntil(() => gate.taken().length >= takenUp && answered() >= Math.min(rounds * workers, workers + queued), ground.until, "a round to end");
    if (gate.taken().includes("p")) await waitUntil(() => fateOf(probe) === "answered", ground.until, "the probe's answer");
    answeredBefore = answered();
  }
  const counts: ProbeBehindQueueCounts = { place, rounds, taken: gate.taken(), answeredBefore };
  endClients([...requests, probe]);
  return counts;
}
