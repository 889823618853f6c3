import { at, deploy, gunicorn, nginx, node } from "../build.ts";
import type { RuleCases } from "./case.ts";

export const invalidBacklog: RuleCases = {
  rule: "invalid-backlog",
  hits: [
    {
      title: "nginx refuses 0",
      deployment: deploy([nginx({ backlog: 511, reading: "refused", written: "0" })]),
      severity: "error",
      message: ["nginx refuses backlog 0", "does not start"],
    },
    {
      title: "nginx's own words where the reader has them",
      deployment: deploy([
        nginx({
          failures: [{ kind: "invalid-backlog", message: 'invalid backlog "backlog=-1"', origin: at("nginx.conf", 10), related: [], passesConfigTest: false }],
        }),
      ]),
      severity: "error",
      message: ["nginx does not start", 'invalid backlog "backlog=-1"'],
      primary: "nginx.conf:10",
    },
    {
      title: "socket options twice for one address",
      deployment: deploy([
        nginx({
          failures: [
            { kind: "duplicate-listen-options", message: "duplicate listen options for 0.0.0.0:80", origin: at("nginx.conf", 15), related: [{ origin: at("nginx.conf", 10), label: "first" }], passesConfigTest: false },
          ],
        }),
      ]),
      severity: "error",
      message: ["duplicate listen options for 0.0.0.0:80"],
    },
    {
      title: "gunicorn refuses a negative number",
      deployment: deploy([gunicorn({ backlog: 2048, reading: "refused", written: "-1" })]),
      severity: "error",
      message: ["gunicorn refuses backlog -1"],
    },
    {
      title: "Node makes 0 of text",
      deployment: deploy([node({ backlog: 0, reading: "coerced", written: '"abc"' })]),
      severity: "error",
      // 0 + 1 = 1 client; 511 + 1 = 512.
      message: ['Node makes 0 of backlog "abc"', "1 client", "would hold 512"],
    },
    {
      title: "Node makes 1 of true",
      deployment: deploy([node({ backlog: 1, reading: "coerced", written: "true" })]),
      severity: "error",
      message: ["Node makes 1 of backlog true", "2 clients"],
    },
  ],
  nearMisses: [
    { title: "converted, and a real number comes out", deployment: deploy([node({ backlog: 1000, reading: "coerced", written: '"1000"' })]) },
    { title: "2: small, but what was written", deployment: deploy([node({ backlog: 2 })]) },
  ],
  quiet: [
    { title: "Node's 0 is its default", deployment: deploy([node({ backlog: 511, reading: "fallback", written: "0" })]) },
    { title: "2**31 becomes negative, which is somaxconn", deployment: deploy([node({ backlog: -2147483648, reading: "coerced", written: "2**31" })]) },
    { title: "a test's listener", deployment: deploy([node({ backlog: 0, reading: "coerced", written: '"abc"', testOnly: true })]) },
  ],
};
