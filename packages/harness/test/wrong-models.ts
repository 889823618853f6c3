import { effectiveBacklog, predict, type HostLimits, type Outcome, type Scenario, type Server } from "@audit-backlog/model";

const unlimited = 2 ** 31 - 1;

/** The same scenario with other servers or limits. */
function changed(scenario: Scenario, server: (server: Server, host: HostLimits, hop: number) => Server, host: HostLimits = scenario.host): Scenario {
  const [first, ...rest] = scenario.hops.map((each, hop) => ({ servers: each.servers.map((one) => server(one, scenario.host, hop)) }));
  if (first === undefined) throw new Error("no hop");
  return { ...scenario, host, hops: [first, ...rest] };
}

const effective = (server: Server, host: HostLimits): number => effectiveBacklog(server.backlog, host.somaxconn);

/** Servers whose backlog is as given, whatever somaxconn says. */
function withBacklog(scenario: Scenario, backlog: (server: Server, host: HostLimits) => number): Scenario {
  return changed(scenario, (server, host) => ({ ...server, backlog: backlog(server, host) }), { ...scenario.host, somaxconn: unlimited });
}

/** Models that people believe in, each one mistake away from ours. */
export const wrongModels: Readonly<Record<string, (scenario: Scenario) => Outcome>> = {
  "a queue holds the backlog, not one more": (scenario) => predict(withBacklog(scenario, (server, host) => Math.max(0, effective(server, host) - 1))),
  "a queue holds two more than the backlog": (scenario) => predict(withBacklog(scenario, (server, host) => effective(server, host) + 1)),
  "the kernel does not clamp": (scenario) => predict(withBacklog(scenario, ({ backlog }) => (backlog < 0 ? unlimited : backlog))),
  "somaxconn does not hold for unix sockets": (scenario) =>
    predict(withBacklog(scenario, (server, host) => (server.family === "unix" && server.backlog >= 0 ? server.backlog : effective(server, host)))),
  "a negative backlog is none": (scenario) => predict(changed(scenario, (server) => ({ ...server, backlog: Math.max(0, server.backlog) }))),
  "the 1.5 of BSD": (scenario) => predict(withBacklog(scenario, (server, host) => Math.floor(effective(server, host) * 1.5))),
  "gthread accepts as many as it has threads": (scenario) =>
    predict(changed(scenario, (server) => (server.kind === "gunicorn" && server.workerClass === "gthread" ? { ...server, workerConnections: server.threads } : server))),
  "all classes accept one a worker": (scenario) => predict(changed(scenario, (server) => (server.kind === "gunicorn" ? { ...server, workerClass: "sync" } : server))),
  "sync workers accept worker_connections": (scenario) =>
    predict(changed(scenario, (server) => (server.kind === "gunicorn" && server.workerClass === "sync" ? { ...server, workerClass: "gevent" } : server))),
  "gevent serves any number at once": (scenario) =>
    predict(changed(scenario, (server) => (server.kind === "gunicorn" && server.workerClass === "gevent" ? { ...server, workerConnections: 1000 } : server))),
  "workers make no room": (scenario) => predict(changed(scenario, (server) => (server.kind === "gunicorn" ? { ...server, state: "stalled" } : server))),
  "stopped workers make room": (scenario) => predict(changed(scenario, (server) => (server.kind === "gunicorn" ? { ...server, state: "serving" } : server))),
  "a cluster's workers accept, not its primary": (scenario) =>
    predict(changed(scenario, (server) => (server.kind === "node" && server.mode === "round-robin" ? { ...server, mode: "shared" } : server))),
  "maxConnections leaves clients in the queue": (scenario) => {
    const outcome = predict(scenario);
    return scenario.hops[0].servers[0]?.kind === "node" ? { ...outcome, queued: outcome.closed, closed: 0 } : outcome;
  },
  "nginx out of connections leaves clients in the queue": (scenario) => {
    const outcome = predict(scenario);
    return scenario.hops[0].servers[0]?.kind === "nginx" ? { ...outcome, queued: outcome.closed, closed: 0 } : outcome;
  },
  "reuseport makes no more queues": (scenario) => predict(changed(scenario, (server) => (server.kind === "nginx" ? { ...server, reuseport: false } : server))),
  "a full unix socket drops silently": (scenario) => predict(changed(scenario, (server, _, hop) => (hop === 0 ? { ...server, family: "tcp" } : server))),
  "a full TCP upstream gives 502, a unix one 504": (scenario) => {
    const outcome = predict(scenario);
    return { ...outcome, badGateway: outcome.gatewayTimeout, gatewayTimeout: outcome.badGateway };
  },
  "nginx's workers need no channel to their master": (scenario) => predict(changed(scenario, (server) => (server.kind === "nginx" ? { ...server, workerConnections: server.workerConnections + 1 } : server))),
  "nginx keeps two more connections for itself": (scenario) => predict(changed(scenario, (server) => (server.kind === "nginx" ? { ...server, workerConnections: server.workerConnections - 2 } : server))),
  "maxConnections lets one more in": (scenario) =>
    predict(changed(scenario, (server) => (server.kind === "node" && server.maxConnections !== undefined ? { ...server, maxConnections: server.maxConnections + 1 } : server))),
  "maxConnections is one too many": (scenario) =>
    predict(changed(scenario, (server) => (server.kind === "node" && server.maxConnections !== undefined ? { ...server, maxConnections: server.maxConnections - 1 } : server))),
  "several servers behind a proxy hold what the first one holds": (scenario) => {
    const [first, ...rest] = scenario.hops.map(({ servers }) => ({ servers: servers.slice(0, 1) }));
    return first === undefined ? predict(scenario) : predict({ ...scenario, hops: [first, ...rest] });
  },
  "several servers share one place beyond their backlogs": (scenario) =>
    predict(changed(scenario, (server, host, hop) => (hop > 0 && (scenario.hops[hop]?.servers.length ?? 0) > 1 && effective(server, host) > 0 && scenario.hops[hop]?.servers[0] !== server ? { ...server, backlog: effective(server, host) - 1 } : server))),
  "connections are worked on as soon as they are accepted": (scenario) =>
    predict(changed(scenario, (server) => (server.kind === "gunicorn" && server.workerClass === "gthread" ? { ...server, threads: server.workerConnections } : server))),
  "each worker of a class has all of its connections": (scenario) =>
    predict(changed(scenario, (server) => (server.kind === "gunicorn" && server.workerClass !== "sync" ? { ...server, workers: 1 } : server))),
  "a round of requests more is answered in time": (scenario) =>
    predict(scenario.load.kind === "all at once" && scenario.load.patience !== undefined ? { ...scenario, load: { ...scenario.load, patience: scenario.load.patience + 0.5 } } : scenario),
  "a proxy's clients take one connection each": (scenario) =>
    predict(changed(scenario, (server, _, hop) => (scenario.hops.length > 1 && hop === 0 && server.kind === "nginx" ? { ...server, workerConnections: 2 * server.workerConnections } : server))),
};
