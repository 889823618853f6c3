import { bindingSettings, evaluate } from "./expression.ts";
import type { Assumptions, ChainLimits, Setting, WhatIf } from "./limit-types.ts";

/** The limits of a chain after changing one setting and nothing else. `assumptions` are those that `limits` were made with. */
export function whatIf(limits: ChainLimits, setting: Setting, to: number, assumptions: Assumptions): WhatIf {
  const change = new Map([[setting.id, to]]);
  const { sureAtOnce, spreadOut } = limits;
  return {
    setting,
    to,
    sureAtOnce: { before: sureAtOnce.value, after: evaluate(sureAtOnce.expression, assumptions, change) },
    spreadOut:
      "unbounded" in spreadOut ? spreadOut : { before: spreadOut.value, after: evaluate(spreadOut.expression, assumptions, change) },
    thenBinds: bindingSettings(sureAtOnce.expression, assumptions, change),
  };
}
