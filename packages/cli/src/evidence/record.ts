import { isDeepStrictEqual } from "node:util";
import { claims } from "@audit-backlog/harness";
import { lawCatalogue, observeTrial, type LawObservation, type LawTrial } from "@audit-backlog/harness/laws";
import { compare, predict, type Counted, type Measurement, type Outcome, type ProcedureMeasurement, type Scenario } from "@audit-backlog/model";
import type { Harness } from "../measuring.ts";
import { proofOfTrial, type EvidenceTrial } from "./trials.ts";

/** What was predicted and counted; predictions can be computed again from the scenario. */
export interface RecordedRun {
  readonly scenario: Scenario;
  readonly predicted: Outcome;
  readonly measured: Counted;
}

export interface RecordedSide extends RecordedRun {
  /** The same with other bursts, in ascending order: how many were let in. */
  readonly sweep: readonly { readonly clients: number; readonly held: number }[];
}

type Shown = Measurement["environment"];

/** docs/evidence/<rule>.json; `from-source`: no machine of ours can show it. */
export type RuleRecord = MeasuredRecord | (EvidenceTrial & { readonly kind: "from-source"; readonly because: string; readonly source: string });

type MeasuredRecord = EvidenceTrial & { readonly changed: readonly string[]; readonly environment: Shown } & (
    | { readonly kind: "scenarios"; readonly before: RecordedSide; readonly after: RecordedSide }
    | { readonly kind: "procedure"; readonly procedure: ProcedureMeasurement["procedure"]; readonly before: ProcedureMeasurement["before"]; readonly after: ProcedureMeasurement["after"] }
  );

/** docs/evidence/claims.json */
export interface ClaimsRecord {
  readonly environment: Shown;
  readonly claims: readonly { readonly says: string; readonly runs: readonly RecordedRun[] }[];
}

/** A trial of a law, and what was counted. */
export type RecordedTrial = LawTrial & { readonly counts: LawObservation["counts"] };

/** docs/evidence/laws.json */
export interface LawsRecord {
  readonly environment: Shown;
  readonly laws: readonly { readonly id: string; readonly says: string; readonly runs: readonly RecordedRun[]; readonly trials: readonly RecordedTrial[] }[];
}

const never = new AbortController().signal;
/** Parts of the burst that would fill the larger of the two queues. */
const parts = [0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1];

/** Clients that are neither turned away nor left without an answer. */
export function heldIn({ queued, accepted, answered }: Counted): number {
  return queued + accepted + answered;
}

/** Whether a load is tried in several sizes: not one of a few clients, nor one that has no size. */
export function isSwept({ load }: Scenario): boolean {
  return load.kind !== "sustained" && load.clients >= 8;
}

/** Measures a scenario; throws where the count is not beyond doubt. */
async function recordRun(scenario: Scenario, { measure }: Harness): Promise<RecordedRun & { readonly environment: Shown }> {
  const { verdict, because, outcome, environment } = await measure(scenario, never);
  if (verdict !== "measured") throw new Error(`inconclusive: ${because.join("; ")}`);
  return { scenario, predicted: predict(scenario), measured: outcome, environment };
}

async function recordSide(scenario: Scenario, harness: Harness): Promise<RecordedSide & { readonly environment: Shown }> {
  const run = await recordRun(scenario, harness);
  const { load } = scenario;
  if (!isSwept(scenario) || load.kind === "sustained") return { ...run, sweep: [] };
  const sweep: { clients: number; held: number }[] = [];
  for (const part of parts) {
    const clients = Math.max(1, Math.round(load.clients * part));
    const { measured } = await recordRun({ ...scenario, load: { ...load, clients } }, harness);
    sweep.push({ clients, held: heldIn(measured) });
  }
  return { ...run, sweep };
}

/** Measures the trial of a rule, before and after what its finding asks for. */
export async function recordRule(trial: EvidenceTrial, harness: Harness): Promise<RuleRecord> {
  const proof = proofOfTrial(trial);
  switch (proof.kind) {
    case "from-source":
      return { ...trial, kind: "from-source", because: proof.because, source: proof.source };
    case "procedure": {
      const { changed, id, somaxconn } = proof;
      const { verdict, because, disagreements, procedure, before, after, environment } = await harness.measureProcedure({ id, somaxconn, before: proof.before, after: proof.after }, never);
      if (verdict !== "measured" || disagreements.length > 0) throw new Error(`${trial.rule}: ${[...because, ...disagreements].join("; ")}`);
      return { ...trial, changed, environment, kind: "procedure", procedure, before, after };
    }
    case "scenarios": {
      const { environment, ...before } = await recordSide(proof.before, harness);
      const { environment: then, ...after } = await recordSide(proof.after, harness);
      return { ...trial, changed: proof.changed, environment: { ...environment, ...then }, kind: "scenarios", before, after };
    }
  }
}

export async function recordClaims(harness: Harness): Promise<ClaimsRecord> {
  const shown = new Environments();
  const recorded: ClaimsRecord["claims"][number][] = [];
  for (const { says, scenarios } of Object.values(claims)) recorded.push({ says, runs: await recordRuns(scenarios, harness, shown) });
  return { environment: shown.all(), claims: recorded };
}

/** Tries every law of the catalogue. Throws where one does not hold. */
export async function recordLaws(harness: Harness): Promise<LawsRecord> {
  const shown = new Environments();
  const laws: LawsRecord["laws"][number][] = [];
  for (const { id, says, scenarios, trials } of lawCatalogue) {
    const runs = await recordRuns(scenarios, harness, shown);
    const tried: RecordedTrial[] = [];
    for (const trial of trials) {
      const { counts, environment } = await observeTrial(trial);
      if (!holds(trial, counts)) throw new Error(`${id}, ${trial.tried}: ${JSON.stringify(counts)}`);
      shown.add(environment);
      tried.push({ ...trial, counts });
    }
    laws.push({ id, says, runs, trials: tried });
  }
  return { environment: shown.all(), laws };
}

/** Whether what was counted is what a trial expects, as far as it expects anything. */
export function holds({ expected }: Pick<LawTrial, "expected">, counts: RecordedTrial["counts"]): boolean {
  const counted = new Map<string, unknown>(Object.entries(counts));
  return Object.entries(expected).every(([name, value]) => isDeepStrictEqual(counted.get(name), value));
}

async function recordRuns(scenarios: readonly Scenario[], harness: Harness, shown: Environments): Promise<readonly RecordedRun[]> {
  const runs: RecordedRun[] = [];
  for (const scenario of scenarios) {
    const { environment, ...run } = await recordRun(scenario, harness);
    const differences = compare(run.predicted, run.measured);
    if (differences.length > 0) throw new Error(`${scenario.name ?? ""}: ${JSON.stringify(differences)}`);
    shown.add(environment);
    runs.push(run);
  }
  return runs;
}

/** The versions of every server that ran. */
class Environments {
  private shown: Shown | undefined;

  add(environment: Shown): void {
    this.shown = { ...this.shown, ...environment };
  }

  all(): Shown {
    if (this.shown === undefined) throw new Error("nothing was measured");
    return this.shown;
  }
}
