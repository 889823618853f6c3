import { assumptionsFor, type Finding, type Report } from "@audit-backlog/audit";
import { effectiveBacklog, intervalOf, settingsOf, whatIf } from "@audit-backlog/model";
import type {
  Assumptions,
  ChainLimits,
  Interval,
  Limit,
  Listener,
  Pass,
  Service,
  Setting,
  Sourced,
  Unbounded,
  WhatIf,
} from "@audit-backlog/model";
import type { MeasuredFinding } from "../measured-findings.ts";
import { addressJson, originJson, plainJson, problemJson, sourcedJson, type Json } from "./json-values.ts";
import { measuredJson } from "./measured-json.ts";
import type { Shown } from "./shown.ts";
import { jsonText, safe } from "./text.ts";
import { surroundingsJson, sysctlJson, versionJson } from "./surroundings-json.ts";
import { addressText, chainTitle, lookUp, type LookUp } from "./words.ts";

/** Rises when a consumer has to change: a field removed, renamed or given another meaning. New fields do not raise it. */
export const SCHEMA_VERSION = 1;

/** Chains that are told: a mesh of proxies has thousands, much the same, which would make a hundred megabytes. */
const MAX_CHAINS = 500;


/** All that the report knows, as plain data. Lines and columns count from 1; what nothing bounds is null. */
export function json({ report, suppressed, outOfFocus, version, root, measured }: Shown): string {
  const { deployment, options } = report;
  const look = lookUp(deployment);
  const data: Json = {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: "audit-backlog", version },
    root,
    options: { minimum: options.floor, assumptions: assumptionsJson(options.assumptions) },
    summary: {
      errors: count(report, "error"),
      warnings: count(report, "warning"),
      notes: count(report, "note"),
      services: deployment.services.length,
      listeners: deployment.services.reduce((total, { listeners }) => total + listeners.length, 0),
    },
    coverage: {
      filesSeen: deployment.coverage.filesSeen,
      read: { ...deployment.coverage.read },
      partial: deployment.coverage.partial.map(problemJson),
      skipped: deployment.coverage.skipped.map(problemJson),
    },
    services: deployment.services.map(serviceJson),
    surroundings: (deployment.surroundings ?? []).map(surroundingsJson),
    hostSysctls: (deployment.hostSysctls ?? []).map(sysctlJson),
    chains: toldChains(report).map((limits) => chainJson(limits, look, assumptionsFor(options, limits.chain))),
    chainsLeftOut: Math.max(0, report.limits.length - MAX_CHAINS),
    unresolved: deployment.unresolved.map(({ service, pass, target, reason, candidates }) => ({
      service,
      target,
      reason,
      candidates: candidates.map((member) => ({ ...member })),
      pass: passJson(pass),
    })),
    findings: report.findings.map((finding) => findingJson(finding, measured?.get(finding))),
    suppressed: suppressed.map(({ finding, by }) => ({
      by: { kind: by.kind, reason: by.reason, origin: originJson(by.origin) },
      finding: findingJson(finding, measured?.get(finding)),
    })),
    outOfFocus,
  };
  return jsonText(data);
}

/** Those that a finding names come first where not all are told. */
function toldChains({ limits, findings }: Report): readonly ChainLimits[] {
  if (limits.length <= MAX_CHAINS) return limits;
  const named = new Set(findings.map(({ chain }) => chain));
  return [...limits.filter(({ chain }) => named.has(chain.id)), ...limits.filter(({ chain }) => !named.has(chain.id))].slice(0, MAX_CHAINS);
}

function assumptionsJson({ origins, ...numbers }: Assumptions): Json {
  return { ...numbers, statedAt: origins === undefined ? undefined : Object.fromEntries(Object.entries(origins).map(([name, origin]) => [name, originJson(origin)])) };
}

function count(report: Report, severity: Finding["severity"]): number {
  return report.findings.filter((finding) => finding.severity === severity).length;
}

