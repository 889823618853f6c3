import type { RuleCases } from "./case.ts";
import { ambiguousBacklog, defaultBacklog, ignoredBacklog, invalidBacklog } from "./others.ts";
import { smallBacklog } from "./small-backlog.ts";

export const allCases: readonly RuleCases[] = [ambiguousBacklog, defaultBacklog, ignoredBacklog, invalidBacklog, smallBacklog];
