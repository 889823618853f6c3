import type { TSESTree } from "@typescript-eslint/types";
import type { Call } from "./module-index.ts";
import { CONSTRUCTOR_LISTENERS } from "./receiver-frameworks.ts";
import { isFunction, memberName, unwrap } from "./tree.ts";

/** Modules with functions or constructors that listen by themselves. */
const LISTENING_MODULES = [...new Set(CONSTRUCTOR_LISTENERS.map(({ module }) => module))];

/** Whether a source names one of those modules. */
export function namesListeningModule(text: string): boolean {
  // The bare name first: a quick no for nearly every source.
  return LISTENING_MODULES.some((module) => text.includes(module) && (text.includes(`"${module}"`) || text.includes(`'${module}'`) || text.includes(`\`${module}\``)));
}

/** Whether a source may hold a call that `findListenCalls` finds: a cheap question to ask before anything is analysed. */
export function mayListen(text: string): boolean {
  return namesListen(text) || namesListeningModule(text);
}

function namesListen(text: string): boolean {
  return text.includes("listen") && /\blisten\b/.test(text);
}

/** Whether a source may hold a call that `findBacklogCalls` finds; cheaper still. */
export function mayPassBacklog(text: string): boolean {
  return namesListen(text) || (namesBacklog(text) && namesListeningModule(text));
}

/** Without the word no object has such a property. Few words have these letters, and engines find a rare first letter fastest. */
export function namesBacklog(text: string): boolean {
  return text.includes("klog") && text.includes("backlog");
}

/** Whether a call is one of a method named `listen`. */
export function isListen(node: Call): node is TSESTree.CallExpression {
  return node.type === "CallExpression" && listenMember(node.callee) !== undefined;
}

/** Whether a call of `listen` has an argument that, as it is written, may be a backlog or an object with one in it. */
export function hasRoomForBacklog(node: TSESTree.CallExpression, withBacklogNamed: boolean): boolean {
  const [first, ...rest] = passedOn(node) ?? [];
  if (first === undefined) return false;
  return (withBacklogNamed && first.type !== "Literal") || rest.slice(0, 2).some((argument) => !isFunction(argument));
}

/** The arguments that reach `listen`: `listen.call(server, 80)` passes on all but the first, `listen.apply(server, list)` what nobody sees. */
export function passedOn(node: TSESTree.CallExpression): readonly TSESTree.CallExpressionArgument[] | undefined {
  const callee = unwrap(node.callee);
  const name = callee.type === "MemberExpression" ? memberName(callee) : undefined;
  return name === "apply" ? undefined : name === "call" ? node.arguments.slice(1) : node.arguments;
}

/** The `server.listen` that a callee comes to: itself, or behind `promisify()`, `bind(server)`, `call` and `apply`. */
export function listenMember(callee: TSESTree.Node): TSESTree.MemberExpression | undefined {
  let node = unwrap(callee);
  for (let layers = 0; layers < MAX_LAYERS; layers++) {
    if (node.type === "MemberExpression") {
      const name = memberName(node);
      if (name === "listen") return node;
      if (layers > 0 || (name !== "call" && name !== "apply")) return undefined;
      node = unwrap(node.object);
      if (node.type !== "MemberExpression") return undefined;
      continue;
    }
    if (node.type !== "CallExpression" || node.arguments.length !== 1) return undefined;
    const wrapper = unwrap(node.callee);
    const name = wrapper.type === "Identifier" ? wrapper.name : wrapper.type === "MemberExpression" ? memberName(wrapper) : undefined;
    const [argument] = node.arguments;
    if (name === "bind" && wrapper.type === "MemberExpression") node = unwrap(wrapper.object);
    else if (name === "promisify" && argument !== undefined) node = unwrap(argument);
    else return undefined;
  }
  return undefined;
}

const MAX_LAYERS = 4;
