import type { Sourced } from "@audit-backlog/model";
import type { ConfigText } from "../config/find.ts";

/** What an audit is told beside the files. Everything may be left out; nothing is made up for it. */
export interface Options {
  /** The least backlog that is not small. 511, what Node and nginx ask for by default, where nothing is said. */
  readonly minimum?: number | undefined;
  /** Clients arriving at the same moment. */
  readonly burst?: number | undefined;
  /** Arrivals per second. */
  readonly arrivalRate?: number | undefined;
  /** Seconds that one request keeps a service slot. */
  readonly serviceTime?: number | undefined;
  /** Seconds until a client gives up. */
  readonly clientTimeout?: number | undefined;
  /** CPUs that `auto` and `cpu_count()` see. */
  readonly cpus?: number | undefined;
  /** net.core.somaxconn where the servers listen. Assumed 4096, the default since Linux 5.4, where nothing is said. */
  readonly somaxconn?: number | Sourced<number> | undefined;
  /** The release of the kernels there, "5.3": before 5.4 a somaxconn that nothing sets is 128. */
  readonly kernel?: string | undefined;
  /** Where absolute paths of the configurations lie in the tree: "/etc/nginx" → "deploy/nginx". */
  readonly roots?: ReadonlyMap<string, string> | undefined;
  /**
   * The configuration: its text and its name, or false for none. `audit-backlog.config.json` or `.yaml` at the root of
   * the tree where nothing is said. What the other options state counts more.
   */
  readonly config?: ConfigText | false | undefined;
  /** False: comments that suppress findings, and `ignores` of the configuration, count for nothing. */
  readonly ignores?: boolean | undefined;
  /** Files and directories of the tree: findings that touch none of them are left out and counted. */
  readonly focus?: readonly string[] | undefined;
  /** The day by which suppressions expire, YYYY-MM-DD. Today by UTC where nothing is said. */
  readonly today?: string | undefined;
}
