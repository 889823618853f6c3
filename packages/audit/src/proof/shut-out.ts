import { effectiveBacklog, queueCapacity } from "@audit-backlog/model";
import type { Finding } from "../finding.ts";
import { worstOf } from "./numbers.ts";
import type { Place } from "./place.ts";
import { dynamic } from "./servers.ts";
import type { Proof } from "./types.ts";

/** Servers, and places in each queue, that one trial starts at most. */
const most = { sockets: 3, backlog: 60 } as const;

/** Calm clients after the burst. */
const calm = 10;

/**
 * A burst of one client more than the group holds, then calm clients: with max_fails=1 none of them is answered, with max_fails=0 all
 * are. Source: nginx: src/http/ngx_http_upstream_round_robin.c ngx_http_upstream_free_round_robin_peer; measured.
 */
export function shutOutProof({ chain }: Finding, { context }: Place): Proof {
  const limits = context.limits.find((one) => one.chain.id === chain);
  const hop = limits?.chain.hops.find(({ members }) => members.length > 1);
  const listeners = (hop?.members ?? []).flatMap(({ listener }) => context.seatOf.get(listener)?.listener ?? []);
  const backlogs = listeners.flatMap(({ backlog, somaxconn }) => {
    const requested = worstOf(backlog.requested, undefined);
    return requested === undefined ? [] : [effectiveBacklog(requested, worstOf(somaxconn, undefined) ?? 4096)];
  });
  if (backlogs.length < 2) return dynamic("the backlog");
  const sockets = Math.min(most.sockets, backlogs.length);
  const backlog = Math.min(most.backlog, ...backlogs);
  const trial = { server: "upstream", sockets, backlog, burst: sockets * queueCapacity(backlog) + sockets, calm } as const;
  const same = sockets === backlogs.length && backlogs.every((one) => one === backlog);
  return {
    kind: "procedure",
    id: "shut-out",
    somaxconn: 4096,
    before: { trial, expected: { starts: true, answered: 0 } },
    after: { trial: { ...trial, parameters: "max_fails=0" }, expected: { starts: true, answered: calm } },
    changed: ["gunicorn with one sync worker behind each socket", ...(same ? [] : [`${String(sockets)} sockets with a backlog of ${String(backlog)} each`])],
  };
}
