import type { ReadTableOptions } from "../table/read.js";

/** How the text of a file is read: the options of `readTable` that are not of its columns. */
export type FileReading = Pick<ReadTableOptions, "encoding" | "delimiter" | "comment" | "badRows">;
