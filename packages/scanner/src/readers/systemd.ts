import { posix } from "node:path";
import type { FileProblem } from "@audit-backlog/model";
import type { CommandLine, Lookup, Place } from "../facts.ts";
import { readSystemdService, type MachineFile, type SystemdService } from "./systemd-service.ts";
import { readSystemdSocket, type SystemdSocket } from "./systemd-socket.ts";
import { layeredUnits, type LayeredUnit, type UnitFile } from "./systemd-unit-files.ts";

/** What the units of a repository say together. */
export interface SystemdFacts {
  readonly commands: readonly CommandLine[];
  readonly places: readonly Place[];
  readonly sockets: readonly SystemdSocket[];
  readonly problems: readonly FileProblem[];
  /** Files that are units or drop-ins in fact. */
  readonly read: readonly string[];
}

export interface SystemdInput {
  readonly files: readonly UnitFile[];
  /** Every file of the tree. */
  readonly tree: readonly string[];
  readonly lookup: Lookup;
  /** Where absolute paths of a machine lie in the tree. */
  readonly roots: ReadonlyMap<string, string>;
  readonly environmentOf: (path: string) => string | undefined;
}

/** Reads service and socket units with their drop-ins. Each service unit is a place of its own. */
export function readSystemd(input: SystemdInput): SystemdFacts {
  const facts = { commands: [] as CommandLine[], places: [] as Place[], sockets: [] as SystemdSocket[], problems: [] as FileProblem[], read: [] as string[] };
  const machineFiles = new MachineFiles(input);
  for (const unit of layeredUnits(input.files)) {
    const [{ path, text }, ...dropIns] = unit.files;
    if (unit.name.endsWith(".socket")) {
      const { socket, problems } = readSystemdSocket(path, text, dropIns, unit.name);
      if (socket !== undefined) facts.sockets.push(socket);
      facts.problems.push(...problems);
      if (socket !== undefined || problems.length > 0) facts.read.push(...unit.files.map((file) => file.path));
      continue;
    }
    const id = `${path}#${unit.name}`;
    const service = readSystemdService(unit, [id], machineFiles.besides(path));
    facts.problems.push(...service.problems);
    if (service.isService || service.problems.length > 0) facts.read.push(...unit.files.map((file) => file.path));
    if (!service.isService) continue;
    facts.read.push(...service.environmentFiles);
    facts.commands.push(...service.commands);
    facts.places.push(placeOf(unit, id, service, input.environmentOf(path)));
  }
  return facts;
}

function placeOf({ name, files: [{ path }] }: LayeredUnit, id: string, { nofile, cpus, network }: SystemdService, environment: string | undefined): Place {
  const start = { offset: 0, line: 1, column: 1 };
  return {
    surroundings: {
      id,
      kind: "systemd",
      name,
      origin: { kind: "file", file: path, range: { start, end: start } },
      ...(environment === undefined ? {} : { environment }),
      network,
      sysctls: [],
      ...(nofile === undefined ? {} : { nofile }),
      ...(cpus === undefined ? {} : { cpus }),
      probes: [],
    },
    holder: { kind: "systemd", name: name.replace(/\.service$/, "") },
    startsOwnCommand: true,
    hostnames: [],
    networks: [],
    mounts: [],
    ports: [],
  };
}

/** Files of machines that the tree holds. */
class MachineFiles {
  readonly #input: SystemdInput;
  #byName: Map<string, string[]> | undefined;

  constructor(input: SystemdInput) {
    this.#input = input;
  }

  /**
   * What an absolute path means for a unit: the file that a stated root leads to, else the only file of the tree whose
   * path ends in it, else the file of its name beside the unit, where their directories share a name too or it is called
   * after what it holds (`shop.env`).
   */
  besides(unit: string): MachineFile {
    return (path) => {
      if (!path.startsWith("/")) return undefined;
      const found = this.#rooted(path) ?? this.#ending(path) ?? beside(unit, path);
      const text = found === undefined ? undefined : this.#input.lookup(found);
      return found === undefined || text === undefined ? undefined : { path: found, text };
    };
  }

  #rooted(path: string): string | undefined {
    const [best] = [...this.#input.roots].filter(([root]) => path.startsWith(root.endsWith("/") ? root : `${root}/`)).sort(([a], [b]) => b.length - a.length);
    return best === undefined ? undefined : posix.join(best[1], posix.relative(best[0], path));
  }

  #ending(path: string): string | undefined {
    if (this.#byName === undefined) {
      this.#byName = new Map();
      for (const file of this.#input.tree) {
        const name = posix.basename(file);
        const known = this.#byName.get(name);
        if (known === undefined) this.#byName.set(name, [file]);
        else known.push(file);
      }
    }
    const found = (this.#byName.get(posix.basename(path)) ?? []).filter((file) => `/${file}`.endsWith(path));
    return found.length === 1 ? found[0] : undefined;
  }
}

function beside(unit: string, path: string): string | undefined {
  const [directory, name] = [posix.dirname(unit), posix.basename(path)];
  return /env/i.test(name) || posix.basename(directory) === posix.basename(posix.dirname(path)) ? posix.join(directory, name) : undefined;
}
