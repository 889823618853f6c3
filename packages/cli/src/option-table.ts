import { formatNames } from "./report/formats.ts";

export interface Option {
  readonly value?: string;
  readonly short?: string;
  readonly multiple?: boolean;
  readonly help: string;
  readonly group: string;
  /** The commands it belongs to; only `audit` where none is named. */
  readonly of?: readonly OptionsOf[];
}

/** Commands with options. */
export type OptionsOf = "audit" | "measure" | "decode" | "live";

const both: readonly OptionsOf[] = ["audit", "measure"];
const looking: readonly OptionsOf[] = ["decode", "live"];
const every: readonly OptionsOf[] = [...both, ...looking];

/** Every option, once: the parser and the help are made of this table. */
export const OPTIONS: Readonly<Record<string, Option>> = {
  burst: { value: "N", of: both, group: "What you know", help: "clients arriving at the same moment" },
  "arrival-rate": { value: "N", of: both, group: "What you know", help: "arrivals per second" },
  "service-time": { value: "T", of: both, group: "What you know", help: "time one request takes: 0.2, 200ms, 2s" },
  "client-timeout": { value: "T", of: both, group: "What you know", help: "when a client gives up: 5s" },
  load: { value: "NAME", of: ["measure"], group: "What you know", help: "all-at-once (default), spread-out: one after the other, or sustained" },
  seconds: { value: "T", of: ["measure"], group: "What you know", help: "how long a sustained load lasts (10)" },
  "round-trip": { value: "NAME", of: ["measure"], group: "What you know", help: "zero (default), or real: SYNs outrun the answers to them" },
  somaxconn: { value: "N|live", of: both, group: "What you know", help: "net.core.somaxconn there; live: this machine's" },
  kernel: { value: "VERSION", group: "What you know", help: "Linux there: before 5.4 an unset somaxconn is 128" },
  cpus: { value: "N", group: "What you know", help: "CPUs that auto and cpu_count() see" },
  in: { value: "DIR", of: looking, group: "What to read", help: "a repository: where its files set what this is about" },
  root: { value: "ABS=DIR", multiple: true, group: "What to read", help: "where a path lies here: /etc/nginx=deploy/nginx" },
  config: { value: "FILE", group: "What to read", help: "instead of audit-backlog.config.json or .yaml there" },
  "no-config": { group: "What to read", help: "no configuration at all" },
  "allow-empty": { group: "What to read", help: "no error where a path holds nothing to audit" },
  measure: { group: "What to report", help: "try each finding out on real sockets, beside it" },
  minimum: { value: "N", group: "What to report", help: "least backlog that is not small (511)" },
  "fail-on": { value: "LEVEL", group: "What to report", help: "exit 1 from error, warning (default), note; never" },
  "no-ignores": { group: "What to report", help: "report what is suppressed, too" },
  changed: { group: "What to report", help: "what touches a file changed since the last commit" },
  since: { value: "REF", group: "What to report", help: "the same since this branch left REF" },
  staged: { group: "What to report", help: "what touches a file staged for a commit" },
  focus: { value: "FILES", multiple: true, group: "What to report", help: "what touches these: all names up to an option" },
  format: { value: "NAME[=FILE]", multiple: true, of: every, group: "What to report", help: `${formatNames.join(", ")}; repeatable` },
  server: { value: "NAME", of: ["measure"], group: "What to try", help: "gunicorn (default), nginx, node, or listener: a socket that nobody accepts from" },
  backlog: { value: "N", of: ["measure"], group: "What to try", help: "the number passed to listen(2)" },
  workers: { value: "N", of: ["measure"], group: "What to try", help: "workers, worker_processes, or processes of a Node cluster" },
  class: { value: "NAME", of: ["measure"], group: "What to try", help: "gunicorn's worker class: sync (default), gthread, gevent" },
  threads: { value: "N", of: ["measure"], group: "What to try", help: "gunicorn's threads a worker" },
  "worker-connections": { value: "N", of: ["measure"], group: "What to try", help: "connections a worker: nginx, gthread, gevent" },
  family: { value: "NAME", of: ["measure"], group: "What to try", help: "tcp (default) or unix" },
  reuseport: { of: ["measure"], group: "What to try", help: "nginx: a queue for each worker" },
  sweep: { of: ["measure"], group: "What to try", help: "measure loads around the predicted knee: a table and a plot" },
  help: { short: "h", of: every, group: "Other", help: "this text" },
  version: { short: "V", of: every, group: "Other", help: "the version" },
};
