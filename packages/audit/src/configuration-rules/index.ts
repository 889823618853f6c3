import type { ConfigurationRule } from "../rule.ts";
import { configUnused } from "./config-unused.ts";

/** What may be wrong with a configuration that can be read, a file each in this folder, by id. */
export const configurationRules: readonly ConfigurationRule[] = [configUnused];
