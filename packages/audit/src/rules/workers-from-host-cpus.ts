import { evaluateFormula, formulaText, possibilities, type Formula, type Service, type Sourced, type Surroundings } from "@audit-backlog/model";
import type { Context } from "../context.ts";
import { distinct } from "../merge.ts";
import { fromSource } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { related } from "../seat.ts";
import { onlyValue, placeOf, settingKey } from "../values.ts";

export const workersFromHostCpus: Rule = {
  id: "workers-from-host-cpus",
  summary: "workers counted by the machine's CPUs in a container that may use fewer",
  severities: ["note"],
  category: "listener",
  subsumes: [],
  docs: {
    why: "cpu_count(), auto and os.cpus() count the CPUs of the machine. A container's CPU limit is a share of time and hides none of them: a pod that may use 2 CPUs starts 129 workers on a machine with 64, and spends its memory and its share on changing between them.",
    fires: { file: "compose.yml", language: "yaml", text: "services:\n  web:\n    command: gunicorn -c gunicorn.conf.py shop.wsgi  # workers = cpu_count() * 2 + 1\n    deploy: { resources: { limits: { cpus: '2' } } }" },
    quiet: { file: "compose.yml", language: "yaml", text: "services:\n  web:\n    command: gunicorn --workers 5 shop.wsgi\n    deploy: { resources: { limits: { cpus: '2' } } }" },
  },
  check: (context) => context.deployment.services.flatMap((service) => judge(context, service) ?? []),
  proof: () => fromSource("a machine with more CPUs than a container may use is not at hand", "CPython: Modules/posixmodule.c os_cpu_count_impl; nginx: src/os/unix/ngx_posix_init.c; node: lib/os.js cpus"),
};

function judge(context: Context, service: Service): Draft | undefined {
  const workers = workersOf(service);
  const formula = possibilities(workers.value).flatMap((one) => (one.kind === "formula" ? [one.formula] : []))[0];
  const limited = (service.runsIn ?? []).flatMap((place) => {
    const cpus = place.cpus === undefined ? undefined : onlyValue(place.cpus);
    return cpus === undefined ? [] : [{ place, cpus }];
  });
  const [least] = limited.sort((a, b) => a.cpus - b.cpus);
  if (formula === undefined || least === undefined || !countsCpus(formula) || mayKnowLimits(workers)) return undefined;
  const stated = context.options.assumptions.cpus;
  const allowed = Math.max(1, Math.floor(least.cpus));
  // A formula with a bound of its own may give the same for any machine.
  const more = evaluateFormula(formula, stated ?? manyCpus) > evaluateFormula(formula, allowed);
  return more ? draft(service, workers, formula, { ...least, allowed }, stated) : undefined;
}

/** An example of a machine, where nobody said how many it has. */
const manyCpus = 64;

/**
 * Node's availableParallelism() obeys a container's limit in the releases whose libuv does (1.49).
 * Source: libuv: ChangeLog 1.49.0; src/unix/core.c uv_available_parallelism.
 */
function mayKnowLimits({ text }: Sourced<number>): boolean {
  return text?.includes("availableParallelism") === true;
}

interface Allowance {
  readonly place: Surroundings;
  /** As the limit says: 0.5, 2. */
  readonly cpus: number;
  /** Whole CPUs of it, at least one. */
  readonly allowed: number;
}

function draft(service: Service, workers: Sourced<number>, formula: Formula, { place, cpus, allowed }: Allowance, stated: number | undefined): Draft {
  const name = nameOf(service);
  const on = stated ?? manyCpus;
  const message = `${name} ${workers.text ?? formulaText(formula)} counts the machine's CPUs, not the ${String(cpus)} that ${place.name} may use: ${stated === undefined ? "on a machine with" : "on the stated"} ${String(on)} CPUs that makes ${String(evaluateFormula(formula, on))}`;
  return {
    rule: "workers-from-host-cpus",
    severity: "note",
    certainty: stated === undefined ? { kind: "conditional", on: `the machine having more than ${String(allowed)} ${allowed === 1 ? "CPU" : "CPUs"}` } : { kind: "certain" },
    message: `${message}.`,
    locations: distinct([
      { role: "primary", origin: workers.origin.kind === "default" ? place.origin : workers.origin, label: "counts every CPU of the machine" },
      ...(place.cpus === undefined ? [] : related(place.cpus.origin, `may use ${String(cpus)}`)),
    ]),
    why: [`${name}: ${formulaText(formula)} (${placeOf(workers.origin)})`, `CPU limit ${String(cpus)}${place.cpus === undefined ? "" : ` (${placeOf(place.cpus.origin)})`}: a share of time, which hides no CPU`],
    change: [`${name} ${String(evaluateFormula(formula, allowed))}, written as a number: what the formula gives for ${String(allowed)} ${allowed === 1 ? "CPU" : "CPUs"}`],
    leave: ["backlog: the length of the queue has nothing to do with it"],
    matters: "On every machine that has more CPUs than the limit: each process takes memory, and they take turns on the CPU time that is allowed.",
    whatIfs: [],
    setting: settingKey(workers.origin, `${service.id}/${name}`),
    service: service.id,
    term: message,
  };
}

function countsCpus(formula: Formula): boolean {
  return formula.op === "cpus" || ("operands" in formula && formula.operands.some(countsCpus));
}

function workersOf(service: Service): Sourced<number> {
  switch (service.kind) {
    case "gunicorn":
    case "asgi":
      return service.settings.workers;
    case "nginx":
      return service.settings.worker_processes;
    case "node":
      return service.settings.instances;
  }
}

function nameOf({ kind }: Service): string {
  return kind === "gunicorn" || kind === "asgi" ? "workers" : kind === "nginx" ? "worker_processes" : "instances";
}
