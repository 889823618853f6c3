import type { Procedure, ProcedureMeasurement, Trial, TrialExpectation, TrialMeasurement } from "@audit-backlog/model";
import { describeEnvironment } from "../environment.ts";
import { applyLimits, bringLoopbackUp, makeDirectory } from "../network.ts";
import type { Versions } from "../servers/running.ts";
import { inheritedDescriptors } from "./descriptors.ts";
import type { ProcedureOrder } from "./run-procedure.ts";
import { startTrial, type TrialSetting } from "./trial.ts";

/** Carries out both starts of a procedure, inside the namespace that was made for it. */
export async function carryOut({ procedure, namespace }: ProcedureOrder): Promise<ProcedureMeasurement> {
  const isPrivate = namespace !== "host";
  if (isPrivate) bringLoopbackUp();
  const sysctls = applyLimits({ somaxconn: procedure.somaxconn }, isPrivate);
  const inherited = procedure.id === "open-files" ? inheritedDescriptors() : [];
  const instead = [
    ...differences(procedure, Number(sysctls["net.core.somaxconn"] ?? NaN), isPrivate),
    ...(inherited.length === 0 ? [] : [`worker_rlimit_nofile up to ${String(inherited.length)} higher, for descriptors that every process inherits here`]),
  ];
  const directory = makeDirectory(isPrivate);
  try {
    const versions: Versions[] = [];
    const tryOut = async (name: string, trial: Trial): Promise<TrialMeasurement> => {
      const setting: TrialSetting = { directory: directory.path, name, isPrivate, inherited };
      const { measurement, versions: found } = await startTrial(trial, setting);
      versions.push(found);
      return measurement;
    };
    const before = await tryOut("before", procedure.before.trial);
    const after = await tryOut("after", procedure.after.trial);
    const sides = [
      ["before", procedure.before, before],
      ["after", procedure.after, after],
    ] as const;
    const because = sides.flatMap(([when, { expected }, outcome]) => unseen(when, expected, outcome));
    const disagreements = because.length > 0 ? [] : sides.flatMap(([when, { expected }, outcome]) => disagree(when, expected, outcome));
    const environment = describeEnvironment(namespace, sysctls, Object.assign({}, ...versions) as Versions, instead);
    return { procedure, before, after, verdict: because.length === 0 ? "measured" : "inconclusive", because, disagreements, environment };
  } finally {
    directory.remove();
  }
}

/** Throws where the kernel would cut down a backlog that is to be seen. */
function differences({ somaxconn, before, after }: Procedure, here: number, isPrivate: boolean): readonly string[] {
  const instead = isPrivate ? [] : ["in the host's own network namespace, with its limits"];
  if (here === somaxconn) return instead;
  const most = Math.max(0, ...(before.expected.backlogs ?? []), ...(after.expected.backlogs ?? []));
  if (!(most <= here)) throw new Error(`net.core.somaxconn is ${String(here)} here and can't be raised to ${String(somaxconn)}`);
  return [...instead, `somaxconn is ${String(here)} here, not ${String(somaxconn)}`];
}

/** What the procedure looks at and nobody showed. */
function unseen(when: string, { backlogs, accepted }: TrialExpectation["expected"], outcome: TrialMeasurement): readonly string[] {
  if (!outcome.starts) return [];
  const because: string[] = [];
  if (backlogs !== undefined && (outcome.backlogs ?? []).length === 0) because.push(`${when}: the kernel's backlog is not to be seen; ss shows it (iproute2)`);
  if (accepted !== undefined && outcome.accepted === undefined) because.push(`${when}: not every client is accounted for`);
  return because;
}

function disagree(when: string, expected: TrialExpectation["expected"], outcome: TrialMeasurement): readonly string[] {
  const log = outcome.log.slice(-2).join("; ");
  if (expected.starts !== outcome.starts) return [`${when}: the server ${outcome.starts ? "starts" : `does not start (${log})`}`];
  const disagreements: string[] = [];
  if (expected.answered !== undefined && expected.answered !== outcome.answered) disagreements.push(`${when}: ${String(outcome.answered)} calm clients are answered, not ${String(expected.answered)}`);
  if (expected.says !== undefined && !outcome.log.join("\n").includes(expected.says)) disagreements.push(`${when}: it does not say ${JSON.stringify(expected.says)} but ${JSON.stringify(log)}`);
  if (expected.backlogs !== undefined && String(expected.backlogs) !== String(outcome.backlogs)) disagreements.push(`${when}: the kernel's backlog is ${String(outcome.backlogs)}, not ${String(expected.backlogs)}`);
  if (expected.accepted !== undefined && expected.accepted !== outcome.accepted) disagreements.push(`${when}: ${String(outcome.accepted)} clients are accepted, not ${String(expected.accepted)}`);
  return disagreements;
}
