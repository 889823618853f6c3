import type { Environment } from "./scenario.ts";

/**
 * A proof that is no count of clients: a real server is started with the setting that was written, in a private directory
 * and, where the machine allows it, a private network namespace; what it says and what the kernel shows is compared.
 * `refuses-to-start`: it does not start. `kernel-backlog`: the kernel's backlog is not the number that was written.
 * `open-files`: an nginx worker runs out of file descriptors, and clients stay in the queue.
 * `shut-out`: after a burst, nginx shuts healthy servers out, and answers 502 though their queues are empty.
 */
export const procedureIds = ["refuses-to-start", "kernel-backlog", "open-files", "shut-out"] as const;
export type ProcedureId = (typeof procedureIds)[number];

/** Started with the setting as it is, and as the finding asks for. Plain data, JSON all through. */
export interface Procedure {
  readonly id: ProcedureId;
  /** net.core.somaxconn of the namespace. */
  readonly somaxconn: number;
  readonly before: TrialExpectation;
  readonly after: TrialExpectation;
}

export interface TrialExpectation {
  readonly trial: Trial;
  readonly expected: TrialOutcome;
}

/** One start of one server. Texts are words without quotes, blanks, semicolons and braces: runners refuse others. */
export type Trial = NginxTrial | GunicornTrial | NodeTrial | UpstreamTrial;

export interface NginxTrial {
  readonly server: "nginx";
  readonly workerConnections: number;
  /** worker_rlimit_nofile. */
  readonly openFiles?: number;
  /** A server block each. */
  readonly listens: readonly NginxTrialListen[];
  /** Clients that connect, send a part of a request and stay; only `open-files` has some. */
  readonly clients?: number;
}

export interface NginxTrialListen {
  /** `specific`: 127.0.0.1 with the port of the trial; `wildcard`: every address with that port; `other`: 127.0.0.1 with a port of its own. */
  readonly address: "specific" | "wildcard" | "other";
  /** As written, without the address: "backlog=0", "default_server". */
  readonly parameters: readonly string[];
  /** In the server block of the listen before it. */
  readonly sameServer?: true;
}

export interface GunicornTrial {
  readonly server: "gunicorn";
  /** Command-line settings by name, as written: { backlog: "-5" }. */
  readonly settings: Readonly<Record<string, string>>;
  /** The settings stand as texts in a configuration file instead. */
  readonly inFile?: true;
  /** The socket is opened by somebody else with this backlog, and handed over as systemd does it. */
  readonly inherited?: number;
  /**
   * A worker that hands gunicorn's socket to asyncio, which listens again: as gunicorn's own asgi worker does (`default`), or with
   * gunicorn's backlog (`passed on`).
   */
  readonly asyncio?: "default" | "passed on";
}

export interface NodeTrial {
  readonly server: "node";
  /**
   * `option`: listen({ port, backlog }); `positional`: listen(port, host, backlog); `fd`: listen({ fd, backlog });
   * `fd-positional`: listen({ fd }, backlog).
   */
  readonly form: "option" | "positional" | "fd" | "fd-positional";
  /** What is passed, for each worker of a cluster in the order in which they listen; one for no cluster. None: nothing is passed. */
  readonly backlogs: readonly TrialValue[];
  /** Two processes that know nothing of each other listen on one address. */
  readonly twice?: true;
}

/** nginx in front of gunicorns on unix sockets: a burst while no worker runs, then clients that come one after the other. */
export interface UpstreamTrial {
  readonly server: "upstream";
  /** Two or more. */
  readonly sockets: number;
  /** Of each. */
  readonly backlog: number;
  /** Of each `server` of the upstream; none for nginx's defaults. */
  readonly parameters?: "max_fails=0" | "fail_timeout=0";
  readonly burst: number;
  readonly calm: number;
}

/** What JSON cannot hold is written out. */
export type TrialValue = number | string | boolean | null | { readonly number: "NaN" | "Infinity" | "-Infinity" } | { readonly bigint: string };

/** What a start came to. */
export interface TrialOutcome {
  readonly starts: boolean;
  /** A part of what the server says when it does not start; absent where that is not known. */
  readonly says?: string;
  /** The kernel's backlog of each listening socket, in ascending order; absent where it does not matter. */
  readonly backlogs?: readonly number[];
  /** Clients taken out of the queue; only with clients. */
  readonly accepted?: number;
  /** Calm clients that were answered 200; only of an upstream. */
  readonly answered?: number;
}

/** What both starts came to. */
export interface ProcedureMeasurement {
  readonly procedure: Procedure;
  readonly before: TrialMeasurement;
  readonly after: TrialMeasurement;
  /** `inconclusive` where something that the procedure looks at can't be seen here; `because` says what. */
  readonly verdict: "measured" | "inconclusive";
  readonly because: readonly string[];
  /** Where an outcome is not the expected one, a clause each; empty where both are. */
  readonly disagreements: readonly string[];
  readonly environment: Environment;
}

export interface TrialMeasurement extends TrialOutcome {
  /** The last lines that the server wrote. */
  readonly log: readonly string[];
}
