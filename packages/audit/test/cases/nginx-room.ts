import { at, deploy, gunicorn, nginx, tcp, unix } from "../build.ts";
import type { RuleCases } from "./case.ts";

const app = gunicorn({ address: tcp(8000) });
const cpus = { kind: "formula", formula: { op: "cpus" } } as const;

// One listener and the channel are taken from a worker's connections; a proxied client needs two of the rest.
export const workerConnectionsLimit: RuleCases = {
  rule: "worker-connections-limit",
  hits: [
    {
      title: "128 connections in one worker",
      deployment: deploy([nginx({ connections: 128 }), app]),
      severity: "warning",
      // (128 - 2) / 2 = 63; for the floor, 511: 511 × 2 + 2 = 1024.
      message: ["nginx has connections for 63 clients that it proxies", "accepted and closed at once"],
      primary: "nginx.conf:6",
      to: 1024,
    },
    {
      title: "static files: one connection a client",
      deployment: deploy([nginx({ connections: 100 })]),
      severity: "warning",
      // 100 - 2 = 98; 511 + 2 = 513.
      message: ["nginx has connections for 98 clients:"],
      to: 513,
    },
    {
      title: "a stated burst that fits every queue and not the connections",
      deployment: deploy([nginx({ backlog: 4096, connections: 1024 }), app]),
      assumptions: { burst: 1000 },
      severity: "warning",
      // (1024 - 2) / 2 = 511; 1000 × 2 + 2 = 2002.
      message: ["511 clients", "1000 are stated"],
      to: 2002,
    },
    {
      title: "the same with nginx's default of 512",
      deployment: deploy([nginx({ backlog: 4096 }), app]),
      assumptions: { burst: 300 },
      severity: "warning",
      message: ["255 clients", "300 are stated"],
      primary: "nginx.conf:1",
    },
    {
      title: "a worker for each CPU, and nobody stated the CPUs",
      deployment: deploy([nginx({ backlog: 4096, connections: 768, processes: cpus }), app]),
      assumptions: { burst: 1000 },
      severity: "note",
      on: "the number of CPUs",
      // (768 - 2) / 2 = 383 for each CPU.
      message: ["at least 383 clients"],
    },
    {
      title: "so few a worker that only many CPUs make up for it",
      deployment: deploy([nginx({ connections: 32, processes: cpus }), app]),
      severity: "note",
      // (32 - 2) / 2 = 15 a worker; nginx's own default has room for (512 - 2) / 2 = 255: 255 / 15 = 17 workers.
      on: "fewer than 17 CPUs",
      message: ["nginx has connections for at least 15 clients"],
    },
    {
      title: "fewer connections than listening sockets",
      deployment: deploy([
        nginx({
          connections: 1,
          failures: [{ kind: "not-enough-connections", message: "1 worker_connections are not enough for 1 listening sockets", origin: at("nginx.conf", 6), related: [], passesConfigTest: false }],
        }),
      ]),
      severity: "error",
      message: ["nginx does not start: 1 worker_connections are not enough"],
    },
  ],
  nearMisses: [
    { title: "as many as nginx has when nothing is set", deployment: deploy([nginx({ connections: 512 }), app]) },
    // 4 × (130 - 2) / 2 = 256, one more than the 255 of the default.
    { title: "few a worker, enough in all", deployment: deploy([nginx({ connections: 130, processes: 4 }), app]) },
    { title: "a burst that fits exactly", deployment: deploy([nginx({ backlog: 4096, connections: 1024 }), app]), assumptions: { burst: 511 } },
    { title: "a lower floor was asked for", deployment: deploy([nginx({ connections: 128 }), app]), floor: 63 },
  ],
  quiet: [
    { title: "nothing is set", deployment: deploy([nginx(), app]) },
    { title: "Debian's 768 with a worker for each CPU", deployment: deploy([nginx({ connections: 768, processes: cpus }), app]) },
    { title: "a fragment, whose main file is unknown", deployment: deploy([nginx({ connections: { kind: "dynamic" }, fragment: true }), app]), assumptions: { burst: 100 } },
    { title: "a burst that the queue in front does not hold", deployment: deploy([nginx({ connections: 8192 }), app]), assumptions: { burst: 1000 } },
    { title: "all of its listeners are of tests", deployment: deploy([nginx({ connections: 16, testOnly: true }), app]) },
  ],
};

export const nofileBelowConnections: RuleCases = {
  rule: "nofile-below-connections",
  hits: [
    {
      title: "a quarter of the connections, and still many",
      deployment: deploy([nginx({ connections: 4096, nofile: 1024 }), app]),
      severity: "note",
      message: ["counts on 4096 connections and may open 1024 files"],
      primary: "nginx.conf:5",
      to: 8192,
    },
    {
      title: "fewer files than nginx has connections when nothing is set",
      deployment: deploy([nginx({ connections: 1024, nofile: 256 }), app]),
      severity: "warning",
      message: ["1024 connections and may open 256 files"],
      to: 2048,
    },
    {
      title: "one file short of nginx's default: the last warning",
      deployment: deploy([nginx({ connections: 8192, nofile: 511 }), app]),
      severity: "warning",
      message: ["8192 connections and may open 511 files"],
    },
  ],
  nearMisses: [{ title: "as many files as connections", deployment: deploy([nginx({ connections: 4096, nofile: 4096 }), app]) }],
  quiet: [
    { title: "nothing is set", deployment: deploy([nginx({ connections: 100_000 }), app]) },
    { title: "connections known only at run time", deployment: deploy([nginx({ connections: { kind: "dynamic" }, nofile: 16 }), gunicorn({ address: unix("/a") })]) },
  ],
};
