import type { GunicornClass, SimpleValue, Sourced } from "@audit-backlog/model";

/**
 * gunicorn: gunicorn/workers/__init__.py SUPPORTED_WORKERS of 20.1 to 26.2; uvicorn: uvicorn/workers.py; uvicorn-worker:
 * uvicorn_worker/_workers.py; gevent-websocket: geventwebsocket/gunicorn/workers.py; aiohttp: aiohttp/worker.py.
 */
const classes = new Map<string, GunicornClass>([
  ["sync", "sync"],
  ["gunicorn.workers.sync.SyncWorker", "sync"],
  ["gthread", "gthread"],
  ["gunicorn.workers.gthread.ThreadWorker", "gthread"],
  ["gevent", "gevent"],
  ["gevent_wsgi", "gevent"],
  ["gevent_pywsgi", "gevent"],
  ["gunicorn.workers.ggevent.GeventWorker", "gevent"],
  ["gunicorn.workers.ggevent.GeventPyWSGIWorker", "gevent"],
  ["geventwebsocket.gunicorn.workers.GeventWebSocketWorker", "gevent"],
  ["eventlet", "eventlet"],
  ["gunicorn.workers.geventlet.EventletWorker", "eventlet"],
  ["tornado", "tornado"],
  ["gunicorn.workers.gtornado.TornadoWorker", "tornado"],
  ["asgi", "asgi"],
  ["gunicorn.workers.gasgi.ASGIWorker", "asgi"],
  ["uvicorn.workers.UvicornWorker", "uvicorn"],
  ["uvicorn.workers.UvicornH11Worker", "uvicorn"],
  ["uvicorn_worker.UvicornWorker", "uvicorn"],
  ["uvicorn_worker.UvicornH11Worker", "uvicorn"],
  ["aiohttp.GunicornWebWorker", "aiohttp"],
  ["aiohttp.GunicornUVLoopWebWorker", "aiohttp"],
  ["aiohttp.worker.GunicornWebWorker", "aiohttp"],
  ["aiohttp.worker.GunicornUVLoopWebWorker", "aiohttp"],
]);

interface Outcome {
  readonly value: SimpleValue<GunicornClass>;
  readonly when: string;
  /** The number of threads made it gthread. */
  readonly byThreads: boolean;
}

/** The class that runs. More than one thread makes gthread of sync (gunicorn: gunicorn/config.py Config.worker_class). */
export function effectiveClass(workerClass: Sourced<string>, threads: Sourced<number>): Sourced<GunicornClass> {
  const names = optionsOf(workerClass);
  const counts = optionsOf(threads);
  const outcomes = names.flatMap((name) => (isSync(name.value) ? counts.flatMap((count) => ofSync(name, count)) : [{ value: classOf(name.value), when: name.when, byThreads: false }]));
  const [first] = outcomes;
  const byThreads = outcomes.every((outcome) => outcome.byThreads);
  const place = byThreads
    ? { ...threads, via: [workerClass.origin] }
    : workerClass;
  const { origin, text } = place;
  const found = { origin, ...(text === undefined ? {} : { text }), ...(place.via === undefined ? {} : { via: place.via }) };
  if (first === undefined || outcomes.length > 16) return { ...found, value: { kind: "dynamic" } };
  if (outcomes.every(({ value }) => same(value, first.value))) return { ...found, value: first.value };
  return { ...found, value: { kind: "oneOf", options: outcomes.map(({ value, when }) => ({ value, when })) } };
}

function optionsOf<T>({ value }: Sourced<T>): readonly { readonly value: SimpleValue<T>; readonly when: string }[] {
  return value.kind === "oneOf" ? value.options : [{ value, when: "" }];
}

function isSync(value: SimpleValue<string>): boolean {
  if (value.kind !== "exact" && value.kind !== "assumed") return false;
  return plainName(value.value) === "sync" || value.value.endsWith("SyncWorker");
}

/** `egg:gunicorn#sync` and `#sync` name the same class (gunicorn: gunicorn/util.py load_class). */
function plainName(name: string): string {
  return name.replace(/^(?:egg:gunicorn)?#/, "");
}

function classOf(value: SimpleValue<string>): SimpleValue<GunicornClass> {
  if (value.kind === "formula" || value.kind === "dynamic") return value;
  const known = classes.get(plainName(value.value));
  return known === undefined ? { kind: "dynamic" } : { ...value, value: known };
}

function ofSync(name: { readonly value: SimpleValue<string>; readonly when: string }, count: { readonly value: SimpleValue<number>; readonly when: string }): readonly Outcome[] {
  const when = [name.when, count.when].filter((words) => words !== "").join(", ");
  const sync = classOf(name.value);
  if (count.value.kind === "formula" || count.value.kind === "dynamic") {
    const also = (words: string): string => (when === "" ? words : `${when}, ${words}`);
    return [
      { value: sync, when: also("with one thread"), byThreads: false },
      { value: { kind: "exact", value: "gthread" }, when: also("with more threads"), byThreads: true },
    ];
  }
  const sure = name.value.kind === "exact" && count.value.kind === "exact";
  const variable = count.value.kind === "assumed" ? count.value.variable : undefined;
  const more = count.value.value > 1;
  const value = more ? "gthread" : sync.kind === "exact" || sync.kind === "assumed" ? sync.value : undefined;
  if (value === undefined) return [{ value: { kind: "dynamic" }, when, byThreads: false }];
  return [{ value: sure ? { kind: "exact", value } : { kind: "assumed", value, ...(variable === undefined ? {} : { variable }) }, when, byThreads: more }];
}

function same(a: SimpleValue<GunicornClass>, b: SimpleValue<GunicornClass>): boolean {
  if (a.kind === "formula" || b.kind === "formula" || a.kind !== b.kind) return false;
  return a.kind === "dynamic" || b.kind === "dynamic" || a.value === b.value;
}
