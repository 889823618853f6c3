#!/usr/bin/env node
import { main } from "./main.ts";
import { UsageError } from "./option-values.ts";

// The build that commit hooks and CI run: it reads files and writes a report. No code that opens a socket is in it.
void main(() =>
  Promise.reject(
    new UsageError("this build for commit hooks holds no code that opens sockets, so it can't measure; build the whole program in a clone: npx -y pnpm@10 run build:all, then node packages/cli/dist/audit-backlog.js with the same arguments"),
  ),
);
