import { isScalar, isSeq } from "yaml";
import type { Probe, Sourced } from "@audit-backlog/model";
import type { LayeredService, Valued } from "./compose-layers.ts";
import { duration, integer, numberOf } from "./compose-values.ts";

/** moby: daemon/health.go defaultProbeInterval, defaultProbeTimeout, defaultProbeRetries; compose-spec 05-services.md healthcheck. */
const defaults = { interval: 30, timeout: 30, retries: 3 } as const;

/** A service's own `healthcheck`. One that only changes the times of its image's check is not known to be any. */
export function probesOf(service: LayeredService): readonly Probe[] {
  const test = service.last("healthcheck", "test");
  if (test === undefined || service.known("healthcheck", "disable") === "true") return [];
  const words = wordsOf(test);
  if (words[0] === "NONE" || words.length === 0) return [];
  const { yaml, node } = test;
  const origin = yaml.origin(node);
  const { by, port } = clientOf(words.join(" "));
  return [
    {
      origin,
      kind: "healthcheck",
      by,
      ...(port === undefined ? {} : { port: { value: { kind: "exact", value: port }, origin } }),
      timeout: time(service, "timeout"),
      period: time(service, "interval"),
      failures: retries(service),
    },
  ];
}

function wordsOf({ yaml, node }: Valued): readonly string[] {
  if (isScalar(node)) return [yaml.known(node) ?? yaml.scalar(node)?.text ?? ""];
  const items = isSeq(node) ? node.items.map((item) => yaml.known(item) ?? yaml.scalar(item)?.text ?? "") : [];
  return items[0] === "NONE" || items.length < 2 ? items : items.slice(1);
}

/** Where a check's program connects to in its own container: curl and wget wait for an answer, `nc -z` for a connection. */
function clientOf(command: string): Pick<Probe, "by"> & { readonly port?: number } {
  const text = command.slice(0, 2_000);
  const url = /(https?):\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::(\d{1,5}))?(?![\w.:-])/.exec(text);
  if (url !== null) return { by: "http", port: Number(url[2] ?? (url[1] === "https" ? 443 : 80)) };
  const bare = /\b(?:curl|wget)\b[^|;&]*?\s(?:localhost|127\.0\.0\.1)(?::(\d{1,5}))?(?![\w.:-])/.exec(text);
  if (bare !== null) return { by: "http", port: Number(bare[1] ?? 80) };
  const netcat = /\bnc(?:at)?\s[^|;&]*?(?:localhost|127\.0\.0\.1)\s+(\d{1,5})(?!\S)/.exec(text);
  if (netcat !== null) return { by: "tcp", port: Number(netcat[1]) };
  return { by: "command" };
}

/** Zero means the default, too. */
function time(service: LayeredService, key: "interval" | "timeout"): Sourced<number> {
  const written = service.sourced("healthcheck", key);
  const seconds = written === undefined ? undefined : numberOf(written, duration);
  return seconds === undefined || ("value" in seconds.value && seconds.value.value === 0) ? defaulted(defaults[key]) : seconds;
}

function retries(service: LayeredService): Sourced<number> {
  const written = service.sourced("healthcheck", "retries");
  const count = written === undefined ? undefined : numberOf(written, integer);
  return count === undefined || ("value" in count.value && count.value.value === 0) ? defaulted(defaults.retries) : count;
}

function defaulted(value: number): Sourced<number> {
  return { value: { kind: "assumed", value }, origin: { kind: "default", of: "Compose", source: "compose-spec 05-services.md, healthcheck" } };
}
