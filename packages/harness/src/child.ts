import { spawn } from "node:child_process";
import { wrap, type Namespace } from "./namespaces.ts";
import { roleVariable } from "./order.ts";

export interface ChildOptions {
  /** The program that the child runs. */
  readonly entry: string;
  readonly namespace: Namespace;
  /** Until the child is ended. */
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a child in a namespace of its own, gives it an order, and comes back with what it answers. Nothing that the child started
 * outlives it, nor this process. Rejects with the child's error, or when it ends without an answer.
 */
export async function askChild<Reply extends object>(role: string, order: object, { entry, namespace, seconds, signal }: ChildOptions): Promise<Reply> {
  signal?.throwIfAborted();
  const [command = "", ...args] = wrap(namespace, [process.execPath, entry]);
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, [roleVariable]: JSON.stringify({ role }), NODE_OPTIONS: "" },
  });
  let out = "";
  let log = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  child.stdin.on("error", () => undefined);
  // The pipe stays open: its end tells the child to take everything along, also when this process is killed.
  child.stdin.write(`${JSON.stringify(order)}\n`);
  let killing: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.stdin.end();
    killing ??= setTimeout(() => child.kill("SIGKILL"), 2000);
  };
  const timer = setTimeout(end, seconds * 1000);
  signal?.addEventListener("abort", end, { once: true });
  try {
    await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
  } finally {
    clearTimeout(timer);
    clearTimeout(killing);
    signal?.removeEventListener("abort", end);
  }
  signal?.throwIfAborted();
  const line = out.trim();
  if (line === "") throw new Error(`the ${role} ended without an answer, within ${seconds} s: ${log.trim().slice(-500)}`);
  const reply = JSON.parse(line) as Reply | { readonly error: string };
  if ("error" in reply) throw new Error(reply.error);
  return reply;
}

/**
 * The child's side: one line in, one line out. The end of the input means that nobody waits for the answer any more. Ends this
 * process, and as the first one of its namespace it takes everything else along.
 */
export async function answerParent(carry: (order: unknown, entry: string) => Promise<object>): Promise<void> {
  Reflect.deleteProperty(process.env, roleVariable);
  const entry = process.argv[1];
  if (entry === undefined) throw new Error("a harness child needs a program to re-enter");
  const order: unknown = JSON.parse(await readOrder());
  let reply: object;
  try {
    reply = await carry(order, entry);
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`, () => process.exit());
}

function readOrder(): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    process.stdin.setEncoding("utf8");
    process.stdin.on("data", (chunk: string) => {
      text += chunk;
      if (text.endsWith("\n")) resolve(text);
    });
    process.stdin.on("end", () => process.exit(1));
  });
}
