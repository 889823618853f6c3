import type { Service, Sysctl } from "@audit-backlog/model";
import type { Context } from "../context.ts";
import { fromSource } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { onlyValue, placeOf, settingKey } from "../values.ts";

const sysctlName = "net.ipv4.tcp_abort_on_overflow";

export const abortOnOverflow: Rule = {
  id: "abort-on-overflow",
  summary: "tcp_abort_on_overflow turns a delay into a reset",
  severities: ["note"],
  category: "listener",
  subsumes: [],
  docs: {
    why: "With tcp_abort_on_overflow the kernel resets a client whose handshake ends on a full queue. Without it the client repeats its last packet and gets in as soon as there is room. It helps where somebody in front retries elsewhere at once, and to make an overflow visible; for everybody else it turns a short wait into an error. A SYN that finds the queue full is dropped either way.",
    fires: { file: "etc/sysctl.d/60-tcp.conf", language: "ini", text: "net.ipv4.tcp_abort_on_overflow = 1" },
    quiet: { file: "etc/sysctl.d/60-tcp.conf", language: "ini", text: "net.ipv4.tcp_abort_on_overflow = 0" },
  },
  check: (context) => all(context).flatMap(({ sysctl, where, service }) => judge(sysctl, where, service) ?? []),
  proof: () => fromSource("it takes a round-trip time between client and server, and a handshake that begins while there is room", "linux: net/ipv4/tcp_minisocks.c tcp_check_req"),
};

interface Found {
  readonly sysctl: Sysctl;
  readonly where: string;
  readonly service: string;
}

/** Of hosts and containers; only where there is a server that it can reach. */
function all({ deployment }: Context): readonly Found[] {
  const ofPlaces = (deployment.surroundings ?? []).flatMap((place) => {
    const service = deployment.services.find(({ runsIn }) => runsIn?.some(({ id }) => id === place.id));
    return service === undefined ? [] : place.sysctls.map((sysctl) => ({ sysctl, where: place.name, service: service.id }));
  });
  const ofHosts = (deployment.hostSysctls ?? []).flatMap((sysctl) => {
    const service = deployment.services.find((one) => reaches(sysctl, one));
    return service === undefined ? [] : [{ sysctl, where: "the host", service: service.id }];
  });
  return [...ofPlaces, ...ofHosts].filter(({ sysctl }) => sysctl.name === sysctlName);
}

/** Not into a network namespace of a container's own, and not into another environment. */
function reaches({ environment }: Sysctl, { runsIn, environments }: Service): boolean {
  if (environment !== undefined && environments !== undefined && !environments.includes(environment)) return false;
  return runsIn === undefined || runsIn.length === 0 || runsIn.some(({ network: { value } }) => !("value" in value) || value.value === "host");
}

function judge({ value }: Sysctl, where: string, service: string): Draft | undefined {
  const set = onlyValue(value);
  if (set === undefined || set === 0) return undefined;
  return {
    rule: "abort-on-overflow",
    severity: "note",
    certainty: { kind: "certain" },
    message: `${sysctlName} ${String(set)} on ${where}: a client whose handshake ends on a full queue is reset instead of let in a moment later.`,
    locations: [{ role: "primary", origin: value.origin, label: "resets whom it could let wait" }],
    why: [`${sysctlName} ${String(set)} (${placeOf(value.origin)})`],
    change: ["0, the kernel's default, unless somebody in front retries elsewhere at once"],
    leave: ["it makes no queue longer: what binds stays what binds"],
    matters: "Only while a queue is full, and only for clients whose handshake began before.",
    whatIfs: [],
    setting: settingKey(value.origin, sysctlName),
    service,
    term: `${sysctlName} ${String(set)}`,
  };
}
