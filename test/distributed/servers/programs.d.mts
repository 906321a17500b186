import type { Program } from "lanewise/distributed";

export const programs: readonly Program[];
