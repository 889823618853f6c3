import { intervalOf, possibilities, type GunicornService, type VersionRange } from "@audit-backlog/model";
import type { Context, Seat } from "../context.ts";
import { unixPath } from "../context.ts";
import type { Finding } from "../finding.ts";
import { distinct } from "../merge.ts";
import { proveAsyncio } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { backlogId, floorFor, listenLocation, related } from "../seat.ts";
import { placeOf, settingKey } from "../values.ts";
import { isBefore } from "../versions.ts";

/** What asyncio's create_server() listens with when it is told nothing. CPython: Lib/asyncio/base_events.py create_server. */
const asyncioDefault = 100;

/** The releases that have the class and let asyncio listen again. gunicorn: gunicorn/workers/gasgi.py, first in 24.0.0, the same in 26.1.0. */
const releases = { from: "24.0.0", upTo: "26.1.0", before: "26.1.1" } as const;

/** As for every chain over a unix socket. */
const errorBelow = 128;

export const gunicornAsgiBacklog: Rule = {
  id: "gunicorn-asgi-backlog",
  summary: "gunicorn's own asgi worker listens with 100, whatever backlog is asked for",
  severities: ["error", "warning", "note"],
  category: "listener",
  subsumes: ["ignored-backlog", "small-backlog", "upstream-burst-limit", "target-not-met"],
  docs: {
    why: "gunicorn's asgi worker hands its socket to asyncio without a backlog, and asyncio calls listen() once more with its own default of 100. No setting of gunicorn's changes that: --backlog 2048 is checked, logged and lost.",
    fires: { file: "gunicorn.conf.py", language: "python", text: 'worker_class = "asgi"\nbacklog = 2048' },
    quiet: { file: "gunicorn.conf.py", language: "python", text: 'worker_class = "uvicorn_worker.UvicornWorker"\nbacklog = 2048' },
  },
  check: (context) => context.seats.flatMap((seat) => judge(context, seat) ?? []),
  proof: proveAsyncio,
};

function judge(context: Context, seat: Seat): Draft | undefined {
  const { service, listener } = seat;
  if (service.kind !== "gunicorn") return undefined;
  const classes = possibilities(service.effectiveClass.value);
  if (!classes.some((one) => "value" in one && one.value === "asgi")) return undefined;
  const sure = classes.every((one) => "value" in one && one.value === "asgi");
  const effective = Math.min(asyncioDefault, intervalOf(listener.somaxconn, asyncioDefault, {}).low);
  if (effective >= floorFor(context, seat)) return undefined;
  const certainty = certaintyOf(service, sure);
  const { worker_class: written } = service.settings;
  const lost = listener.backlog.ignored.find(({ reason }) => reason === "gunicorn-worker")?.setting;
  const refuses = unixPath(listener) !== undefined && seat.steps.some(({ index }) => index > 0);
  return {
    rule: "gunicorn-asgi-backlog",
    severity: certainty.kind === "conditional" ? "note" : refuses && effective + 1 < errorBelow ? "error" : "warning",
    certainty,
    message: `The asgi worker listens again with asyncio's ${String(asyncioDefault)}: a queue for ${String(effective + 1)} clients, whatever backlog is set${lost === undefined ? "" : ` (here ${lost.text ?? "one that is computed"})`}.`,
    locations: distinct([
      { role: "primary", origin: lost?.origin ?? (written.origin.kind === "default" ? listener.origin : written.origin), label: lost === undefined ? `listens with ${String(asyncioDefault)}` : "never reaches the kernel" },
      ...related(written.origin, "the worker class that listens again"),
      ...listenLocation(seat),
      ...(service.version === undefined ? [] : related(service.version.origin, "which gunicorn runs")),
    ]),
    why: [`worker_class ${written.text ?? "asgi"} (${placeOf(written.origin)}): asyncio calls listen() with ${String(asyncioDefault)} on the socket that gunicorn had opened`],
    change: ["a worker class that passes gunicorn's backlog on, such as uvicorn_worker.UvicornWorker; or uvicorn or hypercorn by themselves, with a backlog of their own"],
    leave: ["backlog: gunicorn's number is lost whatever it is"],
    matters: refuses ? `From ${String(effective + 2)} simultaneous requests on: a unix socket refuses at once.` : `From ${String(effective + 2)} simultaneous clients on.`,
    whatIfs: [],
    setting: settingKey(lost?.origin ?? listener.backlog.requested.origin, backlogId(seat)),
    service: service.id,
    listener: listener.id,
    ...(seat.steps[0] === undefined ? {} : { chain: seat.steps[0].limits.chain.id }),
    term: `the asgi worker listens with ${String(asyncioDefault)} whatever is set`,
  };
}

function certaintyOf({ version, settings }: GunicornService, sure: boolean): Finding["certainty"] {
  if (!sure) return { kind: "conditional", on: `worker_class ${settings.worker_class.text ?? ""} being asgi` };
  const range: VersionRange | undefined = version !== undefined && "value" in version.value ? version.value.value : undefined;
  // Which is no reason to be quiet: whoever wrote the class means to run a release that has it.
  if (range?.below !== undefined && version !== undefined && !isBefore(releases.from, range.below)) {
    return { kind: "conditional", on: `a later gunicorn than ${placeOf(version.origin)} says: before ${releases.from} there is no such worker, and gunicorn does not start with it` };
  }
  const known = range?.atLeast !== undefined && !isBefore(range.atLeast, releases.from) && range.below !== undefined && !isBefore(releases.before, range.below);
  return known ? { kind: "certain" } : { kind: "conditional", on: `gunicorn ${releases.from} to ${releases.upTo}: before, there is no such worker and gunicorn does not start with it; later ones may pass the backlog on` };
}
