import type { Service, Sourced } from "@audit-backlog/model";
import type { Context, Seat } from "../context.ts";
import { distinct } from "../merge.ts";
import { proveStranding } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { demandOn, listenLocation, related } from "../seat.ts";
import { effectiveCases } from "../remedy.ts";
import { onlyValue, placeOf, settingKey } from "../values.ts";
import { bestEffect } from "../what-if.ts";

export const reuseportStrandsQueue: Rule = {
  id: "reuseport-strands-queue",
  summary: "a queue a worker: room in one does not help who was sent to another",
  severities: ["warning", "note"],
  category: "listener",
  subsumes: ["target-not-met"],
  docs: {
    why: "With reuseport the kernel gives every worker a queue of its own and sends each client to one of them by a hash of its address, full or not. Four queues of 128 hold 516 clients only when the hash is perfectly even; somebody may be turned away as soon as one is full.",
    fires: { file: "nginx.conf", language: "nginx", text: "worker_processes 4;\n# listen 80 reuseport backlog=256;\n# audit-backlog --burst 800" },
    quiet: { file: "nginx.conf", language: "nginx", text: "worker_processes 4;\n# listen 80 reuseport backlog=1024;\n# audit-backlog --burst 800" },
  },
  check: (context) => context.seats.flatMap((seat) => judge(context, seat) ?? []),
  proof: proveStranding,
};

function judge(context: Context, seat: Seat): Draft | undefined {
  const { listener, service } = seat;
  const { value } = listener.queuePerWorker;
  const { cpus } = context.options.assumptions;
  const workers = workersOf(service);
  if (!("value" in value) || !value.value || workers === undefined) return undefined;
  const count = onlyValue(workers, cpus);
  const { cases, complete } = effectiveCases(seat, cpus);
  const [only] = cases;
  if (count === undefined || count < 2 || only === undefined || cases.length > 1 || !complete) return undefined;
  const sure = only.effective + 1;
  const { floor, burst } = demandOn(context, seat, only.id);
  const needed = Math.max(floor, burst ?? 0);
  // Enough in one queue is enough; not enough in all of them is what other rules speak about.
  if (sure > needed || count * sure <= needed) return undefined;
  const best = bestEffect(seat.steps, only.id, needed, context.options.assumptions);
  const step = best?.step ?? seat.steps[0];
  const place = listener.queuePerWorker.origin;
  const message = `${String(count)} queues of ${String(sure)} hold ${String(count * sure)} clients only if the kernel spreads them evenly; ${String(sure)} are sure`;
  return {
    rule: "reuseport-strands-queue",
    severity: burst !== undefined && burst > sure ? "warning" : "note",
    certainty: { kind: "certain" },
    message: `${message}.`,
    locations: distinct([{ role: "primary", origin: place.kind === "default" ? listener.origin : place, label: "a queue for each worker" }, ...related(workers.origin, `${String(count)} workers`), ...related(only.binding.origin, "the length of each"), ...listenLocation(seat)]),
    why: [`${only.name} ${only.text} (${placeOf(only.binding.origin)}): each queue holds ${String(sure)}`, "the kernel picks a queue by a hash of the client's address, and looks at none of their lengths"],
    change: [`${only.name} ${String(needed)} for each queue; or one queue for all workers, which strands nothing`, ...(best?.lines ?? [])],
    leave: ["more workers: they add queues, and none of them gets longer"],
    matters: `When more than ${String(sure)} clients arrive at the same moment.`,
    whatIfs: best === undefined ? [] : [best.effect],
    setting: settingKey(only.binding.origin, only.id),
    service: service.id,
    listener: listener.id,
    ...(step === undefined ? {} : { chain: step.limits.chain.id }),
    term: message,
  };
}

function workersOf(service: Service): Sourced<number> | undefined {
  switch (service.kind) {
    case "nginx":
      return service.settings.worker_processes;
    case "gunicorn":
    case "asgi":
      return service.settings.workers;
    case "node":
      return service.settings.instances;
  }
}
