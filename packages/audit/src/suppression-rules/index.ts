import type { SuppressionRule } from "../rule.ts";
import { expiredSuppression } from "./expired-suppression.ts";
import { malformedSuppression } from "./malformed-suppression.ts";
import { unknownSuppression } from "./unknown-suppression.ts";
import { unusedSuppression } from "./unused-suppression.ts";

/** What may be wrong with the comments that suppress findings, a file each in this folder, by id. */
export const suppressionRules: readonly SuppressionRule[] = [expiredSuppression, malformedSuppression, unknownSuppression, unusedSuppression];
