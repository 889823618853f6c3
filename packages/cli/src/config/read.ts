import type { Config, IgnoredFinding, ServiceNumbers, Stated } from "./config.ts";
import { parseConfig, type Node, type Problem } from "./node.ts";
import { NodeReader } from "./reader.ts";

/** The keys of a configuration, as config.schema.json lists them. */
const KEYS = ["$schema", "minimum", "burst", "services", "environments", "roots", "ignore", "ignores", "severity"] as const;
const SERVICE_KEYS = ["match", "burst", "arrivalRate", "serviceTime", "clientTimeout", "cpus", "somaxconn"] as const;
const IGNORE_KEYS = ["rule", "path", "reason", "until"] as const;

/** Reads the text of a configuration. With problems, all of them at once, it must not be used. */
export function readConfig(file: string, text: string): { readonly config: Config; readonly problems: readonly Problem[] } {
  const { node, problems } = parseConfig(file, text);
  const reader = new NodeReader(file);
  const config = node === undefined ? emptyConfig(file) : configOf(reader, node);
  const all = [...problems, ...reader.problems];
  return { config, problems: all.sort((a, b) => a.range.start.offset - b.range.start.offset) };
}

function emptyConfig(file: string): Config {
  return { file, services: [], environments: new Map(), roots: new Map(), ignore: [], ignores: [], severity: new Map() };
}

function configOf(reader: NodeReader, node: Node): Config {
  const found = reader.known(node, "a configuration", KEYS);
  if (found.$schema !== undefined) reader.text(found.$schema, "$schema", "a URL");
  const minimum = found.minimum && reader.count(found.minimum, "minimum", 1);
  const burst = found.burst && reader.count(found.burst, "burst", 1);
  return {
    ...emptyConfig(reader.file),
    ...(minimum === undefined ? {} : { minimum }),
    ...(burst === undefined ? {} : { burst }),
    ...(found.services && { services: reader.items(found.services, "services").flatMap((item) => serviceOf(reader, item) ?? []) }),
    ...(found.environments && { environments: environmentsOf(reader, found.environments) }),
    ...(found.roots && { roots: rootsOf(reader, found.roots) }),
    ...(found.ignore && { ignore: reader.paths(found.ignore, "ignore", "examples/**") }),
    ...(found.ignores && { ignores: reader.items(found.ignores, "ignores").flatMap((item) => ignoreOf(reader, item) ?? []) }),
    ...(found.severity && { severity: severitiesOf(reader, found.severity) }),
  };
}

function serviceOf(reader: NodeReader, node: Node): ServiceNumbers | undefined {
  const found = reader.known(node, "an entry of services", SERVICE_KEYS, ["match"]);
  const match = found.match && reader.text(found.match, "match", '"gunicorn shop.wsgi" or deploy/**');
  const numbers = Object.fromEntries(
    Object.entries({
      burst: found.burst && reader.count(found.burst, "burst", 1),
      arrivalRate: found.arrivalRate && reader.rate(found.arrivalRate, "arrivalRate"),
      serviceTime: found.serviceTime && reader.duration(found.serviceTime, "serviceTime"),
      clientTimeout: found.clientTimeout && reader.duration(found.clientTimeout, "clientTimeout"),
      cpus: found.cpus && reader.count(found.cpus, "cpus", 1),
      somaxconn: found.somaxconn && reader.count(found.somaxconn, "somaxconn", 0),
    }).filter(([, stated]) => stated !== undefined),
  );
  if (node.kind === "map" && node.entries.length === 1 && match !== undefined) reader.complain(node.range, `an entry of services needs a number beside match: ${SERVICE_KEYS.slice(1).join(", ")}`);
  return match === undefined ? undefined : { match, numbers };
}

function environmentsOf(reader: NodeReader, node: Node): Config["environments"] {
  return new Map(reader.entries(node, "environments").map(({ key, value }) => [key, reader.paths(value, `the environment ${JSON.stringify(key)}`, "deploy/production/**")]));
}

function rootsOf(reader: NodeReader, node: Node): Config["roots"] {
  const roots = new Map<string, Stated<string>>();
  for (const { key, keyRange, value } of reader.entries(node, "roots")) {
    if (!key.startsWith("/")) reader.complain(keyRange, `roots takes absolute paths such as /etc/nginx, not ${JSON.stringify(key)}`);
    const to = reader.path(value, "roots", "deploy/nginx");
    if (to !== undefined) roots.set(key.replace(/(.)\/+$/, "$1"), { ...to, value: to.value.replace(/^\.\//, "").replace(/\/+$/, "") });
  }
  return roots;
}

function ignoreOf(reader: NodeReader, node: Node): IgnoredFinding | undefined {
  const found = reader.known(node, "an entry of ignores", IGNORE_KEYS, ["rule", "path", "reason"]);
  const rule = found.rule && reader.text(found.rule, "rule", "small-backlog");
  const path = found.path && reader.path(found.path, "path", "deploy/canary/**");
  const reason = found.reason && reader.text(found.reason, "reason", '"the load balancer retries elsewhere"');
  const until = found.until && reader.day(found.until, "until");
  if (rule === undefined || path === undefined || reason === undefined) return undefined;
  return { rule, path, reason: reason.value, ...(until === undefined ? {} : { until }) };
}

function severitiesOf(reader: NodeReader, node: Node): Config["severity"] {
  const severities: Config["severity"] = new Map(
    reader.entries(node, "severity").flatMap(({ key, keyRange, value }) => {
      const level = reader.oneOf(value, "severity", ["error", "warning", "note", "off"]);
      // What matches no rule is reported at the rule's name.
      return level === undefined ? [] : [[key, { value: level.value, origin: reader.origin(keyRange) }] as const];
    }),
  );
  return severities;
}
