import type { GunicornServer, Load, Scenario } from "@audit-backlog/model";

/** A statement about backlogs and workers, and the scenarios that show whether it is true. */
export interface Claim {
  readonly says: string;
  readonly scenarios: readonly [Scenario, ...Scenario[]];
}

function gunicorn(workers: number, backlog: number, more: Partial<GunicornServer> = {}): GunicornServer {
  return { kind: "gunicorn", family: "tcp", backlog, state: "serving", workerClass: "sync", workers, threads: 1, workerConnections: 1000, serviceTime: 1, ...more };
}

function scenario(name: string, server: GunicornServer, load: Load): Scenario {
  return { name, host: { somaxconn: 4096 }, roundTrip: "zero", hops: [{ servers: [server] }], load };
}

/** Nothing has been accepted yet when the last of a burst arrives: workers that do not run stand for workers that had no time to. */
const busy = { state: "stalled" } as const;

/** The idea that this project stands on, as experiments. */
export const claims = {
  spreadOut: {
    says: "Clients that arrive spread over a little time: as many as workers + backlog + 1 connect",
    scenarios: [scenario("4 workers, backlog 10, clients one after the other", gunicorn(4, 10), { kind: "spread out", clients: 25, interval: 0.02 })],
  },
  allAtOnce: {
    says: "Clients that arrive all at the same moment: as many as the backlog + 1 connect, whatever the workers",
    scenarios: [scenario("4 workers, backlog 10, a burst", gunicorn(4, 10, busy), { kind: "all at once", clients: 25 })],
  },
  moreWorkers: {
    says: "Against a burst more workers do not help, and a larger backlog does",
    scenarios: [
      scenario("2 workers, backlog 10", gunicorn(2, 10, busy), { kind: "all at once", clients: 40 }),
      scenario("8 workers, backlog 10", gunicorn(8, 10, busy), { kind: "all at once", clients: 40 }),
      scenario("2 workers, backlog 39", gunicorn(2, 39, busy), { kind: "all at once", clients: 40 }),
    ],
  },
  queuedTimeOut: {
    says: "A long queue is not service: clients connect at once, and those far back give up before they are answered",
    scenarios: [scenario("2 workers of 1 s a request, 20 clients of 3.5 s patience", gunicorn(2, 30), { kind: "all at once", clients: 20, patience: 3.5 })],
  },
  overload: {
    says: "A steady rate above what the workers serve overflows any backlog: after (backlog + 1) / (rate - served) seconds",
    scenarios: [64, 128].map((backlog) =>
      scenario(`100 a second in, 50 out, backlog ${backlog}`, gunicorn(5, backlog, { serviceTime: 0.1 }), { kind: "sustained", rate: 100, seconds: 5 }),
    ) as [Scenario, Scenario],
  },
} as const satisfies Readonly<Record<string, Claim>>;
