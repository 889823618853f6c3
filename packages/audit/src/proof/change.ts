import { effectiveBacklog, type Setting } from "@audit-backlog/model";
import { assumptionsFor } from "../context.ts";
import type { Finding } from "../finding.ts";
import { casesOf, settingKey } from "../values.ts";
import type { Change } from "./burst.ts";
import { worstOf } from "./numbers.ts";
import type { Place } from "./place.ts";

/** The setting that a finding is about, and what it is to become. */
export interface Remedy {
  readonly setting: Pick<Setting, "id" | "name">;
  readonly to: number;
}

/** The finding's own remedy; for one without, as much as was asked for. */
export function remedyIn(finding: Finding, { context, limits, listener }: Place): Remedy | undefined {
  const [whatIf] = finding.whatIfs;
  if (whatIf !== undefined) return { setting: whatIf.setting, to: whatIf.to };
  const { floor } = context.options;
  const assumptions = limits === undefined ? context.options.assumptions : assumptionsFor(context.options, limits.chain);
  const setting = limits?.settings.find((one) => settingKey(one.value.origin, one.id) === finding.setting);
  const to = Math.max(floor, assumptions.burst ?? 0);
  if (setting !== undefined) return { setting, to };
  return listener === undefined ? undefined : { setting: { id: `${listener.id}/backlog`, name: "backlog" }, to };
}

/** What a remedy of a backlog or of net.core.somaxconn changes, together with what has to follow it. */
export function changeBy({ setting, to }: Remedy, place: Place): Change {
  const { context, limits, hop, listener } = place;
  const { cpus } = context.options.assumptions;
  const after = new Map([[setting.id, to]]);
  const whole = limits?.settings.find(({ id }) => id === setting.id);
  // One line may give several sockets their number, and several sockets may be equally short.
  for (const other of limits?.settings ?? []) {
    const isSame = other.name === setting.name && whole !== undefined && settingKey(other.value.origin, other.id) === settingKey(whole.value.origin, whole.id);
    const binds = limits?.sureAtOnce.binding.some(({ id }) => id === other.id) === true && (other.name === "backlog" || other.name === "net.core.somaxconn");
    if (isSame || (binds && (worstOf(other.value, cpus) ?? to) < to)) after.set(other.id, to);
  }
  const before = new Map<string, number>();
  const ids = new Set(hop?.members.map((member) => member.listener) ?? []);
  if (listener !== undefined) ids.add(listener.id);
  for (const id of ids) {
    const one = context.seatOf.get(id)?.listener;
    const limit = one === undefined ? undefined : worstOf(one.somaxconn, cpus);
    const isRaised = after.has(`${id}/net.core.somaxconn`);
    if (one === undefined || limit === undefined || !isRaised) continue;
    const known = casesOf(one.backlog.requested, cpus).known.map(({ value }) => value);
    const cut = known.filter((value) => effectiveBacklog(value, limit) === limit).sort((a, b) => effectiveBacklog(a, to) - effectiveBacklog(b, to));
    const backlog = cut[0] ?? worstOf(one.backlog.requested, cpus);
    if (backlog === undefined) continue;
    before.set(`${id}/backlog`, backlog);
    if (!after.has(`${id}/backlog`)) after.set(`${id}/backlog`, backlog < 0 ? backlog : Math.max(backlog, to));
  }
  return { before, after };
}
