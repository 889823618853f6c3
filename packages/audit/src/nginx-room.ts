import type { ChainLimits, Expression, Limit, NginxService } from "@audit-backlog/model";
import type { Context } from "./context.ts";

/** nginx in one chain: the clients that its connections let it hold or hand on. */
export interface NginxRoom {
  readonly service: NginxService;
  readonly limits: ChainLimits;
  readonly index: number;
  readonly room: Limit;
}

/** Every chain in which an nginx of known worker_connections stands. Where it proxies, it is the room for proxied clients. */
export function nginxRooms(context: Context): readonly NginxRoom[] {
  return context.limits.flatMap((limits) =>
    limits.chain.hops.flatMap((hop, index): readonly NginxRoom[] => {
      const hopLimits = limits.hops[index];
      const service = hop.members.map((member) => context.services.get(member.service)).find((one) => one?.kind === "nginx");
      const seen = hop.members.some(({ listener }) => context.seatOf.has(listener));
      if (hopLimits === undefined || service?.kind !== "nginx" || service.fragment || !seen) return [];
      const room = hopLimits.room ?? hopLimits.acceptCapacity;
      return "unbounded" in room ? [] : [{ service, limits, index, room }];
    }),
  );
}

/** How a worker's connections become clients: `minus` are taken by listeners and the channel, a client takes `by`. */
export interface Share {
  readonly minus: number;
  readonly by: number;
}

/** The share that a setting has in a limit; undefined where it has none. Expressions of the model are a few levels deep. */
export function shareOf(expression: Expression, settingId: string): Share | undefined {
  switch (expression.kind) {
    case "share":
      return expression.of.kind === "setting" && expression.of.setting.id === settingId ? expression : undefined;
    case "sum":
    case "product":
    case "minimum":
      return expression.operands.map((operand) => shareOf(operand, settingId)).find((share) => share !== undefined);
    case "constant":
    case "setting":
    case "unknown":
      return undefined;
  }
}
