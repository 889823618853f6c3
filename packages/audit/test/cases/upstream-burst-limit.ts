import { assumed, exact } from "@audit-backlog/model";
import { deploy, deployGroup, gunicorn, nginx, node, tcp, unix } from "../build.ts";
import type { RuleCases } from "./case.ts";

const app = unix("/run/shop.sock");
// One listener and the channel are taken from a worker's connections and a proxied client needs two: (1024 - 2) / 2 = 511.
const front = nginx({ connections: 1024 });
const wide = nginx({ backlog: 4096, connections: 16_384 });

export const upstreamBurstLimit: RuleCases = {
  rule: "upstream-burst-limit",
  hits: [
    {
      title: "8 sync workers, backlog 64",
      deployment: deploy([front, gunicorn({ address: app, workers: 8, backlog: 64 })]),
      severity: "error",
      // B + 1 = 65 for sure, A + B + 1 = 8 + 65 = 73 at best.
      message: ["unix:/run/shop.sock holds 65 clients at once for sure and 73 at best", "from the 66th to 74th simultaneous request", "nginx answers 502 (EAGAIN)"],
      primary: "gunicorn.conf.py:3",
      to: 511,
    },
    {
      title: "126 + 1 = 127: the last error",
      deployment: deploy([front, gunicorn({ address: app, backlog: 126 })]),
      severity: "error",
      message: ["127 clients at once for sure and 128 at best"],
    },
    {
      title: "127 + 1 = 128: the first warning",
      deployment: deploy([front, gunicorn({ address: app, backlog: 127 })]),
      severity: "warning",
      message: ["128 clients at once for sure and 129 at best"],
    },
    {
      title: "gunicorn's default under somaxconn 128",
      deployment: deploy([front, gunicorn({ address: app, workers: 2, somaxconn: 128 })]),
      severity: "warning",
      // Measured on nginx 1.22 with gunicorn 20.1: of 400 at once 131 are answered, the others get 502.
      message: ["129 clients at once for sure and 131 at best"],
      to: 511,
    },
    {
      title: "a stated burst above a queue that is not small",
      deployment: deploy([wide, gunicorn({ address: app, workers: 4 })]),
      assumptions: { burst: 3000 },
      severity: "warning",
      message: ["2049 clients at once for sure and 2053 at best", "3000 are stated"],
      to: 3000,
    },
    {
      title: "nginx itself never hands on that many",
      // (64 - 2) / 2 = 31 < 65.
      deployment: deploy([nginx({ connections: 64 }), gunicorn({ address: app, backlog: 64 })]),
      severity: "note",
      message: ["65 clients at once"],
    },
    {
      title: "Node: no setting bounds what it accepts",
      deployment: deploy([front, node({ address: app, backlog: 10 })]),
      severity: "error",
      message: ["holds 11 clients until the server accepts", "from the 12th simultaneous request"],
    },
    {
      title: "a fallback beside an environment variable",
      deployment: deploy([front, gunicorn({ address: app, backlog: assumed(64, "BACKLOG") })]),
      severity: "note",
      on: "BACKLOG being unset",
      message: ["65 clients at once"],
    },
    {
      title: "one branch of two is small: the band is that of this branch",
      deployment: deploy([
        front,
        gunicorn({ address: app, workers: 8, backlog: { kind: "oneOf", options: [{ value: exact(64), when: "if DEBUG" }, { value: exact(2048), when: "else" }] } }),
      ]),
      severity: "note",
      on: 'the branch "if DEBUG"',
      message: ["65 clients at once for sure and 73 at best"],
    },
    {
      title: "two sockets: nginx tries the second when the first is full",
      deployment: deployGroup(front, [
        gunicorn({ id: "a", address: unix("/run/a.sock"), workers: 2, backlog: 64 }),
        gunicorn({ id: "b", address: unix("/run/b.sock"), workers: 2, backlog: 64, line: 4 }),
      ]),
      severity: "warning",
      // 65 + 65 = 130 for sure; 2 + 2 workers more: measured on nginx 1.22 with gunicorn 20.1, 134 of 300 are answered.
      message: ["2 sockets hold 130 clients at once for sure and 134 at best"],
      primary: "a.conf.py:3",
      count: 2,
    },
  ],
  nearMisses: [
    { title: "exactly the floor", deployment: deploy([front, gunicorn({ address: app, backlog: 511 })]) },
    {
      title: "a small socket beside one that takes the rest",
      deployment: deployGroup(front, [gunicorn({ id: "a", address: unix("/a"), backlog: 64 }), gunicorn({ id: "b", address: unix("/b") })]),
    },
    {
      title: "a unix socket in one group with a TCP port",
      deployment: deployGroup(front, [gunicorn({ id: "a", address: unix("/a"), backlog: 64 }), gunicorn({ id: "b", address: tcp(8001) })]),
    },
    { title: "the same numbers over TCP", deployment: deploy([front, gunicorn({ address: tcp(8000), workers: 8, backlog: 64 })]) },
    { title: "a burst that fits exactly", deployment: deploy([wide, gunicorn({ address: app })]), assumptions: { burst: 2049 } },
    { title: "a burst that something in front does not hold", deployment: deploy([front, gunicorn({ address: app })]), assumptions: { burst: 3000 } },
  ],
  quiet: [
    { title: "gunicorn's default", deployment: deploy([front, gunicorn({ address: app })]) },
    { title: "nobody in front", deployment: deploy([gunicorn({ address: app, backlog: 64 })]) },
    { title: "a cluster whose primary accepts", deployment: deploy([front, node({ address: app, backlog: 10, mode: "round-robin" })]) },
    { title: "known only at run time", deployment: deploy([front, gunicorn({ address: app, backlog: { kind: "dynamic" } })]) },
    { title: "a test's listener", deployment: deploy([front, gunicorn({ address: app, backlog: 1, testOnly: true })]) },
  ],
};
