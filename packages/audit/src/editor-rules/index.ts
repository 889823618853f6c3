import type { EditorRule } from "../rule.ts";
import { ambiguousBacklog } from "./ambiguous-backlog.ts";
import { defaultBacklog } from "./default-backlog.ts";

/** Rules that only the editor checks, a file each in this folder, by id: matters of style, which no deployment suffers from. */
export const editorRules: readonly EditorRule[] = [ambiguousBacklog, defaultBacklog];
