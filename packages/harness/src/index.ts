export { measure, type MeasureOptions } from "./measure.ts";
export { probe, type Namespace, type Probed } from "./namespaces.ts";
export { reenter } from "./reenter.ts";
