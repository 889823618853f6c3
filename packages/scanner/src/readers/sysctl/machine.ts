import { posix } from "node:path";
import type { Sysctl } from "@audit-backlog/model";
import { withoutTemplateSuffix, type SysctlFile, type SysctlLine } from "./file.ts";

/** The directories that systemd-sysctl reads, the strongest first. sysctl.d(5). */
const directories = ["etc", "run", "usr/local/lib", "usr/lib", "lib"];

interface Place {
  /** What lies around the machine's root: files of one root belong to one machine. */
  readonly machine: string;
  readonly rank: number;
  readonly name: string;
}

/**
 * What is in force on each machine that files describe: files are applied in the order of their names, whatever their directory;
 * of two with one name the stronger directory's counts; later lines win, and lines that spell a name out win over patterns.
 * sysctl.conf comes where Debian and Fedora link it, as 99-sysctl.conf. sysctl.d(5), systemd: src/sysctl/sysctl.c.
 */
export function machineSysctls(files: readonly SysctlFile[]): Sysctl[] {
  const machines = new Map<string, Map<string, { readonly rank: number; readonly file: SysctlFile }>>();
  for (const file of files) {
    const { machine, rank, name } = placeOf(file.file);
    const byName = machines.get(machine) ?? new Map<string, { readonly rank: number; readonly file: SysctlFile }>();
    machines.set(machine, byName);
    const known = byName.get(name);
    if (known === undefined || rank < known.rank) byName.set(name, { rank, file });
  }
  return [...machines.values()].flatMap((byName) => {
    const inOrder = [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, { file }]) => file.lines);
    return inForce(inOrder);
  });
}

/** One setting a key: a later one takes the place of an earlier one, and stands where it was written last. */
function inForce(lines: readonly SysctlLine[]): Sysctl[] {
  const bySpelling = new Map<string, Map<string, SysctlLine>>();
  for (const line of lines) {
    const ofName = bySpelling.get(line.name) ?? new Map<string, SysctlLine>();
    bySpelling.set(line.name, ofName);
    ofName.delete(line.pattern ?? "");
    ofName.set(line.pattern ?? "", line);
  }
  return [...bySpelling].flatMap(([name, ofName]) => {
    const spelledOut = ofName.get("");
    const value = spelledOut === undefined ? [...ofName.values()].findLast((line) => line.value !== undefined)?.value : spelledOut.value;
    return value === undefined ? [] : [{ name, value }];
  });
}

function placeOf(path: string): Place {
  const plain = withoutTemplateSuffix(path);
  const name = posix.basename(plain);
  const inDirectory = /^(.*?)(?:^|\/)?(etc|run|usr\/local\/lib|usr\/lib|lib)\/sysctl\.d\/[^/]+$/.exec(plain);
  if (inDirectory !== null) return { machine: inDirectory[1] ?? "", rank: directories.indexOf(inDirectory[2] ?? ""), name };
  const single = /^(.*?)(?:^|\/)?etc\/sysctl\.conf$/.exec(plain);
  if (single !== null) return { machine: single[1] ?? "", rank: 0, name: "99-sysctl.conf" };
  const machine = posix.dirname(plain).replace(/(?:^|\/)sysctl\.d$/, "");
  return { machine: machine === "." ? "" : machine, rank: 0, name: name === "sysctl.conf" ? "99-sysctl.conf" : name };
}