function serviceJson(service: Service): Json {
  const settings = Object.entries(service.settings) as readonly (readonly [string, Sourced<string | number | boolean> | undefined])[];
  return {
    id: service.id,
    kind: service.kind,
    name: service.name,
    origin: originJson(service.origin),
    hostnames: service.hostnames,
    version: service.version === undefined ? undefined : versionJson(service.version),
    startedBy: service.startedBy?.map((starter) => ({ ...starter })),
    runsIn: service.runsIn?.map(({ id }) => id),
    environments: service.environments,
    settings: Object.fromEntries(settings.flatMap(([name, sourced]) => (sourced === undefined ? [] : [[name, plainJson(sourced)]]))),
    listeners: service.listeners.map(listenerJson),
    startFailures: service.startFailures.map(({ kind, message, origin, related, passesConfigTest }) => ({
      kind,
      message,
      origin: originJson(origin),
      related: related.map((other) => ({ origin: originJson(other.origin), label: other.label })),
      passesConfigTest,
    })),
    ...particulars(service),
  };
}

function particulars(service: Service): Record<string, Json | undefined> {
  switch (service.kind) {
    case "nginx":
      return {
        fragment: service.fragment,
        upstreams: service.upstreams.map((upstream) => ({
          name: upstream.name,
          origin: originJson(upstream.origin),
          keepalive: upstream.keepalive === undefined ? undefined : plainJson(upstream.keepalive),
          servers: upstream.servers.map((server) => ({
            origin: originJson(server.origin),
            address: addressJson(server.address),
            weight: plainJson(server.weight),
            max_conns: plainJson(server.max_conns),
            max_fails: plainJson(server.max_fails),
            fail_timeout: plainJson(server.fail_timeout),
            down: server.down,
            backup: server.backup,
          })),
        })),
        passes: service.passes.map(passJson),
      };
    case "gunicorn":
      return { effectiveClass: plainJson(service.effectiveClass) };
    case "asgi":
      return { program: service.program };
    case "node":
      return { mode: plainJson(service.mode), manager: service.manager, framework: service.framework };
  }
}

function listenerJson(listener: Listener): Json {
  const { backlog } = listener;
  const requested = intervalOf(backlog.requested, 0, {});
  const somaxconn = intervalOf(listener.somaxconn, 0, {});
  const known = requested.low === requested.high && somaxconn.low === somaxconn.high;
  return {
    id: listener.id,
    origin: originJson(listener.origin),
    address: addressJson(listener.address),
    backlog: {
      requested: plainJson(backlog.requested),
      written: backlog.written === undefined ? undefined : plainJson(backlog.written),
      reading: backlog.reading,
      serverDefault: backlog.serverDefault,
      effective: known ? effectiveBacklog(requested.low, somaxconn.low) : null,
      ignored: backlog.ignored.map(({ setting, reason, because, hangsOn }) => ({ setting: plainJson(setting), reason, because, hangsOn })),
    },
    queuePerWorker: plainJson(listener.queuePerWorker),
    somaxconn: plainJson(listener.somaxconn),
    testOnly: listener.testOnly,
  };
}

function passJson(pass: Pass): Json {
  return {
    directive: pass.directive,
    origin: originJson(pass.origin),
    listeners: pass.listeners,
    target: sourcedJson(
      pass.target,
      (target) => ("upstream" in target ? { upstream: target.upstream } : { address: { ...target.address } }),
      (target) => ("upstream" in target ? `upstream ${safe(target.upstream)}` : addressText(target.address)),
    ),
    connectTimeout: plainJson(pass.connectTimeout),
    readTimeout: plainJson(pass.readTimeout),
    limitConn: pass.limitConn === undefined ? undefined : plainJson(pass.limitConn),
  };
}

function intervalJson({ low, high }: Interval): Json {
  return { low: Number.isFinite(low) ? low : null, high: Number.isFinite(high) ? high : null };
}

function limitJson(limit: Limit | Unbounded): Json {
  if ("unbounded" in limit) return { unbounded: true, because: limit.because };
  return {
    ...(intervalJson(limit.value) as Record<string, Json>),
    terms: settingsOf(limit.expression).map(({ id }) => id),
    binding: limit.binding.map(({ id }) => id),
    hop: limit.hop,
    assumed: limit.assumed,
  };
}

