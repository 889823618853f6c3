import type { TrialValue } from "@audit-backlog/model";

const numbers: Readonly<Record<string, TrialValue>> = {
  NaN: { number: "NaN" },
  Infinity: { number: "Infinity" },
  "-Infinity": { number: "-Infinity" },
};

/** A JavaScript literal's text as data; undefined for anything else, which is never evaluated. */
export function valueOf(text: string): TrialValue | undefined {
  if (text.length > 100) return undefined;
  const known = numbers[text];
  if (known !== undefined) return known;
  const bigint = /^(-?\d{1,40})n$/.exec(text)?.[1];
  if (bigint !== undefined) return { bigint };
  const power = /^2\s*\*\*\s*(\d{1,2})$/.exec(text)?.[1];
  if (power !== undefined) return 2 ** Number(power);
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "number" || typeof value === "string" || typeof value === "boolean" || value === null ? value : undefined;
  } catch {
    const single = /^'([^'"\\]*)'$/.exec(text)?.[1];
    return single;
  }
}
