import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Our packages are tested from their sources, not from what was built last.
  ssr: { resolve: { conditions: ["@audit-backlog/source", "node", "import", "default"] } },
  test: {
    include: ["packages/*/test/**/*.test.ts"],
    // Two even on two cores: many tests wait for real servers, and need no core meanwhile.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Real servers start in some tests, on machines with two busy cores.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One repetition where nobody watches: what is wrong is wrong twice, a machine that stalled is not.
    retry: process.env.CI === undefined ? 0 : 1,
    reporters: ["default", "./packages/test-support/src/not-run-reporter.ts"],
  },
});
