import type { CommandFacts } from "../../facts.ts";

export function readSystemdUnit(): CommandFacts {
  return { commands: [], problems: [] };
}
