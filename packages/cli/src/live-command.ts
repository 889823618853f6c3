import type { LiveArguments } from "./arguments.ts";
import type { Outcome } from "./audit-command.ts";
import type { Looking } from "./looking.ts";
import { UsageError } from "./option-values.ts";

/** Lists what listens on this machine. */
export function runLive(_options: LiveArguments, _tools: Looking): Promise<Outcome> {
  throw new UsageError("not built yet");
}
