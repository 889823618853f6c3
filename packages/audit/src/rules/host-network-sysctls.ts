import type { Surroundings, Sysctl } from "@audit-backlog/model";
import type { Context } from "../context.ts";
import { distinct } from "../merge.ts";
import { fromSource } from "../proof/proofs.ts";
import type { Draft, Rule } from "../rule.ts";
import { related } from "../seat.ts";
import { settingKey } from "../values.ts";

export const hostNetworkSysctls: Rule = {
  id: "host-network-sysctls",
  summary: "network sysctls of a container that shares the host's network: it does not start",
  severities: ["error", "note"],
  category: "start",
  subsumes: [],
  docs: {
    why: "A container on the host's network has no network namespace of its own to set sysctls in, and no runtime lets it change the host's: it refuses to start the container.",
    fires: { file: "compose.yml", language: "yaml", text: "services:\n  web:\n    image: nginx\n    network_mode: host\n    sysctls:\n      net.core.somaxconn: 4096" },
    quiet: { file: "compose.yml", language: "yaml", text: "services:\n  web:\n    image: nginx\n    network_mode: host" },
  },
  check: (context) => (context.deployment.surroundings ?? []).flatMap((place) => judge(context, place) ?? []),
  proof: () => fromSource("it takes a container runtime to try it out", "runc: libcontainer/configs/validate/validator.go sysctl; kubernetes: pkg/kubelet/sysctl/allowlist.go"),
};

function judge(context: Context, place: Surroundings): Draft | undefined {
  const { network, sysctls, name, kind } = place;
  const [first, ...more] = sysctls.filter((sysctl) => sysctl.name.startsWith("net."));
  if (first === undefined || !("value" in network.value) || network.value.value !== "host" || kind === "systemd") return undefined;
  const [service] = context.deployment.services.filter(({ runsIn }) => runsIn?.some(({ id }) => id === place.id));
  const certain = network.value.kind === "exact" && isWritten(first);
  const what = kind === "compose" ? "the container" : "the pod";
  return {
    rule: "host-network-sysctls",
    severity: certain ? "error" : "note",
    certainty: certain ? { kind: "certain" } : { kind: "conditional", on: `${name} sharing the host's network` },
    message: `${name} does not start: ${first.name} can't be set in ${what}, which shares the host's network.`,
    locations: distinct([
      { role: "primary", origin: first.value.origin, label: "no namespace to set it in" },
      ...more.flatMap(({ value }) => related(value.origin, "nor this one")),
      ...related(network.origin, "shares the host's network"),
    ]),
    why: ["a network sysctl belongs to a network namespace, and this one is the host's"],
    change: [`set ${first.name} on the host, in /etc/sysctl.d, where ${what} then sees it; or give ${what} a network of its own`],
    leave: [],
    matters: `Each time ${what} is to start.`,
    whatIfs: [],
    setting: settingKey(first.value.origin, `${place.id}/${first.name}`),
    service: service?.id ?? place.id,
    term: `${first.name} in ${name}, on the host's network`,
  };
}

function isWritten({ value }: Sysctl): boolean {
  return value.value.kind === "exact" || value.value.kind === "dynamic";
}
