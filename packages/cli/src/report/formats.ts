import { concise } from "./concise.ts";
import { github } from "./github.ts";
import { json } from "./json.ts";
import { pretty } from "./pretty.ts";
import { sarif } from "./sarif.ts";
import type { Formatter } from "./shown.ts";

/** Every format of an audit. A new one is a file that exports a Formatter, a row here, and rows in test/formats.test.ts. */
export const formats = { pretty, concise, json, sarif, github } as const satisfies Readonly<Record<string, Formatter>>;

export type FormatName = keyof typeof formats;

export const formatNames = Object.keys(formats) as readonly FormatName[];
