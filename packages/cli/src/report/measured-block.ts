import { compare, places, type Outcome, type Place, type TrialExpectation, type TrialMeasurement } from "@audit-backlog/model";
import type { MeasuredFinding } from "../measured-findings.ts";
import type { Run } from "../measuring.ts";
import { countText, placeText } from "./measured-table.ts";
import type { Style } from "./style.ts";
import { padEnd, width } from "./text.ts";

/** What stands beside a finding once it was tried out. */
export interface MeasuredBlock {
  readonly head: string;
  readonly lines: readonly string[];
}

/** One sentence, and `predicted │ measured` before and after the change. */
export function measuredBlock(measured: MeasuredFinding, style: Style): MeasuredBlock {
  switch (measured.kind) {
    case "from-source":
      return { head: `not measured: ${measured.because} (${measured.source})`, lines: [] };
    case "procedure": {
      const { changed, measurement } = measured;
      const notes = [...changed.map((text) => `changed for the trial: ${text}`), ...measurement.because.map((text) => `inconclusive: ${text}`), ...measurement.disagreements.map((text) => style.paint(["red", "bold"], `not as predicted: ${text}`))];
      return { head: `measured: ${trialText(measurement.before, measurement.procedure.before)}; after the change ${trialText(measurement.after, measurement.procedure.after)}`, lines: notes };
    }
    case "impossible":
      return { head: `not measured: ${measured.because}`, lines: [] };
    case "scenarios": {
      const { before, after, changed, harm } = measured;
      const doubts = [before, after].flatMap(({ measurement }) => (measurement.verdict === "inconclusive" ? measurement.because : []));
      const notes = [...new Set([before.standIn, after.standIn].filter((text) => text !== undefined)), ...changed.map((text) => `changed for the trial: ${text}`), ...doubts.map((text) => `inconclusive: ${text}`)];
      return { head: headText(before, after, harm), lines: [...table(before, after, style), ...notes] };
    }
  }
}

function headText(before: Run, after: Run, harm: readonly Place[]): string {
  const [was, is] = [harmed(before, harm), harmed(after, harm)];
  return `measured, ${loadText(before)}: ${was} ${was === 1 ? "comes" : "come"} to harm, ${is} after the change`;
}

/** The line of a server's log that says what was expected, or its last; without time and process number. */
export function wordsOf(log: readonly string[], says: string | undefined): string {
  const line = (says === undefined ? undefined : log.find((one) => one.includes(says))) ?? log.at(-1) ?? "";
  return line.replace(/^[\d/: ]+(?=\[)/, "").replace(/\d+#\d+: /, "").trim();
}

/** What a start of a server came to. */
function trialText({ starts, log, backlogs, accepted, answered }: TrialMeasurement, { trial, expected }: TrialExpectation): string {
  if (trial.server === "upstream") return `${answered ?? 0} of ${trial.calm} calm clients are answered after the burst`;
  if (!starts) return `the server does not start (${wordsOf(log, expected.says)})`;
  const kernel = backlogs === undefined || backlogs.length === 0 ? "" : `, the kernel's backlog is ${backlogs.join(", ")}`;
  return `it starts${kernel}${accepted === undefined ? "" : `, and ${accepted} clients are accepted`}`;
}

/** A stand-in turns clients away elsewhere than the servers that it stands for: then everybody counts who found no room. */
function harmed({ standIn, measurement: { outcome } }: Run, harm: readonly Place[]): number {
  const counts = standIn === undefined ? harm : places.filter((place) => place !== "queued" && place !== "accepted" && place !== "answered");
  return counts.reduce((sum, place) => sum + outcome[place], 0);
}

function loadText({ scenario: { load } }: Run): string {
  return load.kind === "sustained" ? `${load.rate} clients a second` : load.clients === 1 ? "1 client" : `${load.clients} clients ${load.kind}`;
}

function table(before: Run, after: Run, style: Style): readonly string[] {
  const differs = new Set([before, after].flatMap((run) => compare(run.predicted, run.measurement.outcome).map(({ place }) => place)));
  const cell = (place: keyof Outcome, { predicted, measurement }: Run): string => `${countText(predicted[place]).padStart("predicted".length)} │ ${countText(measurement.outcome[place])}`;
  const rows = places
    .filter((place) => [before, after].some(({ predicted, measurement }) => predicted[place] !== 0 || measurement.outcome[place] !== 0))
    .map((place) => ({ name: placeText(place), before: cell(place, before), after: cell(place, after), differs: differs.has(place) }));
  const head = "predicted │ measured";
  const names = Math.max(...rows.map(({ name }) => width(name)));
  const column = Math.max(head.length, ...rows.map((row) => width(row.before)));
  return [
    style.paint("dim", `${padEnd("", names)}  ${padEnd("before", column)}   after`),
    style.paint("dim", `${padEnd("", names)}  ${padEnd(head, column)}   ${head}`),
    ...rows.map((row) => {
      const line = `${padEnd(row.name, names)}  ${padEnd(row.before, column)}   ${row.after}`;
      return row.differs ? style.paint(["red", "bold"], `${line}   differs`) : line;
    }),
  ];
}
