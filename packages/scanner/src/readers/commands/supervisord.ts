import type { CommandFacts } from "../../facts.ts";

export function readSupervisord(): CommandFacts {
  return { commands: [], problems: [] };
}
