import { proofOf, type Finding, type Report, type Severity } from "@audit-backlog/audit";
import { compare, type Scenario } from "@audit-backlog/model";
import { agrees, carryOut, installedServers, type MeasureTools, type Run } from "./measuring.ts";
import { countText, placeText } from "./report/measured-table.ts";

/** What real sockets say about a finding. */
export type MeasuredFinding =
  /** The same load as it is, and with the remedy. `changed`: what is not the finding's own number, and why. */
  | { readonly kind: "scenarios"; readonly changed: readonly string[]; readonly before: Run; readonly after: Run }
  /** No count of clients: a server that does not start, a number that never reaches the kernel. */
  | { readonly kind: "procedure"; readonly id: string; readonly because: string }
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
  const runs = new Map<string, Run | Error>();
  const measured = new Map<Finding, MeasuredFinding>();
  const disagreements: Finding[] = [];
  const run = async (scenario: Scenario): Promise<Run> => {
    const key = JSON.stringify(scenario);
    let known = runs.get(key);
    if (known === undefined) {
      known = await carryOut(scenario, installed, tools).catch((error: unknown) => {
        tools.signal.throwIfAborted();
        return error instanceof Error ? error : new Error(String(error));
      });
      runs.set(key, known);
    }
    if (known instanceof Error) throw known;
    return known;
  };
  for (const [index, finding] of report.findings.entries()) {
    tools.progress.show(`measuring ${index + 1} of ${report.findings.length}: ${finding.rule}`);
    const result = await measureOne(finding, report, run);
    tools.signal.throwIfAborted();
    measured.set(finding, result);
    if (result.kind === "scenarios") disagreements.push(...disagreementsOf(finding, result));
  }
  tools.progress.clear();
  const findings = [...report.findings, ...disagreements].sort((a, b) => rank(a) - rank(b));
  return { report: { ...report, findings }, measured };
}

const severities: readonly Severity[] = ["error", "warning", "note"];
const rank = ({ severity }: Finding): number => severities.indexOf(severity);

async function measureOne(finding: Finding, report: Report, run: (scenario: Scenario) => Promise<Run>): Promise<MeasuredFinding> {
  const proof = proofOf(finding, report);
  switch (proof.kind) {
    case "from-source":
      return { kind: "from-source", because: proof.because, source: proof.source };
    case "procedure":
      return { kind: "procedure", id: proof.id, because: "a start of the real server shows it, no count of clients" };
    case "scenarios":
      try {
        return { kind: "scenarios", changed: proof.changed, before: await run(proof.before), after: await run(proof.after) };
      } catch (error) {
        return { kind: "impossible", because: error instanceof Error ? error.message : String(error) };
      }
  }
}

/** Two of one setting at most: a bug of ours, or a kernel or server that the model does not know. */
function disagreementsOf(finding: Finding, { before, after }: MeasuredFinding & { kind: "scenarios" }): readonly Finding[] {
  return ([["before", before], ["after", after]] as const).flatMap(([side, run]) => {
    if (run.measurement.verdict !== "measured" || agrees(run)) return [];
    const counts = compare(run.predicted, run.measurement.outcome).map(({ place, predicted, measured }) => `${countText(measured)} ${placeText(place)} where ${countText(predicted)} were predicted`);
    return [
      {
        ...finding,
        rule: DISAGREES,
        severity: "warning",
        certainty: { kind: "certain" },
        message: `Measured ${side} the change that ${finding.rule} asks for, this kernel counts ${counts.join("; ")}.`,
        why: [],
        change: ["report it with the output of --measure --format json: the prediction is wrong, or this kernel or server is one that it does not know"],
        leave: [],
        whatIfs: [],
      } satisfies Finding,
    ];
  });
}
