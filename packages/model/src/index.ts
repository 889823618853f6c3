export type * from "./provenance.ts";
export type * from "./deployment.ts";
export type * from "./limit-types.ts";
export { effectiveBacklog, queueCapacity, somaxconnDefault } from "./kernel.ts";
export { evaluateFormula, formulaText } from "./formula.ts";
export { assumed, defaulted, describeValue, dynamic, exact, intervalOf, possibilities } from "./value.ts";
export { bindingSettings, evaluate, settingsOf, type Overrides } from "./expression.ts";
