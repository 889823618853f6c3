import { deploy, gunicorn, nginx, node } from "../build.ts";
import type { RuleCases } from "./case.ts";

export const backlogClamped: RuleCases = {
  rule: "backlog-clamped",
  hits: [
    {
      title: "gunicorn's 2048 under somaxconn 128",
      deployment: deploy([gunicorn({ somaxconn: 128 })]),
      severity: "warning",
      // min(2048, 128) + 1 = 129; the default is raised as far as the floor needs: 511.
      message: ["backlog 2048 is cut down", "net.core.somaxconn 128", "129 clients, not 2049"],
      to: 511,
    },
    {
      title: "a written number above a somaxconn that is large enough: a note",
      deployment: deploy([nginx({ backlog: 65535, somaxconn: 4096, connections: 65536 })]),
      severity: "note",
      message: ["65535 is cut down", "4097 clients, not 65536"],
      to: 65535,
    },
    {
      title: "the same with a burst that it does not hold",
      deployment: deploy([nginx({ backlog: 65535, somaxconn: 4096, connections: 65536 })]),
      assumptions: { burst: 10_000 },
      severity: "warning",
      message: ["4097 clients, not 65536"],
    },
    {
      title: "both numbers equal and too small: neither helps alone",
      deployment: deploy([gunicorn({ backlog: 128, somaxconn: 128 })]),
      severity: "warning",
      message: ["backlog 128 is all that net.core.somaxconn 128 allows: a queue for 129 clients."],
      to: 511,
    },
    {
      title: "as much as there is, and there is little",
      deployment: deploy([node({ backlog: -1, somaxconn: 128 })]),
      severity: "warning",
      message: ["backlog -1 asks for all there is", "129 clients."],
      to: 511,
    },
    {
      title: "somaxconn 0",
      deployment: deploy([gunicorn({ somaxconn: 0 })]),
      severity: "error",
      message: ["a queue for 1 client, not 2049"],
    },
    {
      title: "a written number above the kernel's default, which nobody stated",
      deployment: deploy([nginx({ backlog: 65535, connections: 65536 })]),
      severity: "note",
      on: "net.core.somaxconn being 4096",
      message: ["65535 is cut down", "4097 clients, not 65536"],
    },
    {
      title: "a cluster whose primary accepts",
      deployment: deploy([node({ mode: "round-robin", somaxconn: 128 })]),
      severity: "note",
      message: ["511 is cut down", "129 clients, not 512"],
    },
  ],
  nearMisses: [
    // 4096 connections less a listening socket and the channel hold 4094: fewer than the queue of 4097 that is left.
    { title: "connections that bind before the queue that is left", deployment: deploy([nginx({ backlog: 65535, connections: 4096 })]) },
    { title: "exactly somaxconn, and large enough", deployment: deploy([gunicorn({ backlog: 1024, somaxconn: 1024 })]) },
    { title: "a default above a somaxconn that is large enough", deployment: deploy([gunicorn({ somaxconn: 1024 })]) },
    { title: "exactly the kernel's default", deployment: deploy([gunicorn({ backlog: 4096 })]) },
  ],
  quiet: [
    { title: "below it", deployment: deploy([gunicorn({ somaxconn: 4096 })]) },
    { title: "known only at run time", deployment: deploy([gunicorn({ backlog: { kind: "dynamic" }, somaxconn: 128 })]) },
    { title: "a test's listener", deployment: deploy([gunicorn({ somaxconn: 128, testOnly: true })]) },
  ],
};
