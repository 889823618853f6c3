import { openFiles, type NginxService } from "@audit-backlog/model";
import type { Context } from "../context.ts";
import { distinct } from "../merge.ts";
import { proveOpenFiles } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { related } from "../seat.ts";
import { onlyValue, placeOf, settingKey } from "../values.ts";
import { sentence, tryWhatIf } from "../what-if.ts";

/** Fewer open files than nginx has connections when nothing is set (nginx: src/event/ngx_event.c DEFAULT_CONNECTIONS). */
const warningBelow = 512;

export const nofileBelowConnections: Rule = {
  id: "nofile-below-connections",
  summary: "nginx may open fewer files than it counts connections",
  severities: ["warning", "note"],
  category: "chain",
  subsumes: [],
  docs: {
    why: "Every connection is an open file. With a limit (worker_rlimit_nofile, else the LimitNOFILE of its unit or the ulimits of its container) below worker_connections a worker runs out of descriptors first, stops accepting for half a second at a time, and cannot open files or upstream connections meanwhile.",
    fires: { file: "nginx.conf", language: "nginx", text: "worker_rlimit_nofile 1024;\nevents { worker_connections 4096; }" },
    quiet: { file: "nginx.conf", language: "nginx", text: "worker_rlimit_nofile 8192;\nevents { worker_connections 4096; }" },
  },
  check: (context) => context.deployment.services.flatMap((service) => (service.kind === "nginx" ? (judge(context, service) ?? []) : [])),
  proof: proveOpenFiles,
};

function judge(context: Context, service: NginxService): Draft | undefined {
  const { worker_connections: connections } = service.settings;
  const { name, limit: files } = openFiles(service) ?? {};
  const open = files === undefined ? undefined : onlyValue(files);
  const count = onlyValue(connections);
  if (name === undefined || files === undefined || open === undefined || count === undefined || open >= count) return undefined;
  const { assumptions } = context.options;
  const id = `${service.id}/${name}`;
  const limits = context.limits.find(({ settings }) => settings.some((setting) => setting.id === id));
  const effect = limits === undefined ? undefined : tryWhatIf({ limits }, id, 2 * count, assumptions);
  return {
    rule: "nofile-below-connections",
    severity: open < warningBelow ? "warning" : "note",
    certainty: { kind: "certain" },
    message: `A worker of ${service.name} counts on ${String(count)} connections and may open ${String(open)} files: it runs out of descriptors first.`,
    locations: distinct([
      { role: "primary", origin: files.origin, label: `${String(count - open)} fewer than worker_connections` },
      ...related(connections.origin, `worker_connections ${String(count)}`),
    ]),
    why: [`${name} ${String(open)} (${placeOf(files.origin)})`, `worker_connections ${String(count)} (${placeOf(connections.origin)})`, "a connection takes one descriptor, and a second one while it sends or buffers a file"],
    change: [
      `${name} ${String(2 * count)}: one socket and one file for each connection`,
      ...(name === "worker_rlimit_nofile" ? [] : [`or worker_rlimit_nofile ${String(2 * count)} in nginx's own configuration, which a master that runs as root may raise`]),
      ...(effect === undefined ? [] : [sentence(effect)]),
    ],
    leave: ["worker_connections: more of them without descriptors hold nobody"],
    matters: `Only when a worker gets close to ${String(open)} open files.`,
    whatIfs: effect === undefined ? [] : [effect],
    setting: settingKey(files.origin, id),
    service: service.id,
    ...(limits === undefined ? {} : { chain: limits.chain.id }),
    term: `${name} ${String(open)} is below worker_connections ${String(count)}`,
  };
}
