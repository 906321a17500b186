import { defineConfig } from "vitest/config";

/** What needs servers: redis-server and PostgreSQL, which each test starts for itself. */
export default defineConfig({
  test: {
    include: ["test/distributed/servers/*.test.ts"],
    pool: "forks",
    maxWorkers: "100%",
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
