import type { ChainLimits, Hop, Listener, NginxService, Service } from "@audit-backlog/model";
import { makeContext, type Context } from "../context.ts";
import type { Finding, Report } from "../finding.ts";

/** Where a finding stands in its report. */
export interface Place {
  readonly context: Context;
  readonly service: Service;
  /** Absent for a finding about the service itself. */
  readonly listener?: Listener;
  readonly limits?: ChainLimits;
  /** The hop of that chain which the listener or service stands in. */
  readonly index: number;
  readonly hop?: Hop;
}

/** Throws for a finding of another report. */
export function placeOfFinding(finding: Finding, report: Report): Place {
  const context = makeContext(report.deployment, report.options);
  const service = context.services.get(finding.service);
  if (service === undefined) throw new Error(`the report has no service ${finding.service}`);
  const listener = service.listeners.find(({ id }) => id === finding.listener);
  const limits = context.limits.find(({ chain }) => chain.id === finding.chain);
  const hops = limits?.chain.hops ?? [];
  const index = hops.findIndex(({ members }) => members.some((member) => (listener === undefined ? member.service === service.id : member.listener === listener.id)));
  const hop = hops[index];
  return { context, service, index, ...(listener === undefined ? {} : { listener }), ...(limits === undefined ? {} : { limits }), ...(hop === undefined ? {} : { hop }) };
}

/** The nginx that hands the clients of a hop on, where one is known. */
export function proxyBefore({ context, limits, index }: Place): NginxService | undefined {
  const members = index > 0 ? (limits?.chain.hops[index - 1]?.members ?? []) : [];
  return members.map(({ service }) => context.services.get(service)).find((service) => service?.kind === "nginx");
}
