import type { ListenCall, Literal, Resolved } from "@audit-backlog/listen-calls";

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i;
const HOST = /^(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*:[\da-f:]*|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})$/i;

function exact(argument: Resolved<Literal> | undefined): Literal {
  return argument?.value.kind === "exact" ? argument.value.value : undefined;
}

/** Port 0 or none, on a loopback address that is written out. */
export function isEphemeralLoopback({ form, port, host }: ListenCall): boolean {
  const address = exact(host);
  if (typeof address !== "string" || !LOOPBACK.test(address)) return false;
  if (port === undefined) return form === "options" || form === "constructor-options";
  const number = exact(port);
  return number !== undefined && number !== "" && Number(number) === 0;
}

/** A port on an address that other machines reach, for all that is known. fastify listens on localhost unless told otherwise. */
export function isPublic({ form, port, path, host, receiver }: ListenCall): boolean {
  if (form !== "port" && form !== "options" && form !== "constructor-options") return false;
  if (path !== undefined || (form === "options" && port === undefined)) return false;
  if (host === undefined) return !(receiver.kind === "server" && receiver.framework === "fastify");
  const address = exact(host);
  return typeof address === "string" && !LOOPBACK.test(address);
}

/** A "path" that is the name or address of a machine. */
export function looksLikeHost(path: Resolved<Literal> | undefined): boolean {
  const text = exact(path);
  return typeof text === "string" && HOST.test(text);
}
