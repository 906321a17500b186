import { purposes, RandomStream } from "../../core/random.js";
import { canonical, type Json } from "../canonical.js";
import type { CheckedTraining } from "./check.js";
import { combination, combinations, drawn, isObject } from "./search.js";
import { PARTS, type Parts, type Strategy } from "./spec.js";

/** A combination of values that is tried. */
export interface Trial {
  readonly parts: Parts;
  /** The values that are searched for, by their paths in the spec. */
  readonly parameters: { readonly [path: string]: Json };
}

/** Draws for each trial that is new; where there are few combinations, the draws repeat themselves. */
const DRAWS = 20;

/** The trials of a spec, all different. */
export function trialsOf(spec: CheckedTraining, strategy: Strategy): Trial[] {
  if (strategy === "grid") return gridOf(spec);
  const count = "random" in strategy ? strategy.random : strategy.halving.trials;
  const seen = new Set<string>();
  const trials: Trial[] = [];
  for (let draw = 0; draw < count * DRAWS && trials.length < count; draw++) {
    const stream = new RandomStream(spec.seed, purposes.tuning, draw);
    let i = 0;
    const trial = trialOf((part, see) => drawn(spec[part], () => stream.uniform(i++), part, see));
    const text = canonical(trial.parts as Json);
    if (seen.has(text)) continue;
    seen.add(text);
    trials.push(trial);
  }
  return trials;
}

function gridOf(spec: CheckedTraining): Trial[] {
  const counts = PARTS.map((part) => combinations("", spec[part], part));
  const count = counts.reduce((product, each) => product * each, 1);
  return Array.from({ length: count }, (_, index) => {
    // The last part changes first.
    const digits = new Map<string, number>();
    let left = index;
    for (let i = PARTS.length - 1; i >= 0; i--) {
      digits.set(PARTS[i], left % counts[i]);
      left = Math.floor(left / counts[i]);
    }
    return trialOf((part, see) => combination(spec[part], digits.get(part) as number, part, see));
  });
}

type Choose = (part: (typeof PARTS)[number], see: (path: string, value: Json) => void) => Json;

function trialOf(choose: Choose): Trial {
  const parameters: Record<string, Json> = {};
  const parts: Record<string, Json> = {};
  for (const part of PARTS)
    parts[part] = choose(part, (path, value) => {
      parameters[path] = value;
    });
  return { parts, parameters };
}

/** The numbers of trials that the rungs of a halving train, from the first to the last. */
export function rungsOf(trials: number, factor: number): number[] {
  const counts = [trials];
  for (let count = trials; count > factor; counts.push(count)) count = Math.ceil(count / factor);
  return counts;
}

/** A trial in a rung, of which there are `rungs`: with a part of its epochs, in the last with all. */
export function inRung(parts: Parts, rung: number, rungs: number, factor: number): Parts {
  if (!isObject(parts.fit as Json)) return parts;
  const fit = parts.fit as { readonly epochs: number };
  let epochs = fit.epochs;
  for (let i = rung; i < rungs - 1; i++) epochs = Math.ceil(epochs / factor);
  return { ...parts, fit: { ...fit, epochs } };
}
