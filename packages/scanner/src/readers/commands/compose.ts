import type { CommandFacts } from "../../facts.ts";

export function readCompose(): CommandFacts {
  return { commands: [], problems: [] };
}
