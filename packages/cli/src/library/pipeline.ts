import { audit, type Finding, type Report, type Severity } from "@audit-backlog/audit";
import { defaulted, exact, nodeSettings, type Assumptions, type Sourced } from "@audit-backlog/model";
import { scan, type Tree } from "@audit-backlog/scanner";
import type { Suppressed } from "../report/shown.ts";
import { candidates } from "../suppress/candidates.ts";
import { suppress } from "../suppress/suppress.ts";
import type { Options } from "./options.ts";

/** What came of an audit. */
export interface Result {
  /** Servers, limits, and the findings to show: most severe first, then by file and line. */
  readonly report: Report;
  /** Findings that a comment or the configuration asked not to hear of. */
  readonly suppressed: readonly Suppressed[];
  /** How many more findings there are that touch nothing in focus. */
  readonly outOfFocus: number;
  readonly summary: Summary;
}

/** What an exit code is made of. */
export interface Summary {
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
  /** The severity of the worst finding of the report; absent where it has none. */
  readonly worst?: Severity;
  /** Servers found; 0 means that there was nothing to audit. */
  readonly servers: number;
  readonly listeners: number;
}

/** From files to findings: the one way that the library and the command line go. Prints nothing, ends nothing. */
export function auditTree(tree: Tree, options: Options): Result {
  const deployment = scan(tree, { roots: options.roots ?? new Map(), somaxconn: sourcedSomaxconn(options.somaxconn) });
  const audited = audit(deployment, { floor: options.minimum ?? nodeSettings.backlog.default, assumptions: assumptionsOf(options) });
  const today = options.today ?? new Date().toISOString().slice(0, 10);
  const { report, suppressed } = suppress(audited, candidates(tree, audited), { today, honour: options.ignores ?? true });
  return { report, suppressed, outOfFocus: 0, summary: summaryOf(report) };
}

function assumptionsOf({ cpus, burst, arrivalRate, serviceTime, clientTimeout }: Options): Assumptions {
  const stated = { cpus, burst, arrivalRate, serviceTime, clientTimeout };
  return Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined));
}

function sourcedSomaxconn(stated: Options["somaxconn"]): Sourced<number> {
  if (typeof stated === "object") return stated;
  if (stated === undefined) return defaulted(4096, "Linux since 5.4", "linux: Documentation/networking/ip-sysctl.rst, somaxconn");
  return { value: exact(stated), origin: { kind: "option", flag: `--somaxconn ${stated}` } };
}

/** Counts the findings of a report. */
export function summaryOf({ findings, deployment }: Report): Summary {
  const count = (severity: Finding["severity"]): number => findings.filter((finding) => finding.severity === severity).length;
  const [errors, warnings, notes] = [count("error"), count("warning"), count("note")];
  const worst = errors > 0 ? "error" : warnings > 0 ? "warning" : notes > 0 ? "note" : undefined;
  return {
    errors,
    warnings,
    notes,
    ...(worst === undefined ? {} : { worst }),
    servers: deployment.services.length,
    listeners: deployment.services.reduce((total, { listeners }) => total + listeners.length, 0),
  };
}
