import { effectiveBacklog, somaxconnDefault, type Scenario, type Server } from "@audit-backlog/model";

/**
 * The scenario as this machine can carry it out, and what is different about it. Where somaxconn can't be set, servers listen
 * with what it would have left of their backlog. Before Linux 6.3 or so a user namespace does not show it; it is the
 * kernel's default then. Throws where the machine's somaxconn is too small for that.
 */
export function fit(scenario: Scenario, sysctls: Readonly<Record<string, string>>, isPrivate: boolean): { readonly scenario: Scenario; readonly instead: readonly string[] } {
  const instead: string[] = [];
  if (!isPrivate) instead.push("in the host's own network namespace, with its limits");
  for (const [name, wanted] of Object.entries(scenario.host)) {
    const key = Object.keys(sysctls).find((sysctl) => sysctl.endsWith(`.${name}`));
    if (key !== undefined && sysctls[key] === String(wanted)) continue;
    instead.push(`${name} is ${key === undefined ? "not to be seen" : String(sysctls[key])} here, not ${wanted}${name === "somaxconn" ? ": servers listen with the smaller of it and their backlog" : ""}`);
  }
  const somaxconn = Number(sysctls["net.core.somaxconn"] ?? somaxconnDefault.current);
  if (somaxconn === scenario.host.somaxconn) return { scenario, instead };
  const clamp = <S extends Server>(server: S): S => ({ ...server, backlog: effectiveBacklog(server.backlog, scenario.host.somaxconn) });
  const [first, ...rest] = scenario.hops.map((hop) => ({ servers: hop.servers.map(clamp) }));
  if (first === undefined) throw new RangeError("a scenario has a hop");
  if ([first, ...rest].some(({ servers }) => servers.some(({ backlog }) => !(backlog <= somaxconn)))) {
    throw new Error(`net.core.somaxconn is ${somaxconn} here and can't be raised to ${scenario.host.somaxconn}${isPrivate ? "" : " without a network namespace of its own: state what this machine has, or run it as root"}`);
  }
  return { scenario: { ...scenario, hops: [first, ...rest] }, instead };
}
