import { Range as NodeRange } from "semver";
import type { VersionRange } from "@audit-backlog/model";

/** Codenames that .nvmrc and images use. nodejs.org: about/previous-releases. */
const codenames: Readonly<Record<string, string>> = {
  argon: "4", boron: "6", carbon: "8", dubnium: "10", erbium: "12", fermium: "14", gallium: "16", hydrogen: "18", iron: "20", jod: "22", krypton: "24",
};

/** Compares dotted numbers: negative where `a` comes first. Missing parts count as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether every release of a range comes before `release`, none does, or some do. */
export function against(range: VersionRange, release: string): "before" | "since" | "open" {
  if (range.below !== undefined && compareVersions(range.below, release) <= 0) return "before";
  return range.atLeast !== undefined && compareVersions(range.atLeast, release) >= 0 ? "since" : "open";
}

/** One release. */
export function exactly(version: string): VersionRange {
  return { atLeast: version, below: after(version) };
}

/** The least number above a release that no other release has. */
function after(version: string): string {
  const parts = version.split(".");
  while (parts.length < 3) parts.push("0");
  return [...parts, "1"].join(".");
}

/** Every release that begins with these numbers: `20`, `20.1`. */
function series(prefix: string, length = prefix.split(".").length): VersionRange {
  const parts = prefix.split(".").slice(0, length).map(Number);
  const last = parts.pop() ?? 0;
  return { atLeast: prefix, below: [...parts, last + 1].join(".") };
}

/** Everything that is in one of two ranges, and what lies between them. */
export function union(a: VersionRange, b: VersionRange): VersionRange {
  return {
    ...(a.atLeast === undefined || b.atLeast === undefined ? {} : { atLeast: compareVersions(a.atLeast, b.atLeast) <= 0 ? a.atLeast : b.atLeast }),
    ...(a.below === undefined || b.below === undefined ? {} : { below: compareVersions(a.below, b.below) >= 0 ? a.below : b.below }),
  };
}

function intersection(a: VersionRange, b: VersionRange): VersionRange {
  const low = [a.atLeast, b.atLeast].filter((one) => one !== undefined).sort(compareVersions).at(-1);
  const high = [a.below, b.below].filter((one) => one !== undefined).sort(compareVersions)[0];
  return { ...(low === undefined ? {} : { atLeast: low }), ...(high === undefined ? {} : { below: high }) };
}

/**
 * The releases that a Python requirement allows: PEP 440's clauses, and poetry's `^1.2`, `~1.2` and `1.*`. Ends of
 * pre-releases and `!=` are passed over. Undefined for what is none, or allows everything.
 */
export function pythonRange(text: string): VersionRange | undefined {
  let range: VersionRange = {};
  for (const clause of text.split(",").slice(0, 20)) {
    const [, operator = "", version = "", star] = /^\s*(===?|~=|>=|<=|>|<|!=|\^|~)?\s*v?(\d{1,9}(?:\.\d{1,9}){0,4})(\.\*)?[\w.+-]{0,40}\s*$/.exec(clause) ?? [];
    if (version === "") {
      if (clause.trim() === "*" || clause.trim() === "") continue;
      return undefined;
    }
    range = intersection(range, clauseRange(operator, version, star !== undefined));
  }
  return range.atLeast === undefined && range.below === undefined ? undefined : range;
}

function clauseRange(operator: string, version: string, star: boolean): VersionRange {
  const parts = version.split(".").length;
  switch (operator) {
    case ">=":
    case ">":
      return { atLeast: version };
    case "<":
      return { below: version };
    case "<=":
      return { below: after(version) };
    case "!=":
      return {};
    case "~=":
      return series(version, Math.max(1, parts - 1));
    case "^":
      return series(version, version.startsWith("0.") ? Math.min(2, parts) : 1);
    case "~":
      return series(version, Math.min(2, parts));
    default:
      return star ? series(version) : exactly(version);
  }
}

/** The releases that a Node version or range of one means: `20`, `v20.11.1`, `>=18`, `^20 || >=22`, `lts/iron`. Undefined for what is none. */
export function nodeRange(text: string): VersionRange | undefined {
  const codename = codenames[text.trim().toLowerCase().replace(/^lts\//, "")];
  const plain = codename ?? text.trim();
  if (plain === "" || plain.length > 200) return undefined;
  let range: NodeRange;
  try {
    range = new NodeRange(plain, { loose: true });
  } catch {
    return undefined;
  }
  const sets = range.set.map((comparators) => {
    let one: VersionRange = {};
    for (const { operator, semver } of comparators) {
      // An empty comparator allows everything; its version has no numbers.
      if (typeof (semver as { readonly version?: unknown }).version !== "string") continue;
      const version = `${semver.major}.${semver.minor}.${semver.patch}`;
      if (operator === ">=" || operator === ">") one = intersection(one, { atLeast: version });
      else if (operator === "<") one = intersection(one, { below: version });
      else if (operator === "<=") one = intersection(one, { below: after(version) });
      else one = intersection(one, exactly(version));
    }
    return one;
  });
  const [first, ...others] = sets;
  const all = others.reduce(union, first ?? {});
  return all.atLeast === undefined && all.below === undefined ? undefined : all;
}
