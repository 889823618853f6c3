import { intervalOf, type NginxService, type Upstream, type UpstreamServer } from "@audit-backlog/model";
import { certaintyBelow } from "../certainty.ts";
import { assumptionsFor, unixPath, type Context, type Step } from "../context.ts";
import { distinct } from "../merge.ts";
import { proveShutOut } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { related } from "../seat.ts";
import { onlyValue, placeOf, settingKey } from "../values.ts";
import { range } from "../what-if.ts";

export const maxFailsAmplifies: Rule = {
  id: "max-fails-amplifies",
  summary: "one full queue shuts a healthy server out for ten seconds",
  severities: ["warning", "note"],
  category: "chain",
  subsumes: [],
  docs: {
    why: "With two servers or more, nginx counts a full unix socket (EAGAIN) as a failure, and max_fails=1, the default, shuts the server out for fail_timeout, 10 s. A burst that fills all queues shuts all servers out: it is over in a moment, the queues are empty, and every request gets 502 for ten seconds more.",
    fires: { file: "nginx.conf", language: "nginx", text: "upstream shop {\n  server unix:/run/a.sock;  # gunicorn, backlog 64\n  server unix:/run/b.sock;  # gunicorn, backlog 64\n}" },
    quiet: { file: "nginx.conf", language: "nginx", text: "upstream shop {\n  server unix:/run/a.sock max_fails=0;  # gunicorn, backlog 64\n  server unix:/run/b.sock max_fails=0;  # gunicorn, backlog 64\n}" },
  },
  check: (context) =>
    context.limits.flatMap((limits) =>
      limits.chain.hops.flatMap((hop, index) => {
        const hopLimits = limits.hops[index];
        return hopLimits === undefined ? [] : (judge(context, { limits, index, hop, hopLimits }) ?? []);
      }),
    ),
  proof: proveShutOut,
};

function judge(context: Context, step: Step): Draft | undefined {
  const { hop, limits, hopLimits } = step;
  const found = upstreamOf(context, step);
  const listeners = hop.members.flatMap(({ listener }) => context.seatOf.get(listener)?.listener ?? []);
  // Of one server alone nginx takes no count; one over TCP is only late, and counts for another reason.
  if (found === undefined || listeners.length < 2 || listeners.length < hop.members.length || hop.unknownMembers.length > 0 || listeners.some((one) => unixPath(one) === undefined)) return undefined;
  const { proxy, upstream, servers, hasBackup } = found;
  const counting = servers.filter(({ max_fails }) => (onlyValue(max_fails) ?? 0) > 0);
  const [first] = counting;
  // One that is never shut out, or stands by, answers when the others are.
  if (first === undefined || counting.length < servers.length || hasBackup || servers.some(({ max_fails }) => onlyValue(max_fails) === undefined)) return undefined;
  const assumptions = assumptionsFor(context.options, limits.chain);
  const needed = Math.max(context.options.floor, assumptions.burst ?? 0);
  const certainty = certaintyBelow(hopLimits.sureAtOnce, needed, assumptions);
  if (certainty === undefined) return undefined;
  const pause = intervalOf(first.fail_timeout, 10, {}).low;
  const zeroTimeout = servers.some(({ fail_timeout }) => onlyValue(fail_timeout) === 0);
  const held = range(hopLimits.sureAtOnce.value);
  const message = `Once more than ${held} simultaneous requests have filled these queues, ${proxy.name} shuts the servers of ${upstream.name} out${zeroTimeout ? "" : ` for ${String(pause)} s`} and answers 502 even when the queues are empty again`;
  return {
    rule: "max-fails-amplifies",
    severity: certainty.kind === "certain" ? "warning" : "note",
    certainty,
    message: `${message}.`,
    locations: distinct([
      { role: "primary", origin: first.max_fails.origin.kind === "file" ? first.max_fails.origin : first.origin, label: "one full queue counts as a failure" },
      ...counting.slice(1).flatMap(({ origin }) => related(origin, "counts as well")),
      ...listeners.flatMap(({ backlog }) => related(backlog.requested.origin, "how long this queue is")),
    ]),
    why: [`the sockets hold ${held} at once; who comes after that many finds them full`, `max_fails ${String(onlyValue(first.max_fails))} (${placeOf(first.max_fails.origin)}), fail_timeout ${String(pause)} s (${placeOf(first.fail_timeout.origin)})`],
    change: ["max_fails=0 on each server of the group: a full queue then costs the one request that found it full", "and a longer backlog, so that it is not found full"],
    leave: ["fail_timeout=0: it does not turn the count off, a server that failed is tried once a second"],
    matters: "After every burst that fills the queues.",
    whatIfs: [],
    setting: settingKey(first.max_fails.origin, `${proxy.id}/${upstream.name}/max_fails`),
    service: proxy.id,
    chain: limits.chain.id,
    term: message,
  };
}

/** The group that a hop was reached through, and its servers that take part. */
function upstreamOf(context: Context, { hop, index, limits }: Step): { readonly proxy: NginxService; readonly upstream: Upstream; readonly servers: readonly UpstreamServer[]; readonly hasBackup: boolean } | undefined {
  const target = hop.pass?.target.value;
  const name = target?.kind === "exact" && "upstream" in target.value ? target.value.upstream : undefined;
  const [front] = index === 0 ? [] : (limits.chain.hops[index - 1]?.members ?? []);
  const proxy = front === undefined ? undefined : context.services.get(front.service);
  if (name === undefined || proxy?.kind !== "nginx") return undefined;
  const upstream = proxy.upstreams.find((one) => one.name === name);
  if (upstream === undefined) return undefined;
  const up = upstream.servers.filter(({ down }) => !down);
  return { proxy, upstream, servers: up.filter(({ backup }) => !backup), hasBackup: up.some(({ backup }) => backup) };
}
