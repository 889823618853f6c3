import { deploy, gunicorn, nginx, node } from "../build.ts";
import type { RuleCases } from "./case.ts";

export const workersInsteadOfBacklog: RuleCases = {
  rule: "workers-instead-of-backlog",
  hits: [
    {
      title: "32 workers, backlog 10",
      deployment: deploy([gunicorn({ workers: 32, backlog: 10 })]),
      severity: "warning",
      // sync: spread out A + B + 1, so one worker more is one client more; 511 - 10 = 501.
      message: ["32 workers share a queue for 11", "adds 1 when clients come spread out", "backlog 511 adds 501 places"],
      primary: "gunicorn.conf.py:3",
      to: 511,
    },
    {
      title: "two workers per CPU, with the CPUs stated",
      deployment: deploy([
        gunicorn({ workers: { kind: "formula", formula: { op: "*", operands: [{ op: "cpus" }, { op: "number", value: 2 }] } }, backlog: 64 }),
      ]),
      assumptions: { cpus: 64 },
      severity: "warning",
      message: ["128 workers share a queue for 65"],
    },
  ],
  nearMisses: [
    { title: "as many as the backlog", deployment: deploy([gunicorn({ workers: 10, backlog: 10 })]) },
    {
      title: "two workers per CPU, and nobody stated the CPUs",
      deployment: deploy([
        gunicorn({ workers: { kind: "formula", formula: { op: "*", operands: [{ op: "cpus" }, { op: "number", value: 2 }] } }, backlog: 64 }),
      ]),
    },
  ],
  quiet: [
    { title: "many workers, the default backlog", deployment: deploy([gunicorn({ workers: 3000 })]) },
    { title: "more workers than a backlog above the floor", deployment: deploy([gunicorn({ workers: 700, backlog: 600 })]) },
    { title: "nginx's workers hold thousands each", deployment: deploy([nginx({ processes: 16, connections: 1024, backlog: 8 })]) },
    { title: "Node", deployment: deploy([node({ instances: 16, mode: "shared", backlog: 8 })]) },
  ],
};
