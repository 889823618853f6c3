#!/usr/bin/env node
import { parseArgs } from "node:util";
import { compare, predict, type Disagreement, type Measurement, type Outcome, type Scenario } from "@audit-backlog/model";
import { measure } from "./measure.ts";
import { probe } from "./namespaces.ts";
import { randomScenario } from "./random-scenario.ts";

export interface Trial {
  readonly scenario: Scenario;
  readonly predicted: Outcome;
  readonly measurement?: Measurement;
  /** Why it could not be measured. */
  readonly failure?: string;
  readonly disagreements: readonly Disagreement[];
}

/** Only of what is inconclusive: a count that disagrees stands. A busy machine often keeps a server from a steady pace. */
const mostRetries = 3;

/** Predicts and measures one scenario. */
export async function tryOut(scenario: Scenario): Promise<Trial> {
  const predicted = predict(scenario);
  try {
    const measurement = await measure(scenario, { retries: mostRetries });
    const disagreements = measurement.verdict === "measured" ? compare(predicted, measurement.outcome) : [];
    return { scenario, predicted, measurement, disagreements };
  } catch (error) {
    return { scenario, predicted, disagreements: [], failure: error instanceof Error ? error.message : String(error) };
  }
}

/** Random scenarios, some at a time; `report` hears of each as it ends. */
export async function tryRandom(seed: number, indices: readonly number[], jobs: number, report: (trial: Trial) => void): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  const left = [...indices];
  const work = async (): Promise<void> => {
    for (let index = left.shift(); index !== undefined; index = left.shift()) {
      const trial = await tryOut(randomScenario(seed, index));
      trials.push(trial);
      report(trial);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return trials;
}

const usage = `Random scenarios, predicted and measured.

  --count N   how many (100)
  --seed S    the seed they are drawn from (the time)
  --only I    only the scenario of that number, with everything that was measured
  --jobs J    so many at a time (2)
`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { count: { type: "string" }, seed: { type: "string" }, only: { type: "string" }, jobs: { type: "string" }, help: { type: "boolean" } } });
  if (values.help === true) {
    process.stdout.write(usage);
    return 0;
  }
  const number = (text: string | undefined, otherwise: number): number => {
    const value = Number(text ?? otherwise);
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${String(text)} is no whole number`);
    return value;
  };
  const seed = number(values.seed, Date.now() % 2 ** 31);
  const indices = values.only === undefined ? Array.from({ length: number(values.count, 100) }, (_, index) => index) : [number(values.only, 0)];
  process.stdout.write(`seed ${seed}, ${indices.length} scenarios, namespace: ${probe().namespace}\n`);
  let done = 0;
  const trials = await tryRandom(seed, indices, Math.max(1, number(values.jobs, 2)), (trial) => {
    done += 1;
    const text = problemOf(trial);
    if (text !== undefined) process.stdout.write(`${text}\n`);
    if (values.only !== undefined) process.stdout.write(`${JSON.stringify(trial, null, 2)}\n`);
    else if (done % 25 === 0) process.stdout.write(`${done} of ${indices.length}\n`);
  });
  process.stdout.write(summary(trials));
  return trials.some((trial) => trial.disagreements.length > 0 || trial.failure !== undefined) ? 1 : 0;
}

/** A line about a trial that is not an agreement; it names what to run to see it again. */
export function problemOf({ scenario, measurement, failure, disagreements }: Trial): string | undefined {
  const name = scenario.name ?? "";
  const replay = /seed (\d+), number (\d+)/.exec(name);
  const again = replay === null ? "" : `\n  again: pnpm run verify --seed ${String(replay[1])} --only ${String(replay[2])}`;
  const shown = `\n  ${JSON.stringify({ host: scenario.host, hops: scenario.hops, load: scenario.load })}`;
  if (failure !== undefined) return `FAILED ${name}: ${failure}${shown}${again}`;
  if (measurement?.verdict === "inconclusive") return `inconclusive ${name}: ${measurement.because.join("; ")}${shown}${again}`;
  if (disagreements.length === 0) return undefined;
  return `DISAGREES ${name}: ${disagreements.map(({ place, predicted, measured }) => `${place}: predicted ${JSON.stringify(predicted)}, measured ${String(measured)}`).join("; ")}${shown}${again}`;
}

function summary(trials: readonly Trial[]): string {
  const measured = trials.filter(({ measurement }) => measurement?.verdict === "measured");
  const agreed = measured.filter(({ disagreements }) => disagreements.length === 0);
  const exact = agreed.filter(({ predicted }) => Object.values(predicted).every((count) => typeof count === "number"));
  const inconclusive = trials.filter(({ measurement }) => measurement?.verdict === "inconclusive").length;
  const failed = trials.filter(({ failure }) => failure !== undefined).length;
  return `${agreed.length} of ${measured.length} measured scenarios agree, ${exact.length} of them to the last client, the others within a stated bound; ${inconclusive} inconclusive, ${failed} failed\n`;
}

if (process.argv[1]?.endsWith("verify.js") === true) process.exitCode = await main();
