import type { StartFailure } from "@audit-backlog/model";
import { at, deploy, nginx } from "../build.ts";
import type { RuleCases } from "./case.ts";

const failure = (kind: StartFailure["kind"], message: string, passesConfigTest = false): StartFailure => ({
  kind,
  message,
  origin: at("nginx.conf", 12),
  related: [{ origin: at("nginx.conf", 10), label: "the wildcard" }],
  passesConfigTest,
});

const conflict = failure("listen-conflict", "bind() to 127.0.0.1:8080 failed (98: Address already in use)", true);
const other = failure("other", 'unknown directive "worker_prozesses"');
const pair = [{ backlog: 1024 }, { backlog: 1024, address: { family: "tcp", host: "127.0.0.1", port: 8080 } }] as const;

export const listenConflict: RuleCases = {
  rule: "listen-conflict",
  hits: [
    {
      title: "a specific address with a backlog beside the wildcard",
      deployment: deploy([nginx({ listeners: pair, failures: [conflict] })]),
      severity: "error",
      message: ["nginx does not start", "127.0.0.1:8080", "its configuration test passes"],
      primary: "nginx.conf:12",
    },
    {
      title: "the same listen twice in one server",
      deployment: deploy([nginx({ failures: [failure("duplicate-listen", "a duplicate listen 0.0.0.0:80")] })]),
      severity: "error",
      message: ["a duplicate listen 0.0.0.0:80."],
    },
  ],
  nearMisses: [{ title: "two addresses that nginx serves from one socket", deployment: deploy([nginx({ listeners: [{ backlog: 1024 }] })]) }],
  quiet: [{ title: "refused for something else", deployment: deploy([nginx({ failures: [other] })]) }],
};

export const doesNotStart: RuleCases = {
  rule: "does-not-start",
  hits: [
    {
      title: "an unknown directive",
      deployment: deploy([nginx({ failures: [other] })]),
      severity: "error",
      message: ['nginx does not start: unknown directive "worker_prozesses".'],
      primary: "nginx.conf:12",
    },
  ],
  nearMisses: [{ title: "a conflict that has a rule of its own", deployment: deploy([nginx({ listeners: pair, failures: [conflict] })]) }],
  quiet: [{ title: "nothing is refused", deployment: deploy([nginx()]) }],
};
