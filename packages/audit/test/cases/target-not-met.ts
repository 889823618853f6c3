import { deploy, gunicorn, nginx, node, tcp } from "../build.ts";
import type { RuleCases } from "./case.ts";

const app = gunicorn({ address: tcp(8000) });

export const targetNotMet: RuleCases = {
  rule: "target-not-met",
  hits: [
    {
      title: "nginx's default backlog in front",
      // (8192 - 2) / 2 = 4095 connections for clients, gunicorn 2049, nginx's own queue 511 + 1 = 512.
      deployment: deploy([nginx({ connections: 8192 }), app]),
      assumptions: { burst: 1000 },
      severity: "warning",
      message: ["A burst of 1000 is more than the 512 clients", "backlog of nginx binds"],
      primary: "nginx.conf:10",
      to: 1000,
    },
    {
      title: "Node's default",
      deployment: deploy([node()]),
      assumptions: { burst: 600 },
      severity: "warning",
      message: ["A burst of 600 is more than the 512 clients"],
      to: 600,
    },
    {
      title: "as much as the kernel gives, whose limit nobody stated",
      deployment: deploy([node({ backlog: -1 })]),
      assumptions: { burst: 5000 },
      severity: "note",
      on: "net.core.somaxconn being 4096",
      message: ["4097 clients", "net.core.somaxconn of node node.js binds"],
      to: 5000,
    },
    {
      title: "a cluster whose primary accepts",
      deployment: deploy([node({ mode: "round-robin" })]),
      assumptions: { burst: 600 },
      severity: "note",
      message: ["512 clients"],
    },
  ],
  nearMisses: [
    { title: "a burst that fits exactly", deployment: deploy([node()]), assumptions: { burst: 512 } },
    { title: "a rule with more to say speaks about the setting", deployment: deploy([node({ backlog: 10 })]), assumptions: { burst: 600 } },
  ],
  quiet: [
    { title: "nobody stated a burst", deployment: deploy([node()]) },
    { title: "a test's listener", deployment: deploy([node({ testOnly: true })]), assumptions: { burst: 600 } },
    { title: "known only at run time", deployment: deploy([node({ backlog: { kind: "dynamic" } })]), assumptions: { burst: 600 } },
  ],
};
