export { claims, type Claim } from "./claims.ts";
export { measure, type MeasureOptions } from "./measure.ts";
export { probe, type Namespace, type Probed } from "./namespaces.ts";
export { measureProcedure } from "./procedures/run-procedure.ts";
export { randomScenario } from "./random-scenario.ts";
export { reenter } from "./reenter.ts";
