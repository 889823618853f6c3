import { claims } from "@audit-backlog/harness";
import { predict, type Counted, type Measurement, type Outcome, type ProcedureMeasurement, type Scenario } from "@audit-backlog/model";
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

/** docs/evidence/<rule>.json */
export type RuleRecord = EvidenceTrial & { readonly changed: readonly string[]; readonly environment: Shown } & (
    | { readonly kind: "scenarios"; readonly before: RecordedSide; readonly after: RecordedSide }
    | { readonly kind: "procedure"; readonly procedure: ProcedureMeasurement["procedure"]; readonly before: ProcedureMeasurement["before"]; readonly after: ProcedureMeasurement["after"] }
  );

/** docs/evidence/claims.json */
export interface ClaimsRecord {
  readonly environment: Shown;
  readonly claims: readonly { readonly says: string; readonly runs: readonly RecordedRun[] }[];
}

const never = new AbortController().signal;
/** Parts of the burst that would fill the larger of the two queues. */
const parts = [0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1];

/** Clients that are neither turned away nor left without an answer. */
export function heldIn({ queued, accepted, answered }: Counted): number {
  return queued + accepted + answered;
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
  if (load.kind === "sustained") return { ...run, sweep: [] };
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
      throw new Error(`${trial.rule}: its trial can't be measured: ${proof.because}`);
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
  const recorded: { says: string; runs: RecordedRun[] }[] = [];
  let environment: Shown | undefined;
  for (const { says, scenarios } of Object.values(claims)) {
    const runs: RecordedRun[] = [];
    for (const scenario of scenarios) {
      const { environment: found, ...run } = await recordRun(scenario, harness);
      environment = found;
      runs.push(run);
    }
    recorded.push({ says, runs });
  }
  if (environment === undefined) throw new Error("there is no claim");
  return { environment, claims: recorded };
}
