import { assumed, exact } from "@audit-backlog/model";
import { deploy, gunicorn, nginx, node, unix } from "../build.ts";
import type { RuleCases } from "./case.ts";

export const smallBacklog: RuleCases = {
  rule: "small-backlog",
  hits: [
    {
      title: "listen(port, host, 10) in Node",
      deployment: deploy([node({ backlog: 10 })]),
      severity: "warning",
      // A queue holds B + 1: 10 + 1 = 11; Node's own 511 + 1 = 512.
      message: ["backlog 10 holds 11 clients", "would hold 512", "Node asks for 511"],
      primary: "node.js:3",
      to: 511,
    },
    {
      title: "one below the floor",
      deployment: deploy([node({ backlog: 510 })]),
      severity: "warning",
      message: ["backlog 510 holds 511 clients"],
      to: 511,
    },
    {
      title: "gunicorn takes 0, a queue for one",
      deployment: deploy([gunicorn({ backlog: 0 })]),
      severity: "error",
      message: ["backlog 0 holds 1 client before", "would hold 2049"],
      to: 511,
    },
    {
      title: "a round-robin cluster, whose primary accepts",
      deployment: deploy([node({ backlog: 10, mode: "round-robin", instances: 4 })]),
      severity: "note",
      message: ["backlog 10 holds 11 clients"],
    },
    {
      title: "a fallback beside an environment variable",
      deployment: deploy([node({ backlog: assumed(64, "BACKLOG") })]),
      severity: "note",
      on: "BACKLOG being unset",
      message: ["backlog 64 (unless BACKLOG says otherwise)", "holds 65 clients"],
    },
    {
      title: "one branch of two is small",
      deployment: deploy([
        gunicorn({ backlog: { kind: "oneOf", options: [{ value: exact(64), when: "if DEBUG" }, { value: exact(2048), when: "else" }] } }),
      ]),
      severity: "note",
      on: 'the branch "if DEBUG"',
      message: ["backlog 64 (if DEBUG) holds 65 clients"],
    },
    {
      title: "both branches are small: no doubt is left",
      deployment: deploy([
        gunicorn({ backlog: { kind: "oneOf", options: [{ value: exact(64), when: "if DEBUG" }, { value: exact(128), when: "else" }] } }),
      ]),
      severity: "warning",
      message: ["64 (if DEBUG), 128 (else)", "holds 65 clients"],
    },
    {
      title: "a stated burst sets the number to raise it to",
      deployment: deploy([node({ backlog: 10 })]),
      assumptions: { burst: 2000 },
      severity: "warning",
      message: ["holds 11 clients"],
      to: 2000,
    },
    {
      title: "a known somaxconn caps that number",
      deployment: deploy([node({ backlog: 10, somaxconn: 128 })]),
      severity: "warning",
      // min(511, 128) + 1 = 129.
      message: ["holds 11 clients", "would hold 129"],
      to: 128,
    },
    {
      title: "a unix socket with nobody known in front",
      deployment: deploy([gunicorn({ address: unix("/run/a.sock"), backlog: 64 })]),
      severity: "warning",
      message: ["holds 65 clients"],
    },
    {
      title: "nginx with a small backlog of its own",
      deployment: deploy([nginx({ backlog: 100, connections: 4096 })]),
      severity: "warning",
      message: ["backlog 100 holds 101 clients", "would hold 512"],
      primary: "nginx.conf:10",
    },
  ],
  nearMisses: [
    { title: "exactly the floor", deployment: deploy([node({ backlog: 511 })]) },
    { title: "a lower floor was asked for", deployment: deploy([node({ backlog: 64 })]), floor: 64 },
    { title: "nothing is passed", deployment: deploy([node()]) },
    { title: "as large as a known somaxconn: that one binds", deployment: deploy([node({ backlog: 128, somaxconn: 128 })]) },
  ],
  quiet: [
    { title: "0 in Node means the default", deployment: deploy([node({ backlog: 511, reading: "fallback", written: "0" })]) },
    { title: "a negative option in Node means somaxconn", deployment: deploy([node({ backlog: -1 })]) },
    { title: "a test's listener", deployment: deploy([node({ backlog: 1, testOnly: true })]) },
    { title: "known only at run time", deployment: deploy([gunicorn({ backlog: { kind: "dynamic", variable: "BACKLOG" } })]) },
  ],
};
