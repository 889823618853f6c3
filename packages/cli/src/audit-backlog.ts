#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import { loadHarness } from "./load-harness.ts";
import { main } from "./main.ts";

/** The harness runs this very program for its children and threads: they play their part before anything else. */
const isChild = !isMainThread || process.env["AUDIT_BACKLOG_HARNESS"] !== undefined;
const played = isChild && (await (await import("@audit-backlog/harness")).reenter());

if (!played) await main(() => loadHarness(fileURLToPath(import.meta.url)));
