import { existsSync, realpathSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type { Report, Severity } from "@audit-backlog/audit";
import { exact } from "@audit-backlog/model";
import type { Deployment, Origin } from "@audit-backlog/model";
import { openTree } from "@audit-backlog/scanner";
import type { AuditArguments } from "./arguments.ts";
import { focusIn } from "./changed/focus.ts";
import { ConfigError } from "./config/error.ts";
import { NAMES } from "./config/find.ts";
import { configAbove, givenConfig } from "./config/given.ts";
import { auditTree, type OnFile } from "./library/pipeline.ts";
import { measureFindings } from "./measured-findings.ts";
import type { MeasureTools } from "./measuring.ts";
import { UsageError } from "./option-values.ts";
import { commonRoot, isInside, rootsInTree } from "./paths.ts";
import { assertWritable, deliver } from "./report/deliver.ts";
import type { Shown } from "./report/shown.ts";
import type { Style } from "./report/style.ts";
import { safe } from "./report/text.ts";
import { readSomaxconn, SOMAXCONN_FILE } from "./somaxconn.ts";

/** Exit codes; findings are 1. */
export const EXIT = { ok: 0, findings: 1, usage: 2, nothing: 3, internal: 4 } as const;

export interface Outcome {
  readonly output: string;
  /** For standard error. */
  readonly complaint?: string;
  readonly code: number;
}

/** Does work that needs real sockets. */
type Measuring = <T>(work: (tools: MeasureTools) => Promise<T>) => Promise<T>;

/** Audits the named paths. Throws UsageError where a path or option can't be used. */
export async function runAudit(options: AuditArguments, about: { readonly version: string; readonly cwd: string; readonly style: Style; readonly measuring: Measuring; readonly stepSummary?: string | undefined; readonly index?: string | undefined; readonly scanning?: OnFile }): Promise<Outcome> {
  assertWritable(options.formats, about.cwd);
  const { root, only, targets } = commonRoot(options.paths.length === 0 ? ["."] : options.paths, about.cwd);
  const tree = openTree(root, only);
  const prefix = isInside(about.cwd, root) ? relative(about.cwd, root) : root;
  const show = (file: string): string => join(prefix, file).split(sep).join("/");
  const asked = {
    ...options,
    roots: rootsInTree(options.roots, root, about.cwd),
    somaxconn: options.somaxconn === "live" ? { value: exact(readSomaxconn()), origin: { kind: "host", path: SOMAXCONN_FILE } as const } : options.somaxconn,
    config: typeof options.config === "string" ? givenConfig(options.config, root, about.cwd) : options.config,
    focus: options.focus === undefined ? undefined : focusIn(options.focus, { root, targets, cwd: about.cwd, index: about.index }),
  };
  const { report: audited, suppressed, outOfFocus } = withShownErrors(show, () => auditTree(tree, asked, about.scanning));
  const { report, measured } = options.measure ? await about.measuring((tools) => measureFindings(audited, tools)) : { report: audited, measured: undefined };
  const textOf = (file: string): string | undefined => {
    const content = tree.text(tree.canonical(file) ?? file);
    return content !== undefined && "text" in content ? content.text : undefined;
  };
  const shown: Shown = {
    report,
    suppressed,
    outOfFocus,
    ...(measured === undefined ? {} : { measured }),
    version: about.version,
    root: relative(about.cwd, root).split(sep).join("/") || ".",
    show,
    textOf,
    style: about.style,
  };
  const passedOver = options.config === undefined && !NAMES.some((name) => existsSync(join(root, name))) ? configAbove(root) : undefined;
  const { output, complaints: ofReports, failed } = deliver(shown, options.formats, { cwd: about.cwd, directory: root, stepSummary: about.stepSummary });
  const complaints = [...(passedOver === undefined ? [] : [unusedConfig(safe(relative(about.cwd, passedOver)))]), ...ofReports];
  if (failed) return outcome(output, complaints, EXIT.internal);
  const empty = options.allowEmpty ? [] : options.paths.filter((path) => !holdsServer(report.deployment, root, resolve(about.cwd, path)));
  if (empty.length > 0) {
    return outcome(output, [...complaints, `nothing to audit in ${empty.join(", ")}: no nginx, gunicorn or Node server found there (--allow-empty accepts that)`], EXIT.nothing);
  }
  return outcome(output, complaints, reaches(report, options.failOn) ? EXIT.findings : EXIT.ok);
}

function unusedConfig(file: string): string {
  return `${file} is not used, for it lies above what is audited; --config ${file} uses it, --no-config says that you know`;
}

/** Errors of the configuration name it as the user's shell would. */
function withShownErrors<T>(show: (file: string) => string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const shown = new ConfigError(error.problems, show);
    throw new UsageError(`the configuration can't be used:\n${shown.message}\nMend it, or audit without it: --no-config`);
  }
}

function outcome(output: string, complaints: readonly string[], code: number): Outcome {
  return { output, ...(complaints.length === 0 ? {} : { complaint: complaints.join("\naudit-backlog: ") }), code };
}

const SEVERITIES: readonly Severity[] = ["note", "warning", "error"];

function reaches(report: Report, failOn: AuditArguments["failOn"]): boolean {
  if (failOn === "never") return false;
  return report.findings.some(({ severity }) => SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(failOn));
}

function holdsServer(deployment: Deployment, root: string, path: string): boolean {
  const target = existsSync(path) ? realpathSync(path) : path;
  const holds = (origin: Origin): boolean => origin.kind === "file" && isInside(target, join(root, origin.file));
  return deployment.services.some((service) => holds(service.origin) || service.listeners.some((listener) => holds(listener.origin) || holds(listener.backlog.requested.origin)));
}
