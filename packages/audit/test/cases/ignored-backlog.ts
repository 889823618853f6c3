import { deploy, gunicorn, nginx, node, written } from "../build.ts";
import type { RuleCases } from "./case.ts";

export const ignoredBacklog: RuleCases = {
  rule: "ignored-backlog",
  hits: [
    {
      title: "two backlog parameters: the last one wins",
      deployment: deploy([
        nginx({ backlog: 1024, ignored: [{ setting: written(4096, "nginx.conf", 9), reason: "later-parameter-wins", because: "a later parameter of the same directive replaces it" }] }),
      ]),
      severity: "warning",
      message: ["backlog 4096 never reaches the kernel", "because a later parameter", "1024 is in force"],
      primary: "nginx.conf:9",
    },
    {
      title: "less was asked for than is in force: it only misleads",
      deployment: deploy([
        gunicorn({ ignored: [{ setting: written(128, "shop.socket", 4), reason: "systemd-socket", because: "gunicorn calls listen() again on an inherited socket" }] }),
      ]),
      severity: "note",
      message: ["backlog 128 never reaches the kernel", "2048 is in force"],
      primary: "shop.socket:4",
    },
    {
      title: "only in some versions",
      deployment: deploy([
        node({ ignored: [{ setting: written(1024, "node.js", 7), reason: "node-fd", because: "Node reads no backlog out of an object with fd", hangsOn: "Node before 22" }] }),
      ]),
      severity: "note",
      on: "Node before 22",
      message: ["backlog 1024 never reaches the kernel", "511 is in force"],
    },
    {
      title: "Node takes a negative argument for none, and the reader for somaxconn",
      deployment: deploy([node({ backlog: 511, reading: "fallback", written: "-1" })]),
      severity: "note",
      message: ["backlog -1 never reaches the kernel", "511 is in force", "{ backlog: -1 }"],
    },
    {
      title: "Node takes 0 for none",
      deployment: deploy([node({ backlog: 511, reading: "fallback", written: "0" })]),
      severity: "note",
      message: ["backlog 0 never reaches the kernel", "511 is in force"],
    },
  ],
  nearMisses: [
    { title: "null is none to everybody", deployment: deploy([node({ backlog: 511, reading: "fallback", written: "null" })]) },
    {
      title: "the same number is in force anyway",
      deployment: deploy([
        nginx({ backlog: 1024, ignored: [{ setting: written(1024, "nginx.conf", 9), reason: "later-parameter-wins", because: "a later parameter of the same directive replaces it" }] }),
      ]),
    },
  ],
  quiet: [
    { title: "nothing is ignored", deployment: deploy([nginx({ backlog: 1024 })]) },
    {
      title: "a test's listener",
      deployment: deploy([node({ testOnly: true, ignored: [{ setting: written(5, "node.js", 7), reason: "node-fd", because: "of fd" }] })]),
    },
  ],
};
