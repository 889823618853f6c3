import type { NginxTrialListen, Service, StartFailure, Trial, TrialExpectation } from "@audit-backlog/model";
import type { Finding } from "../finding.ts";
import { worstOf } from "./numbers.ts";
import type { Place } from "./place.ts";
import { valueOf } from "./trial-value.ts";
import type { ProcedureProof, Proof, SourceProof } from "./types.ts";

/** A server that refuses to start: the same refusal, rebuilt from the one setting that it is about. */
export function startProof(finding: Finding, { service, listener }: Place): Proof {
  const [primary] = finding.locations;
  const failure = service.startFailures.find(({ origin, message }) => primary?.origin.kind === "file" && origin.file === primary.origin.file && origin.range.start.offset === primary.origin.range.start.offset && finding.message.includes(message.replace(/\.$/, "")));
  if (failure !== undefined) return rebuilt(failure, service) ?? unknown(service, failure.message);
  const written = listener?.backlog.written;
  const text = written?.value.kind === "exact" ? written.value.value : written?.text;
  if (text === undefined || listener === undefined) return unknown(service, finding.message);
  return refusedBacklog(service, text, listener.backlog.serverDefault) ?? unknown(service, finding.message);
}

function rebuilt({ kind, message, origin }: StartFailure, service: Service): ProcedureProof | undefined {
  if (service.kind === "asgi") return undefined;
  if (service.kind === "gunicorn") return gunicornSetting(message, kind === "invalid-backlog" ? "backlog" : "workers");
  if (service.kind === "node") return kind === "invalid-backlog" ? nodeBigInt() : message.startsWith("listen EADDRINUSE") ? takenAddress() : undefined;
  const own = service.listeners.find((listener) => listener.origin.kind === "file" && listener.origin.file === origin.file && listener.origin.range.start.offset === origin.range.start.offset);
  const asked = own === undefined ? undefined : worstOf(own.backlog.requested, undefined);
  const number = asked === undefined || asked < 1 ? 511 : Math.min(asked, 2 ** 31 - 2);
  const listens = { server: "nginx", workerConnections: 512 } as const;
  switch (kind) {
    case "invalid-backlog": {
      const parameter = /^invalid backlog "(backlog=[-+.\w]{0,40})"/.exec(message)?.[1];
      return parameter === undefined ? undefined : refusedListen(parameter, `invalid backlog "${parameter}"`, 511);
    }
    case "duplicate-listen-options":
      return refusal(
        { ...listens, listens: [{ address: "specific", parameters: [`backlog=${String(number)}`] }, { address: "specific", parameters: [`backlog=${String(number + 1)}`] }] },
        "duplicate listen options for",
        { ...listens, listens: [{ address: "specific", parameters: [`backlog=${String(number)}`] }, { address: "specific", parameters: [] }] },
      );
    case "duplicate-listen":
      return refusal(
        { ...listens, listens: [{ address: "specific", parameters: [] }, { address: "specific", parameters: [], sameServer: true }] },
        "a duplicate listen",
        { ...listens, listens: [{ address: "specific", parameters: [] }] },
      );
    case "listen-conflict":
      return refusal(
        { ...listens, listens: [{ address: "wildcard", parameters: [] }, { address: "specific", parameters: [`backlog=${String(number)}`] }] },
        "Address already in use",
        { ...listens, listens: [{ address: "wildcard", parameters: [`backlog=${String(number)}`] }, { address: "specific", parameters: [] }] },
      );
    case "not-enough-connections": {
      const [, connections, sockets] = /^(\d{1,6}) worker_connections are not enough for (\d{1,4}) listening sockets/.exec(message) ?? [];
      if (connections === undefined || sockets === undefined) return undefined;
      const sides = { server: "nginx", listens: Array.from({ length: Number(sockets) }, (): NginxTrialListen => ({ address: "other", parameters: [] })) } as const;
      return refusal({ ...sides, workerConnections: Number(connections) }, "are not enough for", { ...sides, workerConnections: Number(sockets) + 512 });
    }
    case "other": {
      const parameter = /^invalid parameter "([-+.=:\w]{1,100})"$/.exec(message)?.[1];
      return parameter === undefined ? undefined : refusedListen(parameter, message, 511);
    }
  }
}

