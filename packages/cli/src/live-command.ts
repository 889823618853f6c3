import type { LiveArguments } from "./arguments.ts";
import { EXIT, type Outcome } from "./audit-command.ts";
import { compareWith, type Comparison } from "./live/compare.ts";
import { readMachine, type Machine } from "./live/machine.ts";
import { comparisonText, isFull, machineText } from "./live/text.ts";
import { openRepository, originOf, type Looking } from "./looking.ts";
import { jsonText } from "./report/text.ts";

/** Lists what listens in this network namespace, beside what a repository asks for. Throws UsageError where /proc does not tell. */
export function runLive(options: LiveArguments, looking: Looking, look: () => Machine = readMachine): Outcome {
  const repository = options.in === undefined ? undefined : openRepository(options.in, looking);
  const machine = look();
  const comparisons = repository === undefined ? undefined : compareWith(repository.deployment, machine);
  const output =
    options.format === "json"
      ? jsonOf(machine, comparisons, looking.version)
      : machineText(machine, looking.style) + (repository === undefined || comparisons === undefined ? "" : comparisonText(comparisons, machine, { name: options.in ?? "", show: repository.show, style: looking.style }));
  return { output, code: codeOf(machine, comparisons ?? []) };
}

function codeOf({ listeners }: Machine, comparisons: readonly Comparison[]): number {
  if (listeners.length === 0) return EXIT.nothing;
  return listeners.some(isFull) || comparisons.some(({ verdict }) => verdict === "clamped" || verdict === "differs") ? EXIT.findings : EXIT.ok;
}

function jsonOf(machine: Machine, comparisons: readonly Comparison[] | undefined, version: string): string {
  const { kernel, somaxconn, listeners, counters, missing, hidden, elsewhere } = machine;
  return jsonText({
    schemaVersion: 1,
    tool: { name: "audit-backlog", version },
    kernel,
    somaxconn,
    counters: Object.fromEntries(counters),
    backlogsUnknownBecause: missing,
    listeners: listeners.map((listener) => ({ address: listener.address, queue: listener.queue ?? null, backlog: listener.effective ?? null, full: isFull(listener), atSomaxconn: listener.effective === somaxconn, processes: listener.processes })),
    processesHidden: hidden,
    otherNamespaces: elsewhere,
    repository: comparisons?.map(({ service, listener, requested, live, verdict }) => ({
      service: service.id,
      listener: listener.id,
      requested: requested ?? null,
      origin: originOf(listener.backlog.requested.origin),
      inForce: live.map(({ address, effective }) => ({ address, backlog: effective ?? null })),
      verdict,
    })),
  });
}
