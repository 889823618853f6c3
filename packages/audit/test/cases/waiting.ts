import { deploy, gunicorn, nginx, node, tcp, unix } from "../build.ts";
import type { RuleCases } from "./case.ts";

export const sustainedOverload: RuleCases = {
  rule: "sustained-overload",
  hits: [
    {
      title: "100 a second come, 2 / 0.04 = 50 are served",
      // 4 slots are needed; the queue of 2048 + 1 fills at 50 a second: 41 s.
      deployment: deploy([gunicorn({ workers: 2 })]),
      assumptions: { arrivalRate: 100, serviceTime: 0.04 },
      severity: "warning",
      message: ["100 requests a second that take 40 ms each keep 4 service slots busy", "has 2", "overflows 41 s after the load begins"],
      primary: "gunicorn.conf.py:2",
      to: 4,
    },
    {
      title: "behind nginx",
      deployment: deploy([nginx({ connections: 8192 }), gunicorn({ workers: 3, address: unix("/run/a.sock") })]),
      assumptions: { arrivalRate: 31, serviceTime: 0.1 },
      severity: "warning",
      message: ["keep 4 service slots busy", "has 3"],
      to: 4,
    },
    {
      title: "an environment variable may set more workers",
      deployment: deploy([gunicorn({ workers: { kind: "assumed", value: 2, variable: "WEB_CONCURRENCY" } })]),
      assumptions: { arrivalRate: 100, serviceTime: 0.04 },
      severity: "note",
      on: "WEB_CONCURRENCY being unset",
      message: ["has 2"],
    },
  ],
  nearMisses: [
    { title: "exactly as many as are served", deployment: deploy([gunicorn({ workers: 2 })]), assumptions: { arrivalRate: 50, serviceTime: 0.04 } },
    { title: "workers known only at run time", deployment: deploy([gunicorn({ workers: { kind: "dynamic" } })]), assumptions: { arrivalRate: 100, serviceTime: 0.04 } },
  ],
  quiet: [
    { title: "no service time", deployment: deploy([gunicorn({ workers: 2 })]), assumptions: { arrivalRate: 1000 } },
    { title: "an event loop has no number of slots", deployment: deploy([node()]), assumptions: { arrivalRate: 1000, serviceTime: 1 } },
    { title: "a test's listener", deployment: deploy([gunicorn({ workers: 2, testOnly: true })]), assumptions: { arrivalRate: 100, serviceTime: 0.04 } },
  ],
};

const proxied = deploy([nginx({ connections: 8192 }), gunicorn({ workers: 4, backlog: 4096, address: tcp(8000) })]);

export const queueWaitExceedsTimeout: RuleCases = {
  rule: "queue-wait-exceeds-timeout",
  hits: [
    {
      title: "0.3 s a request, 10 s of patience",
      // 4 + 512 + 1 = 517 clients, 130 rounds of 0.3 s = 39 s. 33 rounds are in time: 513 / 32 is just above 16 workers.
      deployment: deploy([gunicorn({ workers: 4, backlog: 512 })]),
      assumptions: { serviceTime: 0.3, clientTimeout: 10 },
      severity: "warning",
      message: ["after 130 service times of 0.3 s, 39 s", "the client gives up after 10 s"],
      primary: "gunicorn.conf.py:2",
      to: 17,
    },
    {
      title: "nobody said how long a request takes: the break-even is said, of a queue that somebody made long",
      // nginx lets 4095 through, 1024 rounds in 60 s: 59 ms a request.
      deployment: proxied,
      severity: "note",
      on: "requests taking longer than 59 ms",
      message: ["after 1024 service times", "above 59 ms a request, nginx gives up first (60 s)"],
      primary: "gunicorn.conf.py:3",
    },
  ],
  nearMisses: [
    { title: "the last in line is just in time", deployment: deploy([gunicorn({ workers: 4, backlog: 512 })]), assumptions: { serviceTime: 0.05, clientTimeout: 6.5 } },
    { title: "a queue as long as the floor, and nobody said how long a request takes", deployment: deploy([nginx({ connections: 8192 }), gunicorn({ workers: 4, backlog: 511, address: tcp(8000) })]) },
    { title: "as long as gunicorn's default, written down", deployment: deploy([nginx({ connections: 8192 }), gunicorn({ workers: 4, backlog: 2048, address: tcp(8000) })]) },
    { title: "cut down by somaxconn: the queue in force is short", deployment: deploy([nginx({ connections: 8192, somaxconn: 128 }), gunicorn({ workers: 4, backlog: 4096, somaxconn: 128, address: tcp(8000) })]) },
    { title: "a long queue that nobody wrote", deployment: deploy([nginx({ connections: 8192 }), gunicorn({ workers: 4, address: tcp(8000) })]) },
    { title: "a burst of that size is stated", deployment: deploy([gunicorn({ workers: 4, backlog: 2048 })]), assumptions: { burst: 2049, clientTimeout: 60 } },
  ],
  quiet: [
    { title: "nobody's patience is known", deployment: deploy([gunicorn({ workers: 4, backlog: 2048 })]), assumptions: { serviceTime: 10 } },
    { title: "an overload that never ends says more", deployment: deploy([gunicorn({ workers: 4, backlog: 512 })]), assumptions: { serviceTime: 0.3, clientTimeout: 10, arrivalRate: 100 } },
  ],
};
