import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { audit, type Finding, type Options, type Setting } from "../src/library/index.ts";
import { repository } from "./run-cli.ts";

/** The files of a fixture, as the library takes them. */
function filesOf(directory: string): Map<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return new Map(names.map((name) => join(directory, name)).filter((path) => statSync(path).isFile()).map((path) => [relative(directory, path), readFileSync(path, "utf8")]));
}

interface Edit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What a finding asks for as an edit: the number of its remedy in the place of the number that stands there. */
function editOf({ whatIfs }: Finding, files: ReadonlyMap<string, string>): Edit | undefined {
  const [remedy] = whatIfs;
  const origin = remedy?.setting.value.origin;
  if (remedy === undefined || origin?.kind !== "file") return undefined;
  const [start, end] = [origin.range.start.offset, origin.range.end.offset];
  const written = files.get(origin.file)?.slice(start, end) ?? "";
  const number = /-?\d+/.exec(written);
  return number === null ? undefined : { file: origin.file, start: start + number.index, end: start + number.index + number[0].length, text: String(remedy.to) };
}

/** All of them at once, last first so that places stay; two edits of one place ask for the larger number. */
function applied(files: ReadonlyMap<string, string>, edits: readonly Edit[]): Map<string, string> {
  const byPlace = new Map<string, Edit>();
  for (const edit of edits) {
    const key = `${edit.file}:${String(edit.start)}`;
    const known = byPlace.get(key);
    if (known === undefined || Number(known.text) < Number(edit.text)) byPlace.set(key, edit);
  }
  const changed = new Map(files);
  for (const { file, start, end, text } of [...byPlace.values()].sort((a, b) => b.start - a.start)) {
    const whole = changed.get(file) ?? "";
    changed.set(file, whole.slice(0, start) + text + whole.slice(end));
  }
  return changed;
}

/** As `Finding.setting` names it. */
function keyOf({ id, value: { origin } }: Setting): string {
  return origin.kind === "file" ? `${origin.file}:${String(origin.range.start.offset)}` : id;
}

const fixtures = join(repository, "fixtures");
const names = readdirSync(fixtures, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
const demands: readonly Options[] = [{}, { burst: 1500 }, { burst: 5000, serviceTime: 0.05, clientTimeout: 30, cpus: 4 }];
const cases = names.flatMap((name) => demands.map((demand) => ({ name, demand })));

describe.each(cases)("fixtures/$name with $demand", ({ name, demand }) => {
  const files = filesOf(join(fixtures, name));
  const before = audit(files, demand).report.findings;

  it("has one finding a setting", () => {
    const settings = before.map(({ setting }) => setting);
    expect(settings).toEqual([...new Set(settings)]);
  });

  it("ends what it asks to change, and starts nothing worse, once everything is done that it says", () => {
    let now: ReadonlyMap<string, string> = files;
    let findings = before;
    const named = new Set<string>();
    // One term after another may bind: each round does all that is asked for then.
    for (let round = 0; round < 6; round += 1) {
      const current = now;
      for (const setting of findings.flatMap(({ whatIfs }) => whatIfs.flatMap(({ thenBinds }) => thenBinds))) named.add(keyOf(setting));
      const edits = findings.flatMap((finding) => editOf(finding, current) ?? []);
      if (edits.length === 0) break;
      const next = applied(now, edits);
      if ([...next].every(([file, text]) => current.get(file) === text)) break;
      now = next;
      findings = audit(now, demand).report.findings;
    }
    // What no file holds can't be edited here; that it binds next was said, as was that several numbers must rise together.
    const said = ({ setting, change }: Finding): boolean => named.has(setting) || change.some((line) => line.includes("one alone changes nothing"));
    const known = new Set(before.map(({ setting }) => setting));
    const open = findings.filter((finding) => finding.severity !== "note" && !(known.has(finding.setting) && editOf(finding, now) === undefined) && !(demand.burst !== undefined && said(finding)));
    expect(open.map(({ rule, message, change }) => [rule, message, change])).toEqual([]);
  });
});

it("has remedies to apply", () => {
  const all = cases.flatMap(({ name, demand }) => {
    const files = filesOf(join(fixtures, name));
    return audit(files, demand).report.findings.flatMap((finding) => editOf(finding, files) ?? []);
  });
  expect(all.length).toBeGreaterThan(20);
});
