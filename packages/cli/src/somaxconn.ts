import { readFileSync } from "node:fs";
import { UsageError } from "./option-values.ts";

export const SOMAXCONN_FILE = "/proc/sys/net/core/somaxconn";

/** This machine's net.core.somaxconn, in the network namespace of this process. */
export function readSomaxconn(): number {
  try {
    return Number(readFileSync(SOMAXCONN_FILE, "utf8").trim());
  } catch {
    throw new UsageError(`--somaxconn live: ${SOMAXCONN_FILE} can't be read on this system; state the number instead`);
  }
}
