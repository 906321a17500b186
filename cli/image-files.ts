import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { imageFiles, imageInfo } from "lanewise/node";
import { counted } from "./figures.js";
import { holdsIdx } from "./idx-folder.js";

/** Folders and files of images on the command line. */

/** Whether a path is that of a folder; - is standard input. */
export const isFolder = (path: string): boolean =>
  path !== "-" && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Whether this is a folder with images, at any depth, and no IDX files, which may stand beside pictures. */
export function isImageFolder(path: string): boolean {
  return isFolder(path) && !holdsIdx(readdirSync(path)) && imageFiles(path).length > 0;
}

/** Whether this is an image by its name, or a folder with some. */
export function holdsImages(path: string): boolean {
  return /\.(png|jpe?g)$/i.test(path) || isImageFolder(path);
}

/** The image files that paths of files and folders stand for, in their order. */
export function imagesAt(paths: readonly string[]): string[] {
  return paths.flatMap((path) =>
    isFolder(path) ? imageFiles(path).map((file) => join(path, file)) : [path],
  );
}

/** What the headers of images say. */
export interface Survey {
  /** The medians. */
  readonly height: number;
  readonly width: number;
  /** How many are gray, and how many have colours. */
  readonly gray: number;
  readonly coloured: number;
}

/** Reads the header of every file. Throws an Error that names the first that is no image. */
export function survey(paths: readonly string[]): Survey {
  const infos = paths.map((path) => imageInfo(path));
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];
  const gray = infos.filter(({ channels }) => channels === 1).length;
  return {
    height: median(infos.map(({ height }) => height)),
    width: median(infos.map(({ width }) => width)),
    gray,
    coloured: infos.length - gray,
  };
}

/** Says which images are converted to the channels of a model, if any. */
export function conversionNote({ gray, coloured }: Survey, channels: number): string | undefined {
  if (channels === 3 && gray > 0)
    return `${counted(gray, "gray image")} of ${gray + coloured} repeated as red, green and blue`;
  if (channels === 1 && coloured > 0)
    return `${counted(coloured, "image")} of ${gray + coloured} converted from colours to gray`;
  return undefined;
}
