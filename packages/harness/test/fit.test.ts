import { describe, expect, it } from "vitest";
import { fit } from "../src/fit.ts";
import { atOnce, bare, gunicorn, nginx, scenario } from "./scenarios.ts";

describe("a scenario", () => {
  const chain = scenario([nginx({ backlog: 511 }), gunicorn({ backlog: 5 })], atOnce(9), { somaxconn: 128, tcp_syncookies: 1 });

  it("stays as it is where its limits are in force", () => {
    expect(fit(chain, { "net.core.somaxconn": "128", "net.ipv4.tcp_syncookies": "1" }, true)).toEqual({ scenario: chain, instead: [] });
  });

  it.each([
    ["a host with a larger somaxconn", { "net.core.somaxconn": "4096", "net.ipv4.tcp_syncookies": "1" }, "somaxconn is 4096 here"],
    ["a user namespace that does not show it", { "net.ipv4.tcp_syncookies": "1" }, "somaxconn is not to be seen here"],
  ])("in %s listens with what somaxconn would leave of each backlog", (_, sysctls, said) => {
    const { scenario: fitted, instead } = fit(chain, sysctls, true);
    expect(fitted.hops.map(({ servers }) => servers.map(({ backlog }) => backlog))).toEqual([[128], [5]]);
    expect(instead).toEqual([expect.stringContaining(said)]);
  });

  it("names every other limit that is not as it should be", () => {
    const { instead } = fit(chain, { "net.core.somaxconn": "128", "net.ipv4.tcp_syncookies": "0" }, true);
    expect(instead).toEqual(["tcp_syncookies is 0 here, not 1"]);
  });

  it("is refused where somaxconn is too small, also for a negative backlog", () => {
    const large = scenario(bare("tcp", -1), atOnce(9), { somaxconn: 5000 });
    expect(() => fit(large, { "net.core.somaxconn": "4096" }, true)).toThrow("net.core.somaxconn is 4096 here and can't be raised to 5000");
    expect(() => fit(large, {}, true)).toThrow("4096");
  });
});
