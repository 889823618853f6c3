import { spawnSync } from "node:child_process";

/** SYN, SYN-ACK and ACK with their link headers. */
const handshakeBytes = 214;
/** Seconds for all of them: well within the second after which SYNs are repeated, and longer than sending them takes. */
const handshakesTake = 0.4;

/**
 * Lets SYN-ACKs queue behind SYNs on the loopback interface, as a real round-trip time does: a token bucket filter with small
 * segments. Throws where there is no tc, or no such filter in the kernel.
 */
export function slowDownLoopback(clients: number): void {
  const rate = Math.ceil((clients * handshakeBytes * 8) / handshakesTake);
  const commands = [
    ["ip", "link", "set", "lo", "mtu", "1500"],
    ["tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", `${rate}bit`, "burst", "1600", "limit", "10mb"],
  ] as const;
  for (const [command, ...args] of commands) {
    const run = spawnSync(command, args, { encoding: "utf8", timeout: 10_000 });
    if (run.status !== 0) throw new Error(`a round-trip time can't be had here: ${run.error?.message ?? run.stderr.trim()}`);
  }
}
