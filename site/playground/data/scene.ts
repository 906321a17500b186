import type { Recipe } from "../recipe.js";

/** Samples that a network learns, or is tested on: a row each. */
export interface Samples {
  readonly rows: number;
  /** [rows, inputs of the network] */
  readonly x: Float32Array;
  /** [rows, outputs of the network]: numbers, or classes of which one is 1 */
  readonly y: Float32Array;
}

export interface TaskData {
  readonly training: Samples;
  readonly test: Samples;
}

/** What the outputs are: one logit of two classes, one logit for each class, or values. */
export type OutputKind = "binary" | "classes" | "values";

/** The most layers of a network, and the most units, or filters, of each. */
export interface Limits {
  readonly layers: number;
  readonly units: number;
}

/**
 * A kind of task: what its data are, how a link has them, and what the network sees. It knows nothing of the
 * page. `Data` is its own part of a recipe.
 */
export interface Scene<Data = unknown> {
  readonly title: string;
  /** The recipe that the page opens with. */
  readonly defaults: Omit<Recipe, "data" | "scene"> & { readonly data: Data };
  /** The features that the network may be given. */
  readonly features: readonly string[];
  readonly limits: Limits;
  /** The image that all features form, and how much may convolve it. Without it there is no convolution. */
  readonly image?: { readonly side: number; readonly limits: Limits };
  /** What the inputs are, such as "x and y, from -1 to 1". */
  takes(inputs: readonly string[]): string;
  /** In a link, without characters that a link would have to escape. */
  encode(data: Data): string;
  /** @throws Refusal with a sentence */
  decode(text: string): Data;
  /** Such as "400 points of a spiral". */
  inWords(data: Data): string;
  outputs(data: Data): { readonly kind: OutputKind; readonly count: number };
  samples(recipe: Recipe): TaskData;
  /** Inputs of the network on a grid with `side` rows and columns, from the lower left, for its maps. */
  grid(recipe: Recipe, side: number): Float32Array;
  /** Whether a map is a picture of side x side values, or a curve of side values, or cannot be drawn. */
  readonly map: "picture" | "curve" | "none";
  /** The names of the classes. Default: numbers from 1. */
  readonly labels?: readonly string[];
  /** Gets what the samples are made of, where that is a file of its own: once, before the first run. */
  readonly load?: () => Promise<void>;
}

/** Why a text is no part of a recipe, as a sentence. */
export class Refusal extends Error {}

/** A decimal number within bounds. @throws Refusal */
export function numberIn(what: string, text: string, least: number, most: number, whole = false): number {
  const value = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value)))
    throw new Refusal(
      `${what} must be a ${whole ? "whole " : ""}number from ${least} to ${most}, not "${shown(text)}".`,
    );
  return value;
}

/** One of some words. @throws Refusal */
export function wordIn<Word extends string>(what: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found === undefined)
    throw new Refusal(`${what} must be one of ${words.join(", ")}, not "${shown(text)}".`);
  return found;
}

/** A text of somebody else, at a length that fits a sentence. */
export const shown = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
