import type { GunicornService, Hop, Pass } from "@audit-backlog/model";
import type { Context } from "../context.ts";
import { distinct } from "../merge.ts";
import { proveTimeouts } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { related } from "../seat.ts";
import { isStated, onlyValue, placeOf, settingKey } from "../values.ts";

export const timeoutsInverted: Rule = {
  id: "timeouts-inverted",
  summary: "the proxy gives up before the worker does",
  severities: ["note"],
  category: "chain",
  subsumes: [],
  docs: {
    why: "nginx answers 504 when proxy_read_timeout ends, while gunicorn lets its worker go on up to `timeout`. Until then the worker works for a client who has left, and the next ones wait for it: slow requests cost a service slot without serving anybody.",
    fires: { file: "nginx.conf", language: "nginx", text: "# gunicorn: worker_class sync, timeout = 120\nlocation / {\n  proxy_pass http://127.0.0.1:8000;\n  proxy_read_timeout 30s;\n}" },
    quiet: { file: "nginx.conf", language: "nginx", text: "# gunicorn: worker_class sync, timeout = 30\nlocation / {\n  proxy_pass http://127.0.0.1:8000;\n  proxy_read_timeout 60s;\n}" },
  },
  check: (context) => context.limits.flatMap(({ chain }) => chain.hops.flatMap((hop) => hop.members.flatMap(({ service, listener }) => judge(context, chain.id, hop, service, listener) ?? []))),
  proof: proveTimeouts,
};

function judge(context: Context, chain: string, { pass }: Hop, id: string, listener: string): Draft | undefined {
  const service = context.services.get(id);
  if (pass === undefined || service?.kind !== "gunicorn" || !context.seatOf.has(listener) || !isSync(service)) return undefined;
  const proxy = onlyValue(pass.readTimeout);
  const worker = onlyValue(service.settings.timeout);
  // 0 lets a worker go on for ever, on purpose.
  if (proxy === undefined || worker === undefined || worker === 0 || proxy >= worker || !(isStated(pass.readTimeout) || isStated(service.settings.timeout))) return undefined;
  return draft({ chain, pass, service, listener, proxy, worker });
}

interface Inverted {
  readonly chain: string;
  readonly pass: Pass;
  readonly service: GunicornService;
  readonly listener: string;
  /** Seconds, as is the next. */
  readonly proxy: number;
  readonly worker: number;
}

function draft({ chain, pass, service, listener, proxy, worker }: Inverted): Draft {
  const { readTimeout } = pass;
  const primary = isStated(readTimeout) ? readTimeout.origin : service.settings.timeout.origin;
  const message = `nginx gives up after ${String(proxy)} s and answers 504; ${service.name} lets the same request go on for up to ${String(worker)} s`;
  return {
    rule: "timeouts-inverted",
    severity: "note",
    certainty: { kind: "certain" },
    message: `${message}.`,
    locations: distinct([
      { role: "primary", origin: primary, label: isStated(readTimeout) ? "ends first" : "ends last" },
      ...related(service.settings.timeout.origin, "the worker goes on until here"),
      ...related(pass.origin, "hands the requests on"),
    ]),
    why: [`read timeout ${String(proxy)} s (${placeOf(readTimeout.origin)})`, `timeout ${String(worker)} s (${placeOf(service.settings.timeout.origin)}) of a sync worker`],
    change: [`a timeout of gunicorn's below ${String(proxy)} s, or a read timeout above ${String(worker)} s: whoever is nearer to the work gives up first`],
    leave: ["workers and backlog: they change how many slow requests there can be, not who gives up first"],
    matters: `For requests that take longer than ${String(proxy)} s.`,
    whatIfs: [],
    setting: settingKey(primary, `${service.id}/timeout`),
    service: service.id,
    listener,
    chain,
    term: message,
  };
}

/** Only a sync worker works on nothing but the request; the others tell the arbiter that they live while they wait. gunicorn: gunicorn/workers/sync.py. */
function isSync({ effectiveClass: { value } }: GunicornService): boolean {
  return "value" in value && value.value === "sync";
}
