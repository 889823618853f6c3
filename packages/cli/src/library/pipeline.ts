import { audit, byReport, type Finding, type Report, type Severity } from "@audit-backlog/audit";
import { defaulted, exact, nodeSettings, type Assumptions, type Sourced } from "@audit-backlog/model";
import { scan, type Tree } from "@audit-backlog/scanner";
import type { Config } from "../config/config.ts";
import { deadSettings, deadSeverities } from "../config/dead-settings.ts";
import { withoutIgnored } from "../config/ignored-files.ts";
import { loadConfig } from "../config/load.ts";
import { withServiceNumbers } from "../config/service-numbers.ts";
import type { Suppressed } from "../report/shown.ts";
import { candidates } from "../suppress/candidates.ts";
import { placesIn } from "../suppress/places.ts";
import { suppress } from "../suppress/suppress.ts";
import { focusOn } from "./focus.ts";
import type { Options } from "./options.ts";
import { settle } from "./settle.ts";

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

/** Called for each file before it is read, with how many came before it and how many there are. */
export type OnFile = (before: number, all: number) => void;

/**
 * From files to findings: the one way that the library and the command line go. Prints nothing, ends nothing. Throws
 * ConfigError where the configuration can't be used.
 */
export function auditTree(whole: Tree, options: Options, onFile?: OnFile): Result {
  const config = loadConfig(whole, options.config);
  const { tree, unused: unusedGlobs } = config === undefined ? { tree: whole, unused: [] } : withoutIgnored(whole, config);
  const base = assumptionsOf(options, config);
  const scanned = scan(tree, {
    roots: new Map([...[...(config?.roots ?? [])].map(([from, { value }]) => [from, value] as const), ...(options.roots ?? [])]),
    somaxconn: sourcedSomaxconn(options.somaxconn),
    ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
    ...(onFile === undefined ? {} : { onFile }),
    environments: new Map([...(config?.environments ?? [])].map(([name, globs]) => [name, globs.map(({ value }) => value)])),
  });
  const { deployment, byChain, unused: unusedServices } = withServiceNumbers(scanned, config?.services ?? [], base, options);
  const audited = audit(config === undefined ? deployment : withConfigRead(deployment, config.file), {
    floor: options.minimum ?? config?.minimum?.value ?? nodeSettings.backlog.default,
    assumptions: base,
    ...(byChain.size === 0 ? {} : { byChain }),
  });

  const honour = options.ignores ?? true;
  const today = options.today ?? new Date().toISOString().slice(0, 10);
  const commented = suppress(audited, candidates(tree, audited), { today, honour, partial: whole.narrowed === true });
  const heard = { findings: commented.report.findings, suppressed: commented.suppressed };
  // What matches nothing in a part of the tree may match in the rest. A configuration that lies elsewhere speaks of more than this tree.
  const narrowed = whole.narrowed === true || config?.file.startsWith("../") === true;
  const dead = config === undefined ? [] : [...deadSeverities(config), ...(narrowed ? [] : deadSettings(config, whole, { ignore: unusedGlobs, services: unusedServices }))];
  const settled = config === undefined ? heard : settle(heard, config, { today, honour, narrowed, dead, placesOf: placesIn(audited) });
  const touches = options.focus === undefined ? () => true : focusOn(options.focus, tree);
  const findings = settled.findings.filter(touches).sort(byReport);
  const report = { ...audited, findings };
  return { report, suppressed: settled.suppressed.filter(({ finding }) => touches(finding)), outOfFocus: settled.findings.length - findings.length, summary: summaryOf(report) };
}

function assumptionsOf({ cpus, burst, arrivalRate, serviceTime, clientTimeout }: Options, config: Config | undefined): Assumptions {
  const ofFile = burst === undefined ? config?.burst : undefined;
  const stated = { cpus, burst: burst ?? ofFile?.value, arrivalRate, serviceTime, clientTimeout };
  return {
    ...Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined)),
    ...(ofFile === undefined ? {} : { origins: { burst: ofFile.origin } }),
  };
}

function sourcedSomaxconn(stated: Options["somaxconn"]): Sourced<number> {
  if (typeof stated === "object") return stated;
  if (stated === undefined) return defaulted(4096, "Linux since 5.4", "linux: Documentation/networking/ip-sysctl.rst, somaxconn");
  return { value: exact(stated), origin: { kind: "option", flag: `--somaxconn ${stated}` } };
}

/** The configuration is among the files that were read. */
function withConfigRead(deployment: Report["deployment"], file: string): Report["deployment"] {
  const { coverage } = deployment;
  return { ...deployment, coverage: { ...coverage, filesSeen: coverage.filesSeen + 1, read: { ...coverage.read, configuration: [file] } } };
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
