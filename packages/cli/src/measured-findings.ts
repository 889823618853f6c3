import { proofOf, rules, type Finding, type Report, type Severity } from "@audit-backlog/audit";
import { compare, type Place, type Procedure, type ProcedureMeasurement, type Scenario } from "@audit-backlog/model";
import { agrees, carryOut, installedServers, missingFor, missingToAnswer, type MeasureTools, type Run } from "./measuring.ts";
import { countText, placeText } from "./report/measured-table.ts";

/** What real sockets say about a finding. */
export type MeasuredFinding =
  /** The same load as it is, and with the remedy. `changed`: what is not the finding's own number, and why. `harm`: where a client comes to harm. */
  | { readonly kind: "scenarios"; readonly changed: readonly string[]; readonly harm: readonly Place[]; readonly before: Run; readonly after: Run }
  /** No count of clients: a server that does not start, a number that never reaches the kernel. */
  | { readonly kind: "procedure"; readonly changed: readonly string[]; readonly measurement: ProcedureMeasurement }
  | { readonly kind: "from-source"; readonly because: string; readonly source: string }
  | { readonly kind: "impossible"; readonly because: string };

export interface Measured {
  /** With the disagreements among its findings. */
  readonly report: Report;
  readonly measured: ReadonlyMap<Finding, MeasuredFinding>;
}

/** The rule id of a measurement that contradicts its prediction. */
export const DISAGREES = "prediction-disagrees";

/** Tries every finding's proof out, one scenario at a time; each scenario once, however many findings share it. */
export async function measureFindings(report: Report, tools: MeasureTools): Promise<Measured> {
  const installed = installedServers();
  const runs = new Map<string, unknown>();
  const measured = new Map<Finding, MeasuredFinding>();
  const disagreements: Finding[] = [];
  /** What was tried once is not tried again, whether it worked or not. */
  const once = <T>(what: unknown, work: () => Promise<T>): Promise<T> => {
    const key = JSON.stringify(what);
    const known = runs.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const begun = work();
    runs.set(key, begun);
    return begun;
  };
  const trials: Trials = {
    run: async (scenario) => {
      const missing = missingToAnswer(scenario, installed);
      if (missing !== undefined) throw new Error(missing);
      return once(scenario, () => carryOut(scenario, installed, tools));
    },
    procedure: async (procedure) => {
      const missing = missingFor(procedure, installed);
      if (missing !== undefined) throw new Error(missing);
      return once(procedure, () => tools.harness.measureProcedure(procedure, tools.signal));
    },
  };
  // What is said about comments shows on no socket.
  const provable = report.findings.filter(({ rule }) => rules.some(({ id }) => id === rule));
  for (const [index, finding] of provable.entries()) {
    tools.progress.show(`measuring ${index + 1} of ${provable.length}: ${finding.rule}`);
    const result = await measureOne(finding, report, trials);
    tools.signal.throwIfAborted();
    measured.set(finding, result);
    disagreements.push(...contradictions(result).map((text) => disagreement(finding, text)));
  }
  tools.progress.clear();
  const findings = [...report.findings, ...disagreements].sort((a, b) => rank(a) - rank(b));
  return { report: { ...report, findings }, measured };
}

const severities: readonly Severity[] = ["error", "warning", "note"];
const rank = ({ severity }: Finding): number => severities.indexOf(severity);

interface Trials {
  readonly run: (scenario: Scenario) => Promise<Run>;
  readonly procedure: (procedure: Procedure) => Promise<ProcedureMeasurement>;
}

async function measureOne(finding: Finding, report: Report, { run, procedure }: Trials): Promise<MeasuredFinding> {
  const proof = proofOf(finding, report);
  if (proof.kind === "from-source") return { kind: "from-source", because: proof.because, source: proof.source };
  try {
    if (proof.kind === "scenarios") return { kind: "scenarios", changed: proof.changed, harm: proof.harm, before: await run(proof.before), after: await run(proof.after) };
    const { id, somaxconn, before, after, changed } = proof;
    return { kind: "procedure", changed, measurement: await procedure({ id, somaxconn, before, after }) };
  } catch (error) {
    return { kind: "impossible", because: error instanceof Error ? error.message : String(error) };
  }
}

/** Where real sockets, without a doubt, said otherwise. */
function contradictions(measured: MeasuredFinding): readonly string[] {
  if (measured.kind === "procedure") return measured.measurement.verdict === "measured" ? measured.measurement.disagreements : [];
  if (measured.kind !== "scenarios") return [];
  return (["before", "after"] as const).flatMap((side) => {
    const run = measured[side];
    if (run.measurement.verdict !== "measured" || agrees(run)) return [];
    const counts = compare(run.predicted, run.measurement.outcome).map(({ place, predicted, measured: count }) => `${countText(count)} ${placeText(place)} where ${countText(predicted)} were predicted`);
    return [`${side}: ${counts.join("; ")}`];
  });
}

/** A bug of ours, or a kernel or server that the model does not know. */
function disagreement(finding: Finding, text: string): Finding {
  return {
    ...finding,
    rule: DISAGREES,
    severity: "warning",
    certainty: { kind: "certain" },
    message: `Measured for ${finding.rule}, ${text}.`,
    why: [],
    change: ["report it with the output of --measure --format json: the prediction is wrong, or this kernel or server is one that it does not know"],
    leave: [],
    whatIfs: [],
  };
}
