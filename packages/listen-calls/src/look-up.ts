import { FRAMEWORKS } from "./receiver-frameworks.ts";
import type { Exported, Imported, Step } from "./types.ts";

/**
 * What `imported` means in a module with these exports: usually one; several where only `export *` can have it, one for
 * each such module, to be looked up there; none where the module has no such export.
 */
export function lookUpExport(exports: ReadonlyMap<string, Exported>, imported: Imported): readonly Exported[] {
  const whole = exports.get("default");
  const { name, path } = imported;
  if (name === "*") {
    const [first, ...rest] = path;
    if (first !== undefined && (exports.has(first) || whole?.kind !== "object")) return lookUpExport(exports, { ...imported, name: first, path: rest });
    return whole === undefined ? [] : follow(whole, path, imported);
  }
  const own = exports.get(name);
  if (own !== undefined) return follow(own, path, imported);
  // `import { x }` of a CommonJS module reads the property of module.exports; `import x` of one without a default is the whole.
  if (name !== "default" && whole !== undefined) return follow(whole, [name, ...path], imported);
  if (name === "default" && whole === undefined && path.length > 0) return lookUpExport(exports, { ...imported, name: "*" });
  const stars: Exported[] = [];
  // `export *` leaves out the default export.
  if (name === "default") return stars;
  for (const [key, exported] of exports) {
    if (!key.startsWith("*") || exported.kind !== "value" || exported.resolved.value.kind !== "imported") continue;
    const { module } = exported.resolved.value;
    stars.push({ kind: "value", resolved: { ...exported.resolved, value: { ...imported, module } } });
  }
  return stars;
}

function follow(start: Exported, path: readonly string[], imported: Imported): readonly Exported[] {
  const steps: readonly Step[] = [...path.map((name) => ({ kind: "read", name }) as const), ...(imported.called === true ? [{ kind: "call" } as const] : []), ...(imported.then ?? [])];
  let at: Exported | undefined = start;
  for (const [index, step] of steps.entries()) {
    if (at?.kind === "value" && at.resolved.value.kind === "imported") {
      const value = onward(at.resolved.value, steps.slice(index));
      return value === undefined ? [] : [{ kind: "value", resolved: { ...at.resolved, value } }];
    }
    at = at && (step.kind === "read" ? memberOf(at, step.name) : resultOf(at));
  }
  return at === undefined ? [] : [at];
}

function memberOf(it: Exported, name: string): Exported | undefined {
  switch (it.kind) {
    case "object":
    case "class":
      return it.members.get(name);
    case "server": {
      const framework = FRAMEWORKS.get(it.framework)?.members.get(name);
      return framework === undefined ? undefined : { kind: "server", framework };
    }
    default:
      return undefined;
  }
}

function resultOf(it: Exported): Exported | undefined {
  switch (it.kind) {
    case "function":
      return it.returns;
    case "class":
      return it.instance;
    case "server":
      // `app.getHttpServer()`: the table of members holds methods by what they return.
      return it;
    default:
      return undefined;
  }
}

/** What steps from another module's value lead to, named from that module; undefined where nothing can name it. */
function onward(value: Imported, steps: readonly Step[]): Imported | undefined {
  if (value.called === true) {
    const before = value.then?.at(-1)?.kind ?? "call";
    return steps[0]?.kind === "call" && before === "call" ? undefined : { ...value, then: [...(value.then ?? []), ...steps] };
  }
  const call = steps.findIndex(({ kind }) => kind === "call");
  const reads = call === -1 ? steps : steps.slice(0, call);
  const path = [...value.path, ...reads.flatMap((step) => (step.kind === "read" ? [step.name] : []))];
  if (call === -1) return { ...value, path };
  const then = steps.slice(call + 1);
  return { ...value, path, called: true, ...(then.length > 0 ? { then } : {}) };
}
