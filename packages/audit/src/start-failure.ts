import type { Service, StartFailure } from "@audit-backlog/model";
import type { Context } from "./context.ts";
import { distinct } from "./merge.ts";
import type { Draft } from "./rule.ts";
import { settingKey } from "./values.ts";

interface Wording {
  readonly rule: string;
  readonly change: string;
}

/** Findings for the start failures of the given kinds: the server's own message, and what to do about it. */
export function startFailureDrafts(context: Context, wording: Partial<Readonly<Record<StartFailure["kind"], Wording>>>): readonly Draft[] {
  return context.deployment.services.flatMap((service) =>
    service.startFailures.flatMap((failure) => {
      const words = wording[failure.kind];
      return words === undefined ? [] : [draft(context, service, failure, words)];
    }),
  );
}

const SAID = { nginx: "nginx -t says so", gunicorn: "gunicorn says so when it starts", asgi: "it says so when it starts", node: "Node says so when it starts" } as const;

function draft(context: Context, service: Service, failure: StartFailure, { rule, change }: Wording): Draft {
  const chain = context.limits.find(({ chain: { hops } }) => hops.some(({ members }) => members.some((member) => member.service === service.id)));
  const message = failure.message.replace(/\.$/, "");
  return {
    rule,
    severity: "error",
    certainty: { kind: "certain" },
    message: `${service.name} does not start: ${message}${failure.passesConfigTest ? " (its configuration test passes)" : ""}.`,
    locations: distinct([
      { role: "primary", origin: failure.origin, label: "the server does not start" },
      ...failure.related.map(({ origin, label }) => ({ role: "related" as const, origin, label })),
    ]),
    why: [failure.passesConfigTest ? "only binding the socket for real shows it: the configuration test passes" : SAID[service.kind]],
    change: [change],
    leave: [],
    matters: "At the next start or reload.",
    whatIfs: [],
    setting: settingKey(failure.origin, service.id),
    service: service.id,
    ...(chain === undefined ? {} : { chain: chain.chain.id }),
    term: message,
  };
}
