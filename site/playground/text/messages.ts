import type { Speed } from "../pacer.js";
import type { RateChange, TextRecipe } from "./recipe.js";
import type { Writing } from "./writer.js";

/** What the page looks at. */
export interface TextLook {
  /** The number of the passage that the model reads. */
  readonly passage: number;
  readonly writing: Writing;
}

/** Orders from the page to the worker. */
export type TextOrder =
  | {
      readonly kind: "start";
      readonly run: number;
      readonly recipe: TextRecipe;
      readonly text: string;
      readonly speed: Speed;
      readonly look: TextLook;
      /** Whether it is kept for a page that is loaded again. */
      readonly keeps: boolean;
      /** Resumes the run that was left, if its recipe is this one. */
      readonly resumes: boolean;
    }
  | { readonly kind: "open"; readonly folder: string }
  | { readonly kind: "speed"; readonly speed: Speed }
  | { readonly kind: "step" }
  /** The last snapshot has been drawn. */
  | { readonly kind: "drawn" }
  | { readonly kind: "look"; readonly look: TextLook }
  | { readonly kind: "rate"; readonly rate: number }
  /** Asks for the file of the model. */
  | { readonly kind: "save" };

/** A passage of the text as the model reads it. */
export interface Passage {
  readonly number: number;
  /** Whether it is from the held-out part. */
  readonly isHeldOut: boolean;
  /** Those that it reads, and the next one. */
  readonly characters: readonly string[];
  readonly tokens: Int32Array;
  /** After each character the probability of each next one, [characters, kinds]. */
  readonly shares: Float32Array;
  /** Of each block and head what a character looks at, [characters, characters]. */
  readonly heads: readonly (readonly Float32Array[])[];
  /** Of each recurrent layer the outputs, [units, characters]. */
  readonly units: readonly Float32Array[];
}

/** What the model writes, and behind what. */
export interface Written {
  readonly prompt: string;
  readonly text: string;
}

/** The state of a run. */
export interface TextSnapshot {
  readonly epoch: number;
  readonly batch: number;
  readonly samplesPerSecond: number | undefined;
  /** Bits a character of epochs since the last snapshot. */
  readonly losses: Float32Array;
  readonly testLoss: number | undefined;
  readonly passage: Passage;
  /** What it writes, where that is new. */
  readonly written: Written | undefined;
}

/** What does not change in a run. */
export interface TextStart {
  /** The characters, by their tokens. */
  readonly kinds: readonly string[];
  readonly learned: number;
  readonly heldOut: number;
  readonly parameters: number;
}

export type TextNotice =
  | { readonly kind: "ready"; readonly variant: string }
  | { readonly kind: "started"; readonly run: number; readonly start: TextStart }
  | { readonly kind: "resumed"; readonly run: number; readonly epoch: number }
  | { readonly kind: "snapshot"; readonly run: number; readonly snapshot: TextSnapshot }
  | { readonly kind: "changed"; readonly run: number; readonly change: RateChange }
  | {
      readonly kind: "rest";
      readonly run: number;
      readonly done: boolean;
      readonly hash: string | undefined;
      readonly seconds: number;
    }
  | { readonly kind: "saved"; readonly file: Uint8Array<ArrayBuffer> }
  | { readonly kind: "failed"; readonly run: number; readonly message: string };
