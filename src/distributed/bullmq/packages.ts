import { BackendError } from "../../core/errors.js";

/** @throws BackendError that says what to install */
async function load<Module>(name: string, range: string, importing: () => Promise<Module>): Promise<Module> {
  try {
    return await importing();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new BackendError(
      `the engine on BullMQ needs the package ${name} (${range}): run \`npm install ${name}\` (${reason})`,
      { cause: error },
    );
  }
}

/** The packages that only the engine on BullMQ needs: they are imported when it is used. */
export const loadBullmq = (): Promise<typeof import("bullmq")> =>
  load("bullmq", "6 or later", () => import("bullmq"));
export const loadIoredis = (): Promise<Pick<typeof import("ioredis"), "Redis">> =>
  load("ioredis", "5 or later", () => import("ioredis"));
export const loadPg = (): Promise<typeof import("pg")> => load("pg", "8 or later", () => import("pg"));
