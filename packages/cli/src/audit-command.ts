import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { audit, type Report, type Severity } from "@audit-backlog/audit";
import { defaulted, exact } from "@audit-backlog/model";
import type { Deployment, Origin, Sourced } from "@audit-backlog/model";
import { openTree, scan } from "@audit-backlog/scanner";
import type { AuditArguments } from "./arguments.ts";
import { measureFindings } from "./measured-findings.ts";
import type { MeasureTools } from "./measuring.ts";
import { UsageError } from "./option-values.ts";
import { assertWritable, deliver } from "./report/deliver.ts";
import type { Shown } from "./report/shown.ts";
import type { Style } from "./report/style.ts";
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
export async function runAudit(options: AuditArguments, about: { readonly version: string; readonly cwd: string; readonly style: Style; readonly measuring: Measuring }): Promise<Outcome> {
  assertWritable(options.formats, about.cwd);
  const { root, only } = commonRoot(options.paths.length === 0 ? ["."] : options.paths, about.cwd);
  const tree = openTree(root, only);
  const deployment = scan(tree, { roots: rootsInTree(options.roots, root, about.cwd), somaxconn: somaxconn(options.somaxconn) });
  const audited = audit(deployment, {
    floor: options.minimum,
    assumptions: {
      ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
      ...(options.burst === undefined ? {} : { burst: options.burst }),
      ...(options.arrivalRate === undefined ? {} : { arrivalRate: options.arrivalRate }),
      ...(options.serviceTime === undefined ? {} : { serviceTime: options.serviceTime }),
      ...(options.clientTimeout === undefined ? {} : { clientTimeout: options.clientTimeout }),
    },
  });
  const { report, measured } = options.measure ? await about.measuring((tools) => measureFindings(audited, tools)) : { report: audited, measured: undefined };
  const prefix = isInside(about.cwd, root) ? relative(about.cwd, root) : root;
  const show = (file: string): string => join(prefix, file).split(sep).join("/");
  const textOf = (file: string): string | undefined => {
    const content = tree.text(tree.canonical(file) ?? file);
    return content !== undefined && "text" in content ? content.text : undefined;
  };
  const shown: Shown = {
    report,
    suppressed: [],
    outOfFocus: 0,
    ...(measured === undefined ? {} : { measured }),
    version: about.version,
    root: relative(about.cwd, root).split(sep).join("/") || ".",
    show,
    textOf,
    style: about.style,
  };
  const { output, complaint } = deliver(shown, options.formats, { cwd: about.cwd, directory: root });
  if (complaint !== undefined) return { output, complaint, code: EXIT.internal };
  const empty = options.allowEmpty ? [] : options.paths.filter((path) => !holdsServer(deployment, root, resolve(about.cwd, path)));
  if (empty.length > 0) {
    return { output, complaint: `nothing to audit in ${empty.join(", ")}: no nginx, gunicorn or Node server found there (--allow-empty accepts that)`, code: EXIT.nothing };
  }
  return { output, code: reaches(report, options.failOn) ? EXIT.findings : EXIT.ok };
}

const SEVERITIES: readonly Severity[] = ["note", "warning", "error"];

function reaches(report: Report, failOn: AuditArguments["failOn"]): boolean {
  if (failOn === "never") return false;
  return report.findings.some(({ severity }) => SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(failOn));
}

/** The directory that holds every path, and the paths below it; one directory is its own root. */
function commonRoot(paths: readonly string[], cwd: string): { readonly root: string; readonly only: readonly string[] } {
  const targets = paths.map((path) => {
    const target = resolve(cwd, path);
    if (!existsSync(target)) throw new UsageError(`no such file or directory: ${path}`);
    return { path: realpathSync(target), isDirectory: statSync(target).isDirectory() };
  });
  let root = targets[0]?.path ?? cwd;
  if (targets[0]?.isDirectory === false) root = dirname(root);
  for (const { path } of targets) {
    while (!isInside(root, path)) root = dirname(root);
  }
  const only = targets.map(({ path }) => relative(root, path).split(sep).join("/"));
  return { root, only: only.includes("") ? [] : only };
}

function isInside(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** `--root` names directories as the shell sees them; the scanner knows them relative to its root. */
function rootsInTree(roots: ReadonlyMap<string, string>, root: string, cwd: string): ReadonlyMap<string, string> {
  return new Map(
    [...roots].map(([from, to]) => {
      const inCwd = resolve(cwd, to);
      const target = existsSync(inCwd) ? realpathSync(inCwd) : resolve(root, to);
      if (!existsSync(target) || !isInside(root, target)) {
        throw new UsageError(`--root ${from}=${to}: no such directory in the audited tree`);
      }
      return [from, relative(root, target).split(sep).join("/")];
    }),
  );
}

function somaxconn(stated: AuditArguments["somaxconn"]): Sourced<number> {
  if (stated === undefined) return defaulted(4096, "Linux since 5.4", "linux: Documentation/networking/ip-sysctl.rst, somaxconn");
  if (stated !== "live") return { value: exact(stated), origin: { kind: "option", flag: `--somaxconn ${stated}` } };
  return { value: exact(readSomaxconn()), origin: { kind: "host", path: SOMAXCONN_FILE } };
}

function holdsServer(deployment: Deployment, root: string, path: string): boolean {
  const target = existsSync(path) ? realpathSync(path) : path;
  const holds = (origin: Origin): boolean => origin.kind === "file" && isInside(target, join(root, origin.file));
  return deployment.services.some((service) => holds(service.origin) || service.listeners.some((listener) => holds(listener.origin) || holds(listener.backlog.requested.origin)));
}
