
/** Wrong usage: printed without a stack, exit code 2. */
export class UsageError extends Error {}

/** The readers below take the text of one option and throw UsageError where it is not what the option takes. */
export function readCount(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${name} takes a whole number from ${least} on, not ${JSON.stringify(text)}`);
  }
  return value;
}

export function readRate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+(\.\d+)?(\/s)?$/.test(text) ? Number.parseFloat(text) : 0;
  if (value <= 0) throw new UsageError(`--arrival-rate takes arrivals per second above 0, not ${JSON.stringify(text)}`);
  return value;
}

/** A release of Linux: "5.3", "4.19.0-25-amd64". */
export function readKernel(text: string | undefined): string | undefined {
  if (text === undefined || /^\d{1,3}\.\d{1,4}(?:[.\w+~-]{0,60})$/.test(text)) return text;
  throw new UsageError(`--kernel takes a release of Linux such as 5.3, not ${JSON.stringify(text)}`);
}

/** Seconds. */
export function readDuration(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
  const value = Number(match?.[1] ?? 0) * (match?.[2] === "ms" ? 0.001 : match?.[2] === "m" ? 60 : 1);
  if (value <= 0) throw new UsageError(`--${name} takes a time above 0 such as 0.2, 200ms or 2s, not ${JSON.stringify(text)}`);
  return value;
}

export function oneOf<const T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((known) => known === text);
  if (choice === undefined) throw new UsageError(`--${name} takes ${choices.join(", ")}, not ${JSON.stringify(text)}`);
  return choice;
}

export function readRoots(entries: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    entries.map((entry) => {
      const [, from, to] = /^(\/[^=]*)=(.+)$/.exec(entry) ?? [];
      if (from === undefined || to === undefined) {
        throw new UsageError(`--root takes ABSOLUTE=DIRECTORY such as /etc/nginx=deploy/nginx, not ${JSON.stringify(entry)}`);
      }
      return [from.replace(/(.)\/+$/, "$1"), to.replace(/^\.\//, "").replace(/\/+$/, "")] as const;
    }),
  );
}