/** gunicorn's message names the value and not the setting: all numbers are read by the same check. */
function gunicornSetting(message: string, name: "backlog" | "workers"): ProcedureProof | undefined {
  const starts: Trial = { server: "gunicorn", settings: {} };
  if (message.startsWith("signed integer is greater than maximum")) return refusal({ server: "gunicorn", settings: { backlog: "2147483648" } }, "signed integer is greater than maximum", starts);
  const negative = /^Value must be positive: (-\d{1,18})$/.exec(message)?.[1];
  const changed = name === "workers" ? ["workers stands for whichever number was refused: all of them are read by the same check"] : [];
  if (negative !== undefined) return refusal({ server: "gunicorn", settings: { [name]: negative } }, message, starts, changed);
  const [, base, text] = /^invalid literal for int\(\) with base (0|10): '([-+.\w]{1,40})'$/.exec(message) ?? [];
  if (text === undefined) return undefined;
  return base === "0" ? refusal({ server: "gunicorn", settings: { [name]: text }, inFile: true }, message, starts, changed) : refusal({ server: "gunicorn", settings: { [name]: text } }, undefined, starts, changed);
}

/** Two processes of PM2's fork mode; in its cluster mode they share one socket. */
function takenAddress(): ProcedureProof {
  return refusal({ server: "node", form: "option", backlogs: [], twice: true }, "EADDRINUSE", { server: "node", form: "option", backlogs: [511, 511] }, ["two processes, without PM2"]);
}

function refusedBacklog(service: Service, text: string, byDefault: number): ProcedureProof | undefined {
  switch (service.kind) {
    case "nginx": {
      const number = /^(?:backlog=)?([-+.\w]{0,40})$/.exec(text)?.[1];
      return number === undefined ? undefined : refusedListen(`backlog=${number}`, `invalid backlog "backlog=${number}"`, byDefault);
    }
    case "gunicorn": {
      const number = /^["']?([-+.\w]{1,40})["']?$/.exec(text)?.[1];
      return number === undefined ? undefined : refusal({ server: "gunicorn", settings: { backlog: number } }, undefined, { server: "gunicorn", settings: { backlog: String(byDefault) } });
    }
    case "asgi":
      return undefined;
    case "node": {
      const value = valueOf(text);
      return value === undefined ? undefined : refusal({ server: "node", form: "option", backlogs: [value] }, undefined, { server: "node", form: "option", backlogs: [] });
    }
  }
}

function nodeBigInt(): ProcedureProof {
  return refusal({ server: "node", form: "option", backlogs: [{ bigint: "1024" }] }, "Cannot convert a BigInt value to a number", { server: "node", form: "option", backlogs: [1024] });
}

function refusedListen(parameter: string, says: string, byDefault: number): ProcedureProof {
  const trial = (parameters: readonly string[]): Trial => ({ server: "nginx", workerConnections: 512, listens: [{ address: "specific", parameters }] });
  return refusal(trial([parameter]), says, trial([`backlog=${String(byDefault)}`]));
}

function refusal(before: Trial, says: string | undefined, after: Trial, changed: readonly string[] = []): ProcedureProof {
  const refuses: TrialExpectation = { trial: before, expected: { starts: false, ...(says === undefined ? {} : { says }) } };
  return { kind: "procedure", id: "refuses-to-start", somaxconn: 4096, before: refuses, after: { trial: after, expected: { starts: true } }, changed: ["a configuration of its own, with this one setting", ...changed] };
}

function unknown(service: Service, message: string): SourceProof {
  return { kind: "from-source", because: "nothing of an audited repository is run, and the refusal does not follow from one setting alone", source: `${service.kind}: ${message.slice(0, 200)}` };
}
