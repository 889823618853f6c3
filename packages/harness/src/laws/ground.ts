import { join } from "node:path";
import type { Running, Setting } from "../servers/running.ts";

/** Where a law is tried: inside the namespace that was made for it. */
export interface Ground {
  readonly directory: string;
  /** The program that Node servers re-enter. */
  readonly entry: string;
  /** performance.now() at which waiting for anything ends. */
  readonly until: number;
  /** A free TCP port, another each time. */
  readonly port: () => Promise<number>;
  /** Takes note of a server, so that it is ended with the trial and its version is told. */
  readonly keep: <R extends Running>(running: R) => R;
}

/** What a server is started with: a name, and an address of its own. */
export async function settingFor(name: string, family: "tcp" | "unix", { directory, until, port }: Ground): Promise<Setting> {
  const address = family === "tcp" ? ({ family, port: await port() } as const) : ({ family, path: join(directory, `${name}.sock`) } as const);
  return { directory, name, address, handlerTime: 0, until };
}