function chainJson(limits: ChainLimits, look: LookUp, assumptions: Assumptions): Json {
  return {
    id: limits.chain.id,
    assumptions: assumptionsJson(assumptions),
    title: chainTitle(limits.chain, look),
    hops: limits.chain.hops.map((hop) => ({
      members: hop.members.map((member) => ({ ...member })),
      pass: hop.pass === undefined ? undefined : passJson(hop.pass),
      unknownMembers: hop.unknownMembers.map(({ address, origin }) => ({
        address: addressJson(address),
        origin: originJson(origin),
      })),
    })),
    limits: {
      sureAtOnce: limitJson(limits.sureAtOnce),
      bestAtOnce: limitJson(limits.bestAtOnce),
      spreadOut: limitJson(limits.spreadOut),
      lastInLine:
        limits.lastInLine === undefined
          ? undefined
          : {
              serviceTimes: intervalJson(limits.lastInLine.serviceTimes),
              patience: limits.lastInLine.patience === undefined ? undefined : plainJson(limits.lastInLine.patience),
              breakEvenSeconds: limits.lastInLine.breakEven === undefined ? undefined : intervalJson(limits.lastInLine.breakEven),
            },
      sustained:
        limits.sustained === undefined
          ? undefined
          : {
              capacityPerSecond: intervalJson(limits.sustained.capacity),
              overflowsAfterSeconds: limits.sustained.overflowsAfter === undefined ? undefined : intervalJson(limits.sustained.overflowsAfter),
            },
    },
    hopLimits: limits.hops.map((hop) => ({
      sureAtOnce: limitJson(hop.sureAtOnce),
      bestAtOnce: limitJson(hop.bestAtOnce),
      spreadOut: limitJson(hop.spreadOut),
      acceptCapacity: limitJson(hop.acceptCapacity),
      serviceSlots: limitJson(hop.serviceSlots),
      room: hop.room === undefined ? undefined : limitJson(hop.room),
      roomInBurst: hop.roomInBurst === undefined ? undefined : intervalJson(hop.roomInBurst),
    })),
    settings: limits.settings.map(({ id, name, value }) => ({ id, name, ...(plainJson(value) as Record<string, Json>) })),
    sensitivity: bindingIn(limits).flatMap((setting) => {
      const to = doubled(setting);
      return to === undefined ? [] : [whatIfJson(whatIf(limits, setting, to, assumptions))];
    }),
  };
}

/** What binds one of the limits: raising any other setting alone moves none of them. */
function bindingIn({ settings, sureAtOnce, bestAtOnce, spreadOut }: ChainLimits): readonly Setting[] {
  const ids = new Set([sureAtOnce, bestAtOnce, spreadOut].flatMap((limit) => ("unbounded" in limit ? [] : limit.binding.map(({ id }) => id))));
  return settings.filter(({ id }) => ids.has(id));
}

/** What-ifs of a report double one known setting at a time: enough to see which of them moves a limit. */
function doubled({ value }: Setting): number | undefined {
  const { low, high } = intervalOf(value, 0, {});
  return low === high && low > 0 ? low * 2 : undefined;
}

function whatIfJson({ setting, to, sureAtOnce, spreadOut, thenBinds }: WhatIf): Json {
  return {
    setting: setting.id,
    to,
    sureAtOnce: { before: intervalJson(sureAtOnce.before), after: intervalJson(sureAtOnce.after) },
    spreadOut:
      "unbounded" in spreadOut
        ? { unbounded: true, because: spreadOut.because }
        : { before: intervalJson(spreadOut.before), after: intervalJson(spreadOut.after) },
    thenBinds: thenBinds.map(({ id }) => id),
  };
}

function findingJson(finding: Finding, measured: MeasuredFinding | undefined): Json {
  return {
    rule: finding.rule,
    severity: finding.severity,
    certainty: finding.certainty.kind === "certain" ? { kind: "certain" } : { kind: "conditional", on: finding.certainty.on },
    message: finding.message,
    locations: finding.locations.map(({ role, origin, label }) => ({ role, label, origin: originJson(origin) })),
    why: finding.why,
    change: finding.change,
    leave: finding.leave,
    matters: finding.matters,
    whatIfs: finding.whatIfs.map(whatIfJson),
    setting: finding.setting,
    service: finding.service,
    listener: finding.listener,
    chain: finding.chain,
    measured: measured === undefined ? null : (measuredJson(measured) as unknown as Json),
  };
}
