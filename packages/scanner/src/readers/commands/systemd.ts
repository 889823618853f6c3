import type { CommandFacts } from "../../facts.ts";
import { readSystemdService } from "../systemd-service.ts";
import { layeredUnits } from "../systemd-unit-files.ts";
import type { TemplateDefaults } from "../template-expression.ts";

/**
 * ExecStart= of one file of a service unit, with Environment=. Directories are those of the machine that runs it, so they
 * are not known in the repository.
 */
export function readSystemdUnit(path: string, text: string, defaults?: TemplateDefaults): CommandFacts {
  const [unit] = layeredUnits([{ path, text, defaults }]);
  return unit === undefined ? { commands: [], problems: [] } : readSystemdService(unit, [], () => undefined);
}
