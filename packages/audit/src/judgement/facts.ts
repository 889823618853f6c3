import type { AsgiProgram, Backlog, Service, Sourced } from "@audit-backlog/model";
import type { Finding } from "../finding.ts";

/** What is to know of one listener to judge its backlog: an editor knows no more than this. */
export interface BacklogFacts {
  readonly server: "nginx" | "gunicorn" | "node" | AsgiProgram;
  readonly backlog: Backlog;
  /** Absent where nothing is known of the machine. */
  readonly somaxconn?: Sourced<number>;
  /** A Node cluster whose primary accepts and hands connections out. */
  readonly roundRobin?: boolean;
}

export interface Demand {
  /** The least backlog that is not small. */
  readonly floor: number;
  /** Clients at the same moment, where somebody stated it. */
  readonly burst?: number;
  /** The longest backlog in which nobody waits in vain, where service time and patience are stated. */
  readonly most?: number;
}

/** A verdict about one setting of one listener, before it is placed in a deployment. */
export interface Judgement extends Pick<Finding, "severity" | "certainty" | "message" | "why" | "change" | "leave" | "matters"> {
  readonly rule: "small-backlog" | "invalid-backlog" | "ignored-backlog" | "ambiguous-backlog" | "default-backlog";
  /** What it is about; its origin is the place to report. */
  readonly subject: Sourced<unknown>;
  /** What a code frame prints under the subject. */
  readonly label: string;
  /** The number to set it to, where one follows. */
  readonly to?: number;
}

/** As users write the server's name. */
export const serverNames = { nginx: "nginx", gunicorn: "gunicorn", node: "Node", uvicorn: "uvicorn", hypercorn: "hypercorn", daphne: "daphne" } as const;

/** Which server a service is, by the name that its users have for it. */
export function serverOf(service: Service): BacklogFacts["server"] {
  return service.kind === "asgi" ? service.program : service.kind;
}
