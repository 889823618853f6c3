import type { SimpleValue } from "@audit-backlog/model";
import type { Scalar } from "./data.ts";
import { cpus, dynamic } from "./javascript-values.ts";

export type ExecMode = "fork" | "cluster";

/**
 * Processes that PM2 starts for what `instances` says: "max" and 0 mean one a CPU, a negative number that many
 * CPUs left free, at least 1; a string is cut to its integer, and one without any counts as 0.
 * Source: pm2: lib/Common.js verifyConfs, lib/God.js prepare.
 */
export function instanceCount(written: Scalar | SimpleValue<Scalar>): SimpleValue<number> {
  if (typeof written === "object" && written !== null) {
    if (written.kind === "formula") return { kind: "formula", formula: { op: "max", operands: [{ op: "number", value: 1 }, { op: "int", operands: [written.formula] }] } };
    if (written.kind === "dynamic") return written;
    return instanceCount(written.value);
  }
  // PM2 refuses what is neither a number nor a string.
  if (typeof written === "boolean" || written === null) return dynamic;
  const number = integerOf(written);
  if (Number.isNaN(number)) return dynamic;
  if (number > 0) return { kind: "exact", value: number };
  if (number === 0) return cpus;
  return { kind: "formula", formula: { op: "max", operands: [{ op: "number", value: 1 }, { op: "-", operands: [cpus.formula, { op: "number", value: -number }] }] } };
}

function integerOf(written: string | number): number {
  if (typeof written === "number") return Math.trunc(written);
  return written === "max" ? 0 : parseInt(written, 10) || 0;
}

/**
 * The mode PM2 runs an application in: the one that is written; otherwise cluster where `instances` is at least 1,
 * 0 or -1 and the program is run by Node. Source: pm2: lib/Common.js determineExecMode, resolveInterpreter.
 */
export function execMode(written: Scalar | undefined, instances: SimpleValue<Scalar> | undefined, program: { readonly script: string; readonly interpreter: string | undefined }): SimpleValue<ExecMode> {
  if (written === "cluster" || written === "cluster_mode") return { kind: "exact", value: "cluster" };
  if (written === "fork" || written === "fork_mode") return { kind: "exact", value: "fork" };
  // Any other text is refused by PM2's schema.
  if (written !== undefined && written !== null) return dynamic;
  if (instances === undefined || !runsInNode(program)) return { kind: "assumed", value: "fork" };
  if (instances.kind === "dynamic") return dynamic;
  if (instances.kind === "formula") return { kind: "exact", value: "cluster" };
  const { value } = instances;
  if (typeof value === "boolean" || value === null) return dynamic;
  const number = typeof value === "string" ? integerOf(value) : value;
  return { kind: "exact", value: number >= 1 || number === 0 || number === -1 ? "cluster" : "fork" };
}

/** Source: pm2: lib/API/interpreter.json, lib/Common.js verifyConfs (a script with a space is a command line for bash). */
function runsInNode({ script, interpreter }: { readonly script: string; readonly interpreter: string | undefined }): boolean {
  if (/\s/.test(script)) return false;
  if (interpreter !== undefined && interpreter !== "") {
    const name = interpreter.slice(interpreter.lastIndexOf("/") + 1);
    return /(?:node|bun)$/.test(name) || name.startsWith("node@");
  }
  const extension = /\.[^./]+$/.exec(script)?.[0] ?? "";
  return ![".sh", ".py", ".rb", ".php", ".pl", ".coffee", ".ls"].includes(extension);
}
