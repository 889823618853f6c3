import { asServer } from "./calls.ts";
import { superOf } from "./instances.ts";
import { declares } from "./instances.ts";
import { hasMember } from "./members.ts";
import { isNotServer } from "./modules.ts";
import { GLOBAL_OBJECTS } from "./receiver-frameworks.ts";
import type { Context, Thing } from "./thing.ts";
import type { Receiver } from "./types.ts";

const UNKNOWN: Receiver = { kind: "unknown" };
const OTHER: Receiver = { kind: "other" };

/** What the object is that `.listen` is read from. */
export function receiverOf(context: Context, it: Thing): Receiver {
  switch (it.kind) {
    case "server":
      return { kind: "server", framework: it.framework };
    case "instance":
      return instance(context, it);
    case "object":
      return hasMember(context, it, "listen") === true ? OTHER : UNKNOWN;
    case "class":
      return declares(context, { node: it.cls, isStatic: true }, "listen") ? OTHER : UNKNOWN;
    case "import": {
      if (isNotServer(it.imported)) return OTHER;
      return context.receiverOf?.(it.imported) ?? { kind: "unknown", imported: it.imported };
    }
    case "builtin":
      return GLOBAL_OBJECTS.has(it.path.split(".", 1)[0] ?? "") ? OTHER : UNKNOWN;
    case "value":
    case "enum":
    case "other":
      return OTHER;
    case "function":
    case "unknown":
      return UNKNOWN;
  }
}

function instance(context: Context, it: Extract<Thing, { kind: "instance" }>): Receiver {
  if (declares(context, it.owner, "listen")) return OTHER;
  const server = asServer(context, it);
  if (server !== undefined) return { kind: "server", framework: server.framework };
  const parent = superOf(context, it.owner);
  return parent === undefined ? UNKNOWN : context.bounded(UNKNOWN, () => receiverOf(context, parent));
}
