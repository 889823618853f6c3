import { effectiveBacklog, type IgnoredBacklog, type Listener, type NodeTrial, type Trial } from "@audit-backlog/model";
import type { Finding } from "../finding.ts";
import { casesOf, onlyValue, settingKey } from "../values.ts";
import type { Place } from "./place.ts";
import { dynamic } from "./servers.ts";
import { valueOf } from "./trial-value.ts";
import type { Proof, SourceProof } from "./types.ts";

/** A value that Node turns into 0 or 1: the kernel shows what came of it. */
export function coercedProof(listener: Listener): Proof {
  const { written, requested, serverDefault } = listener.backlog;
  const value = literalOf(written?.value.kind === "exact" ? written.value.value : (written?.text ?? requested.text));
  const bad = casesOf(requested).known.map((one) => one.value).find((one) => one === 0 || one === 1);
  if (value === undefined || bad === undefined) return dynamic(`the backlog ${written?.text ?? requested.text ?? ""}`.trimEnd());
  return shows({ server: "node", form: "option", backlogs: [value] }, bad, { server: "node", form: "option", backlogs: [] }, serverDefault, []);
}

/** gunicorn's asgi worker: asyncio listens again with its own default, unless somebody hands the backlog on. */
export function asyncioProof({ listener }: Place): Proof {
  if (listener === undefined) return dynamic("the listener");
  const { serverDefault } = listener.backlog;
  const lost = listener.backlog.ignored.find(({ reason }) => reason === "gunicorn-worker")?.setting;
  const asked = lost === undefined ? gunicornDefault : onlyValue(lost);
  if (asked === undefined || asked < 0) return dynamic(`the backlog ${lost?.text ?? ""}`.trimEnd());
  if (asked === serverDefault) return { kind: "from-source", because: "the backlog is asyncio's own default", source: "CPython: Lib/asyncio/base_events.py create_server" };
  const gunicorn = (asyncio: "default" | "passed on"): Trial => ({ server: "gunicorn", settings: { backlog: String(asked) }, asyncio });
  const changed = ["a worker class that does with its socket what gunicorn's asgi worker does, for that one takes gunicorn 24", "after: it hands gunicorn's backlog on"];
  return shows(gunicorn("default"), serverDefault, gunicorn("passed on"), asked, changed);
}

/** gunicorn: gunicorn/config.py Backlog. */
const gunicornDefault = 2048;

/** A backlog that never reaches the kernel: what it shows instead, and that it shows it where the remedy puts it. */
export function ignoredProof(finding: Finding, { listener }: Place): Proof {
  if (listener === undefined) return dynamic("the listener");
  const { backlog } = listener;
  const id = `${listener.id}/backlog/ignored`;
  const ignored = backlog.ignored.find(({ setting }) => settingKey(setting.origin, id) === finding.setting && finding.locations[0]?.origin === setting.origin);
  if (ignored === undefined) return fallbackProof(listener);
  const written = onlyValue(ignored.setting);
  const inForce = onlyValue(backlog.requested);
  if (ignored.reason === "gunicorn-worker") return { kind: "from-source", because: "this worker class is not at hand to be measured", source: ignored.because };
  if (written === undefined) return dynamic(`the backlog ${ignored.setting.text ?? ""}`.trimEnd());
  if (inForce === undefined) return dynamic("the backlog in force");
  return ignoredFor(ignored, written, inForce);
}

function ignoredFor(ignored: IgnoredBacklog, written: number, inForce: number): Proof {
  const node = (form: NodeTrial["form"], ...backlogs: number[]): NodeTrial => ({ server: "node", form, backlogs });
  switch (ignored.reason) {
    case "later-parameter-wins": {
      const nginx = (...numbers: number[]): Trial => ({ server: "nginx", workerConnections: 512, listens: [{ address: "specific", parameters: numbers.map((number) => `backlog=${String(number)}`) }] });
      return written < 1 || inForce < 1 ? dynamic("the backlog") : shows(nginx(written, inForce), inForce, nginx(written), written, []);
    }
    case "systemd-socket": {
      const gunicorn = (backlog: number): Trial => ({ server: "gunicorn", settings: { backlog: String(backlog) }, inherited: Math.max(1, written) });
      return written < 0 || inForce < 0 ? dynamic("the backlog") : shows(gunicorn(inForce), inForce, gunicorn(written), written, ["the socket is handed over as systemd does it, without systemd"]);
    }
    case "node-fd":
      return written < 1 ? fromNode() : shows(node("fd", written), inForce, node("fd-positional", written), written, []);
    case "cluster-first-worker":
      return written < 1 || inForce < 1 ? fromNode() : shows(node("option", inForce, written), inForce, node("option", written, written), written, ["two workers"]);
    case "positional-lost":
      return { kind: "from-source", because: "the library is not at hand to be measured", source: ignored.because };
    case "gunicorn-worker":
      return fromNode();
  }
}

/** What Node takes for none: the same backlog as where nothing is passed. */
function fallbackProof({ backlog }: Listener): Proof {
  const value = literalOf(backlog.written?.value.kind === "exact" ? backlog.written.value.value : undefined);
  if (value === undefined) return dynamic("the backlog");
  // Worth nothing as an argument and as an option, except a negative number, which only the argument's place makes none.
  return shows({ server: "node", form: "positional", backlogs: [value] }, backlog.serverDefault, { server: "node", form: "positional", backlogs: [] }, backlog.serverDefault, ["after: nothing is passed, and the kernel shows the same"]);
}

function literalOf(text: string | undefined): NodeTrial["backlogs"][number] | undefined {
  return text === undefined ? undefined : valueOf(text.trim());
}

function fromNode(): SourceProof {
  return { kind: "from-source", because: "the number cannot be passed on like this", source: "node: lib/net.js Server.prototype.listen" };
}

/** Both sides in a namespace whose limit cuts neither. */
function shows(before: Trial, was: number, after: Trial, is: number, changed: readonly string[]): Proof {
  const somaxconn = Math.max(4096, was, is);
  const expected = (backlog: number) => ({ starts: true, backlogs: [effectiveBacklog(backlog, somaxconn)] });
  return { kind: "procedure", id: "kernel-backlog", somaxconn, before: { trial: before, expected: expected(was) }, after: { trial: after, expected: expected(is) }, changed };
}
