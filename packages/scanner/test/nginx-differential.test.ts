import type { Listener } from "@audit-backlog/model";
import { describeWith } from "@audit-backlog/test-support";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { serviceOf } from "./nginx-assembling.ts";
import { askNginx, namespacesMissing, somaxconn, type RealRun } from "./nginx-real.ts";

const seed = 20240611;

function configuration(servers: readonly (readonly string[])[], workers: number): string {
  const blocks = servers.map((listens) => `  server {\n${listens.map((listen) => `    listen ${listen};\n`).join("")}  }\n`);
  return `worker_processes ${workers};
pid nginx.pid;
error_log stderr notice;
events { worker_connections 200; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
${blocks.join("")}}
`;
}

const addresses = [
  "8080", "*:8080", "0.0.0.0:8080", "127.0.0.1:8080", "127.0.0.2:8080", "127.0.0.1:08080", "[::]:8080", "[::1]:8080", "[0:0::1]:8080",
  "8081", "127.0.0.1:8081", "[::]:8081", "8082-8084", "127.0.0.1:8083", "127.0.0.1", "*", "[::1]", "unix:DIR/a.sock", "unix:DIR/b.sock",
];
const badAddresses = ["0", "127.0.0.1:0", "70000", "[::1", "[::1]x", "8080-8079", ":8080", "unix:", "127.0.0.1/x", "[:::]:80", "1.2.3.4:a", "8080-70000"];
const socketOptions = ["bind", "reuseport", "deferred", "so_keepalive=on", "so_keepalive=30m::10", "rcvbuf=8k", "sndbuf=64k", "fastopen=3", "ipv6only=on", "ipv6only=off"];
const backlogs = ["1", "2", "7", "64", "100", "511", "512", "4096", "65536", "2147483647", "2147483648", "4294967301", "007", "9223372036854775807"];
const badBacklogs = ["0", "-1", "+5", "1k", "100.5", "", "abc", "4294967295", "4294967296", "9223372036854775808", "0x10"];
const plainOptions = ["default_server", "default", "proxy_protocol", "http2"];
const badOptions = ["bogus", "backlog", "reuseport=on", "so_keepalive=", "so_keepalive=x", "so_keepalive=0:0:0", "rcvbuf=", "rcvbuf=1g", "sndbuf=k", "ipv6only=of", "ipv6only=yes", "fastopen=x", "Bind", "udp"];

const some = (values: readonly string[]) => fc.constantFrom(...values);
const option = fc.oneof(
  { weight: 6, arbitrary: some(socketOptions) },
  { weight: 8, arbitrary: some(backlogs).map((value) => `backlog=${value}`) },
  { weight: 4, arbitrary: some(plainOptions) },
);
const badOption = fc.oneof(some(badOptions), some(badBacklogs).map((value) => `backlog=${value}`));
/** On a unix socket only what belongs to no protocol above it: the kernel refuses SO_REUSEPORT there since 6.13. */
const sensible = (address: string, options: readonly string[]): string[] => (address.startsWith("unix:") ? options.filter((name) => name !== "reuseport") : [...options]);
const listen = fc.tuple(some(addresses), fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 4, arbitrary: fc.array(option, { minLength: 1, maxLength: 3 }) })).map(([address, options]) => [address, ...sensible(address, options)].join(" "));
const badListen = fc.oneof(
  some(badAddresses),
  fc.tuple(some(addresses), badOption, fc.array(option, { maxLength: 2 })).map(([address, bad, options]) => [address, bad, ...sensible(address, options)].join(" ")),
);
const servers = fc.array(fc.array(listen, { maxLength: 3 }), { minLength: 1, maxLength: 4 });
const withMistake = fc.tuple(servers, badListen).map(([blocks, bad]) => [...blocks.slice(1), [...(blocks[0] ?? []), bad]]);
const case_ = fc.tuple(fc.oneof({ weight: 4, arbitrary: servers }, { weight: 1, arbitrary: withMistake }), fc.integer({ min: 1, max: 3 }));

/** The same words for what we say as for what nginx does. */
function predict(text: string): RealRun {
  const service = serviceOf(text);
  const failures = service.startFailures;
  const testFailure = failures.find(({ passesConfigTest }) => !passesConfigTest)?.message;
  const startFailure = testFailure === undefined ? failures[0]?.message : undefined;
  const workers = service.settings.worker_processes.value;
  if (workers.kind !== "exact") throw new Error("the number of workers is written");
  const sockets = failures.length > 0 ? [] : service.listeners.flatMap((listener) => socketLines(listener, workers.value));
  return { testFailure, startFailure, sockets: sockets.sort() };
}

function socketLines(listener: Listener, workers: number): string[] {
  const address = listener.address.value;
  const requested = listener.backlog.requested.value;
  const reuseport = listener.queuePerWorker.value;
  if (!("value" in address) || !("value" in requested) || !("value" in reuseport)) throw new Error(`${listener.id} is not known`);
  const text = listener.id.slice(listener.id.indexOf("#") + 1).replace(/^\*:/, "0.0.0.0:");
  // The kernel compares without sign (linux: net/socket.c __sys_listen).
  const backlog = Math.min(requested.value >>> 0, somaxconn);
  return Array.from({ length: reuseport.value ? workers : 1 }, () => `${text} ${backlog}`);
}

/** nginx adds the place, and to some messages more, which is no part of ours. */
function shortened(real: RealRun, predicted: RealRun): RealRun {
  const cut = (text: string | undefined, to: string | undefined): string | undefined => (text !== undefined && to !== undefined && text.startsWith(to) ? to : text);
  return { ...real, testFailure: cut(real.testFailure, predicted.testFailure), startFailure: cut(real.startFailure, predicted.startFailure) };
}

const missing = namespacesMissing();
if (missing !== undefined && process.env["CI"] === undefined) {
  describe.skip(`NOT RUN (needs root for a private network namespace: ${missing}): listen directives against the real nginx`, () => {
    it("compares");
  });
} else {
  describeWith(["nginx", "ss"], "listen directives against the real nginx", () => {
    it("predicts whether it starts, with which words it does not, and every socket with its backlog", { timeout: 300_000 }, () => {
      const texts = fc.sample(case_, { seed, numRuns: 300 }).map(([blocks, workers]) => configuration(blocks, workers));
      const real = askNginx(texts);
      const wrong = texts.flatMap((text, index) => {
        const predicted = predict(text);
        const actual = real[index];
        if (actual === undefined) throw new Error("nginx was not asked");
        const seen = shortened(actual, predicted);
        return JSON.stringify(seen) === JSON.stringify(predicted) ? [] : [{ text, seen, predicted }];
      });
      expect(wrong.slice(0, 3)).toEqual([]);
      // The sample must have met all of it, or it would show nothing.
      expect(real.filter(({ sockets }) => sockets.length > 0).length).toBeGreaterThan(100);
      expect(real.filter(({ testFailure }) => testFailure !== undefined).length).toBeGreaterThan(100);
      expect(real.filter(({ startFailure }) => startFailure !== undefined).length).toBeGreaterThan(20);
    });
  });
}
