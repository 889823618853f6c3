#!/usr/bin/env node
import { answerParent } from "../child.ts";
import { describeEnvironment } from "../environment.ts";
import { applyLimits, bringLoopbackUp, makeDirectory } from "../network.ts";
import { roleVariable } from "../order.ts";
import { openGround, type Ground } from "./ground.ts";
import { laws } from "./laws.ts";
import type { LawOrder, Observation } from "./observe.ts";
import { countTurns, type TurnOrder } from "./turn-counter.ts";

type Role = { readonly role: "law" } | { readonly role: "turn-counter"; readonly order: TurnOrder };

/** Seconds for all that one trial does; a busy machine needs them. */
const patience = 40;

// The program of the children that try laws; apart from the harness's own, so that no bundle carries it.
const role = JSON.parse(process.env[roleVariable] ?? "null") as Role | null;
if (role?.role === "turn-counter") countTurns(role.order);
else if (role?.role === "law") await answerParent((order, entry) => carryOut(order as LawOrder, entry));

async function carryOut({ law, order, namespace }: LawOrder, entry: string): Promise<Observation<unknown>> {
  const isPrivate = namespace !== "host";
  if (isPrivate) bringLoopbackUp();
  const sysctls = applyLimits({ somaxconn: 4096 }, isPrivate);
  const directory = makeDirectory(isPrivate);
  const { ground, versions, end } = openGround({ directory: directory.path, entry, isPrivate, seconds: patience, firstPort: 8000 });
  try {
    const counts = await (laws[law] as (order: unknown, ground: Ground) => Promise<unknown>)(order, ground);
    const instead = isPrivate ? [] : ["in the host's own network namespace, with its limits"];
    return { counts, environment: describeEnvironment(namespace, sysctls, versions(), instead) };
  } finally {
    end();
    directory.remove();
  }
}
