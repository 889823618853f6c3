import { join } from "node:path";
import { freePort } from "../network.ts";
import type { Running, Setting, Versions } from "../servers/running.ts";

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

/** A ground of its own, where a trial keeps its servers. `seconds`: how long it waits for anything; ports of a private namespace follow `firstPort`. */
export function openGround(of: { readonly directory: string; readonly entry: string; readonly isPrivate: boolean; readonly seconds: number; readonly firstPort: number }): { readonly ground: Ground; readonly versions: () => Versions; readonly end: () => void } {
  const kept: Running[] = [];
  let port = of.firstPort;
  return {
    ground: {
      directory: of.directory,
      entry: of.entry,
      until: performance.now() + of.seconds * 1000,
      port: of.isPrivate ? () => Promise.resolve((port += 1)) : freePort,
      keep: (running) => {
        kept.push(running);
        return running;
      },
    },
    versions: () => Object.assign({}, ...kept.map((running) => running.versions ?? {})) as Versions,
    end: () => {
      for (const running of kept) running.end();
    },
  };
}
