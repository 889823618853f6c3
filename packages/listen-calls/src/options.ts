import { hasMember, readMember } from "./members.ts";
import { nodeBacklog } from "./node-backlog.ts";
import { candidates, resolved } from "./resolved.ts";
import { isNullish, type Context, type Thing } from "./thing.ts";
import type { ListenCall } from "./types.ts";

type ObjectThing = Extract<Thing, { kind: "object" }>;

/** An options object, property by property. */
export interface Options {
  /** A property that is there, or may be there through a spread; what is `null` or `undefined` for certain counts as written for `backlog` only. */
  get(name: string): Thing | undefined;
  /** Whether a property is there for certain and not nullish. */
  has(name: string): boolean;
  /** Port, host, path and the flags, as a ListenCall has them. */
  common(context: Context): Partial<Pick<ListenCall, "port" | "host" | "path" | "exclusive" | "reusePort">>;
}

export function readOptions(context: Context, object: ObjectThing, hostProperty = "host"): Options {
  const get = (name: string): Thing | undefined => {
    const has = hasMember(context, object, name);
    if (has === false) return undefined;
    // What a spread may bring only matters where its absence would claim something.
    if (has === undefined && !["port", "backlog", hostProperty].includes(name)) return undefined;
    return readMember(context, object, name, object.node);
  };
  const set = (name: string): Thing | undefined => {
    const it = get(name);
    return it === undefined || isNullish(it) ? undefined : it;
  };
  return {
    get: (name) => (name === "backlog" ? get(name) : set(name)),
    has: (name) => hasMember(context, object, name) === true && set(name) !== undefined,
    common() {
      const found: Record<string, ReturnType<typeof resolved>> = {};
      for (const [as, name] of [["port", "port"], ["host", hostProperty], ["path", "path"], ["exclusive", "exclusive"], ["reusePort", "reusePort"]] as const) {
        const it = set(name);
        if (it !== undefined) found[as] = resolved(context, it);
      }
      return found;
    },
  };
}

/** Whether an option is what Node takes: anything but a value that is falsy for certain. */
export function decisive(option: Thing): boolean {
  if (option.kind !== "value" || option.value.kind !== "exact") return true;
  return candidates(option.value).some((value) => nodeBacklog(value, "option").reading !== "fallback");
}
