import { isImageFolder } from "./image-files.js";
import { isIdxFolder } from "./labelled-images.js";
import { isProse } from "./text-file.js";

/** What a network learns from. */
export type DataKind = "table" | "images" | "text" | "series";

/** In a sentence: what an option is for, and what a file or folder is. */
export const kindNames: Readonly<Record<DataKind, readonly [forWhat: string, what: string]>> = {
  table: ["tables", "a table"],
  images: ["folders of images", "a folder of images"],
  text: ["text", "text"],
  series: ["time series (--forecast)", "a time series"],
};

/** What is asked for where a file could be several things. */
export interface AskedKind {
  readonly forecast?: unknown;
  readonly tokens?: unknown;
  readonly target?: unknown;
}

/** What the data of `lanewise train` are: by the options that only one kind has, or else by what is there. */
export function dataKind(path: string, { forecast, tokens, target }: AskedKind): DataKind {
  if (isImageFolder(path) || isIdxFolder(path)) return "images";
  if (forecast !== undefined) return "series";
  if (tokens !== undefined) return "text";
  return target === undefined && isProse(path) ? "text" : "table";
}
