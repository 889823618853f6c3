import type { Finding } from "@audit-backlog/audit";
import type { FileOrigin, Origin } from "@audit-backlog/model";
import type { MeasuredFinding } from "../src/measured-findings.ts";
import type { Shown, Suppressed } from "../src/report/shown.ts";
import { plainStyle } from "../src/report/style.ts";

/** Names of files that a file system allows and a careless format trips over. */
export const hostileNames = [
  "gunicorn.conf.py",
  "with space/a, b: 100%.conf",
  "line\nbreak\r::error::owned.conf",
  "::add-mask::x/a.conf",
  "##[group]x/a.conf",
  "esc\x1b[31mred\x1b]0;title\x07\x9b31m.conf",
  "rtl\u202egnp.conf",
  "漢字/😀 `code` |pipe| <b>.conf",
  "%25 %0A #frag ?query.conf",
  "bom.conf",
];

/** Columns before the number count UTF-16 code units: 😀 is two. */
const LINE = 'name = "😀"; backlog = 64';

export const hostileWords = [
  "backlog 64 holds 65 clients.",
  "100% of it,\n::error file=x::owned\r\n##[error]owned",
  "steer \x1b[2J\x9b31m \u202eback\u202c \u0007 the terminal",
  "[click](https://example.invalid) ![x](y) {0} <script>alert(1)</script> | `a` **b** \\ &amp;",
  "😀 \ud800 half a pair",
];

export const textOf = (file: string): string | undefined => (file === "gone.conf" ? undefined : `${file === "bom.conf" ? "\uFEFF" : ""}${LINE}\nsecond line\n`);

/** The number in the first line of a file; a BOM counts as an offset and a column, as scanners count. */
export function numberIn(file: string): FileOrigin {
  const offset = (textOf(file) ?? LINE).indexOf("64");
  const position = (at: number) => ({ offset: at, line: 1, column: at + 1 });
  return { kind: "file", file, range: { start: position(offset), end: position(offset + 2) } };
}

/** What an editor shows for it: `name = "😀"; backlog = ` is 23 code units long. */
export const NUMBER_AT = { line: 1, column: 24, endLine: 1, endColumn: 26 } as const;

const overTwoLines = (file: string): FileOrigin => ({ kind: "file", file, range: { start: { offset: 0, line: 1, column: 1 }, end: { offset: LINE.length + 7, line: 2, column: 7 } } });

export function findingAt(origin: Origin, more: Partial<Finding> = {}): Finding {
  return {
    rule: "small-backlog",
    severity: "warning",
    certainty: { kind: "certain" },
    message: "backlog 64 holds 65 clients.",
    locations: [{ role: "primary", origin, label: "too small" }],
    why: [],
    change: [],
    leave: [],
    whatIfs: [],
    setting: "x",
    service: "s",
    ...more,
  };
}

const option: Origin = { kind: "option", flag: "--somaxconn 128" };

/** Ordinary and hostile findings, one of each kind that a format has to cope with. */
export const findings: Readonly<Record<string, Finding>> = {
  ...Object.fromEntries(hostileNames.map((name) => [`in ${JSON.stringify(name)}`, findingAt(numberIn(name), { why: [`backlog 64 (${name}:1)`] })])),
  ...Object.fromEntries(
    hostileWords.map((words, index) => [
      `with words ${JSON.stringify(words)}`,
      findingAt(numberIn("gunicorn.conf.py"), {
        severity: index % 2 === 0 ? "error" : "note",
        message: words,
        locations: [{ role: "primary", origin: numberIn("gunicorn.conf.py"), label: words }, { role: "related", origin: overTwoLines("a.conf"), label: words }],
        why: [words],
        change: [words],
        leave: [words],
        matters: words,
      }),
    ]),
  ),
  conditional: findingAt(numberIn("gunicorn.conf.py"), { certainty: { kind: "conditional", on: "Node before 22" } }),
  "over two lines": findingAt(overTwoLines("a.conf")),
  "set by an option": findingAt(option, { locations: [{ role: "primary", origin: option, label: "too low" }, { role: "related", origin: numberIn("a.conf"), label: "listens here" }] }),
  "set by a default, no file at all": findingAt({ kind: "default", of: "gunicorn", source: "https://example.invalid" }),
  "set by the machine": findingAt({ kind: "host", path: "/proc/sys/net/core/somaxconn" }),
  "in a file that is gone": findingAt(numberIn("gone.conf")),
  "of an unknown rule": findingAt(numberIn("a.conf"), { rule: "unused-ignore" }),
};

const measuredFinding = findingAt(numberIn("gunicorn.conf.py"), { severity: "note" });
const measured = new Map<Finding, MeasuredFinding>([
  [measuredFinding, { kind: "impossible", because: hostileWords.join(" ") }],
]);

const suppressed: readonly Suppressed[] = [
  { finding: findingAt(numberIn("a.conf")), by: { origin: overTwoLines("a.conf"), kind: "comment", reason: hostileWords.join(" ") } },
  { finding: findingAt(option), by: { origin: overTwoLines("audit-backlog.config.json"), kind: "config" } },
  { finding: findingAt(numberIn("server.js")), by: { origin: overTwoLines("server.js"), kind: "eslint-disable" } },
];

/** A report of these findings. */
export function shownOf(list: readonly Finding[], more: Partial<Shown> = {}): Shown {
  const files = [...hostileNames, "a.conf"];
  return {
    report: {
      deployment: {
        services: [],
        chains: [],
        unresolved: [],
        coverage: { filesSeen: files.length, read: { nginx: files }, partial: [{ file: hostileNames[2] ?? "", range: numberIn("a.conf").range, reason: hostileWords.join(" ") }], skipped: [{ file: "node_modules/", reason: "vendored tree left out" }] },
      },
      limits: [],
      findings: list,
      options: { floor: 511, assumptions: {} },
    },
    suppressed: [],
    outOfFocus: 0,
    version: "1.2.3",
    root: ".",
    show: (file) => file,
    textOf,
    style: plainStyle,
    ...more,
  };
}

/** All of them at once. */
export const everything: Shown = shownOf([...Object.values(findings), measuredFinding], { suppressed, outOfFocus: 2, measured });
