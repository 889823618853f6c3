import { effectiveBacklog, type Sourced, type Surroundings } from "@audit-backlog/model";
import { isRoundRobin, type Context, type Seat } from "../context.ts";
import { distinct } from "../merge.ts";
import { proveByBurst } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { demandOn, floorFor, listenLocation, longestFor, related, somaxconnId } from "../seat.ts";
import { casesOf, isStated, onlyValue, placeOf, settingKey } from "../values.ts";
import { bestEffect } from "../what-if.ts";

export const containerSomaxconnNotInherited: Rule = {
  id: "container-somaxconn-not-inherited",
  summary: "a somaxconn that is set on the host, for a server in a container that does not see it",
  severities: ["note"],
  category: "listener",
  subsumes: ["backlog-clamped", "target-not-met"],
  docs: {
    why: "net.core.somaxconn belongs to a network namespace, and a new one begins with the kernel's default, whatever its host was set to. The host's sysctl.conf says 65535, the container listens under 4096, or 128 before Linux 5.4, and nobody says a word.",
    fires: { file: "etc/sysctl.d/60-queue.conf", language: "ini", text: "# gunicorn --backlog 16384 runs in a container without sysctls of its own\nnet.core.somaxconn = 65535" },
    quiet: { file: "compose.yml", language: "yaml", text: "services:\n  web:\n    command: gunicorn --backlog 16384 shop.wsgi\n    sysctls:\n      net.core.somaxconn: 16384" },
  },
  check: (context) => context.seats.flatMap((seat) => judge(context, seat) ?? []),
  proof: proveByBurst,
};

function judge(context: Context, seat: Seat): Draft | undefined {
  const { listener, service } = seat;
  const place = container(seat);
  if (place === undefined || isStated(listener.somaxconn) || isRoundRobin(service)) return undefined;
  const inside = onlyValue(listener.somaxconn);
  const host = hostValue(context, place);
  const { known } = casesOf(listener.backlog.requested, context.options.assumptions.cpus);
  const asked = known.map(({ value }) => (value < 0 ? Infinity : value)).sort((a, b) => b - a)[0];
  if (inside === undefined || host === undefined || asked === undefined) return undefined;
  const [effective, meant] = [effectiveBacklog(Math.min(asked, 2 ** 31 - 1), inside), Math.min(asked, host.value)];
  const { burst } = demandOn(context, seat, somaxconnId(seat));
  // It matters only where what is left is less than anybody asks for.
  if (effective >= meant || (effective >= floorFor(context, seat) && (burst === undefined || burst <= effective + 1))) return undefined;
  // No longer than anybody waits for an answer.
  const to = Math.min(meant, longestFor(context, seat));
  const best = bestEffect(seat.steps, somaxconnId(seat), to, context.options.assumptions);
  const where = placeOf(host.sourced.origin);
  return {
    rule: "container-somaxconn-not-inherited",
    severity: "note",
    certainty: { kind: "conditional", on: `net.core.somaxconn being ${String(inside)} in ${place.name}` },
    message: `net.core.somaxconn ${String(host.value)} (${where}) does not reach ${place.name}: it has a network namespace of its own, where the backlog is ${String(effective)}, not ${String(to)}.`,
    locations: distinct([
      { role: "primary", origin: place.origin, label: "has a network namespace of its own" },
      ...related(host.sourced.origin, "is the host's, and stays there"),
      ...related(listener.backlog.requested.origin, "asks for this many"),
      ...listenLocation(seat),
    ]),
    why: [`net.core.somaxconn of a new network namespace: ${String(inside)} (${placeOf(listener.somaxconn.origin)})`, `set on the host: ${String(host.value)} (${where})`],
    change: [remedyFor(place, to), ...(best?.lines ?? [])],
    leave: ["the host's sysctls: they change nothing in a container, at whatever value"],
    matters: burst === undefined ? `From ${String(effective + 2)} simultaneous clients on.` : `${String(burst)} clients at the same moment are stated; ${String(effective + 1)} find room.`,
    whatIfs: best === undefined ? [] : [best.effect],
    setting: settingKey(listener.somaxconn.origin, somaxconnId(seat)),
    service: service.id,
    listener: listener.id,
    ...(best === undefined ? {} : { chain: best.step.limits.chain.id }),
    term: `the host's net.core.somaxconn (${where}) does not reach ${place.name}`,
  };
}

/** The one container that it surely runs in, where that has a network of its own and sets nothing. */
function container({ service }: Seat): Surroundings | undefined {
  const [only, ...others] = service.runsIn ?? [];
  if (only === undefined || others.length > 0 || only.kind === "systemd") return undefined;
  const { value } = only.network;
  return "value" in value && value.value === "own" && !only.sysctls.some(({ name }) => name === "net.core.somaxconn") ? only : undefined;
}

/** The largest that the files of its machines set. */
function hostValue({ deployment }: Context, { environment }: Surroundings): { readonly value: number; readonly sourced: Sourced<number> } | undefined {
  const found = (deployment.hostSysctls ?? []).flatMap(({ name, value, environment: own }) => {
    const number = onlyValue(value);
    const elsewhere = own !== undefined && environment !== undefined && own !== environment;
    return name !== "net.core.somaxconn" || number === undefined || elsewhere ? [] : [{ value: number, sourced: value }];
  });
  return found.sort((a, b) => b.value - a.value)[0];
}

function remedyFor({ kind, name }: Surroundings, to: number): string {
  if (kind === "compose") return `sysctls: { net.core.somaxconn: ${String(to)} } on the service ${name}`;
  return `securityContext.sysctls of the pod, with net.core.somaxconn ${String(to)}; the kubelet refuses it unless its allowedUnsafeSysctls names net.core.somaxconn`;
}
