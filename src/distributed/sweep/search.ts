import { exp, log } from "../../core/reproducible-math.js";
import { ValueError } from "../../index.js";
import { canonical, type Json } from "../canonical.js";
import { refuse } from "./refuse.js";

/**
 * A value that is searched for: one of a list, a number between two (on a logarithmic scale), or a whole
 * number between two, which are among them.
 */
export type Search =
  | { readonly choice: readonly Json[] }
  | { readonly uniform: readonly [from: number, to: number] }
  | { readonly logUniform: readonly [from: number, to: number] }
  | { readonly integers: readonly [from: number, to: number] };

type JsonObject = { readonly [key: string]: Json };

const KINDS = ["choice", "uniform", "logUniform", "integers"] as const;
/** Values of one list. */
const MOST_CHOICES = 1000;

export const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** Whether JSON is a search value. */
export const isSearch = (value: Json): value is Search & JsonObject =>
  isObject(value) && KINDS.some((kind) => Object.hasOwn(value, kind));

/**
 * The values within JSON that are searched for, outermost first. @throws ValueError with the path of a wrong
 * one
 */
export function searchesIn(who: string, value: Json, path: string): Map<string, Search> {
  const found = new Map<string, Search>();
  visit(value, path, (search, at) => {
    checkSearch(who, search, at);
    found.set(at, search);
  });
  return found;
}

function visit(value: Json, path: string, see: (search: Search & JsonObject, path: string) => void): void {
  if (isSearch(value)) {
    see(value, path);
    if ("choice" in value)
      (value.choice as readonly Json[]).forEach((each, i) => {
        visit(each, `${path}.choice[${i}]`, see);
      });
  } else if (Array.isArray(value)) for (const [i, each] of value.entries()) visit(each, `${path}[${i}]`, see);
  else if (isObject(value))
    for (const [key, each] of Object.entries(value)) visit(each, `${path}.${key}`, see);
}

function checkSearch(who: string, search: Search & JsonObject, path: string): void {
  const [kind, ...others] = Object.keys(search);
  if (others.length > 0) refuse(who, path, `one of ${KINDS.join(", ")} alone`, Object.keys(search));
  const given = search[kind];
  if (kind === "choice") checkChoice(who, path, given);
  else checkRange(who, path, kind, given);
}

function checkChoice(who: string, path: string, given: Json): void {
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_CHOICES)
    refuse(who, path, `choice to be a list of 1 to ${MOST_CHOICES} values`, given);
  const texts = given.map((each: Json) => canonical(each));
  const twice = texts.findIndex((text, i) => texts.indexOf(text) < i);
  if (twice >= 0) refuse(who, `${path}.choice[${twice}]`, "values that differ from each other", given[twice]);
}

function checkRange(who: string, path: string, kind: string, given: Json): void {
  const [from, to, ...more]: readonly Json[] = Array.isArray(given) ? given : [];
  const isRange = typeof from === "number" && typeof to === "number" && from < to && more.length === 0;
  if (!isRange || !Number.isFinite(to - from))
    refuse(who, path, `${kind} to be two numbers, the smaller first`, given);
  if (kind === "logUniform" && from <= 0) refuse(who, path, "logUniform to be two numbers above 0", given);
  if (kind === "integers" && !(Number.isSafeInteger(from) && Number.isSafeInteger(to)))
    refuse(who, path, "integers to be two whole numbers", given);
}

/** Called with the path of each outermost search and the value that it has. */
type See = (path: string, value: Json) => void;

/** How many combinations of values there are. @throws ValueError with the path of a range of real numbers */
export function combinations(who: string, value: Json, path: string): number {
  if (!isSearch(value)) {
    const children = Array.isArray(value)
      ? value.map((each, i) => [`${path}[${i}]`, each] as const)
      : isObject(value)
        ? Object.entries(value).map(([key, each]) => [`${path}.${key}`, each] as const)
        : [];
    return children.reduce((product, [at, each]) => product * combinations(who, each, at), 1);
  }
  if ("choice" in value)
    return (value.choice as readonly Json[]).reduce<number>(
      (sum, each, i) => sum + combinations(who, each, `${path}.choice[${i}]`),
      0,
    );
  if ("integers" in value) return (value.integers as number[])[1] - (value.integers as number[])[0] + 1;
  throw new ValueError(
    `${who}: ${path} expected choice or integers, which a grid can have, got ${Object.keys(value)[0]}; another strategy, such as { "random": 20 }, draws from it`,
  );
}

/** Combination `index` of values; the last value that is searched for changes first. */
export function combination(value: Json, index: number, path: string, see: See): Json {
  let left = index;
  const at = (value: Json, path: string, see: See): Json => {
    if (!isSearch(value)) return mapLast(value, path, (each, at_) => at(each, at_, see));
    const count = combinations("", value, path);
    const digit = left % count;
    left = Math.floor(left / count);
    const chosen = nth(value, digit, path);
    see(path, chosen);
    return chosen;
  };
  return at(value, path, see);
}

function nth(value: Search & JsonObject, index: number, path: string): Json {
  if ("integers" in value) return (value.integers as number[])[0] + index;
  let left = index;
  for (const each of value.choice as readonly Json[]) {
    const count = combinations("", each, path);
    if (left < count) return combination(each, left, path, () => {});
    left -= count;
  }
  throw new RangeError(`combination ${index} of ${path}`);
}

/** JSON with values that `uniform`, which gives numbers in [0, 1), decides. */
export function drawn(value: Json, uniform: () => number, path: string, see: See): Json {
  if (!isSearch(value)) return mapped(value, path, (each, at) => drawn(each, uniform, at, see));
  const chosen = draw(value, uniform, path);
  see(path, chosen);
  return chosen;
}

function draw(value: Search & JsonObject, uniform: () => number, path: string): Json {
  const u = uniform();
  if ("choice" in value) {
    const choices = value.choice as readonly Json[];
    return drawn(choices[Math.floor(u * choices.length)], uniform, path, () => {});
  }
  const [from, to] = Object.values(value)[0] as [number, number];
  if ("integers" in value) return from + Math.floor(u * (to - from + 1));
  const between = "uniform" in value ? from + u * (to - from) : from * exp(u * log(to / from));
  // Four digits are enough and good to read.
  return Math.min(to, Math.max(from, Number(between.toPrecision(4))));
}

/** JSON with the values that one search has in turn, and all others their first: for checks. */
export function variants(
  value: Json,
  path: string,
  searches: ReadonlyMap<string, Search>,
): [at: string, Json][] {
  const found: [string, Json][] = [[path, fixed(value, path, "", 0)]];
  for (const [at, search] of searches) {
    const [kind, values] = Object.entries(search)[0] as [string, readonly Json[]];
    values.forEach((_, i) => {
      found.push([`${at}.${kind}[${i}]`, fixed(value, path, at, i)]);
    });
  }
  return found;
}

function fixed(value: Json, path: string, at: string, i: number): Json {
  if (!isSearch(value)) return mapped(value, path, (each, own) => fixed(each, own, at, i));
  const [kind, values] = Object.entries(value)[0] as [string, readonly Json[]];
  // The search may be within one of the choices.
  const inner = kind === "choice" ? values.findIndex((_, j) => at.startsWith(`${path}.choice[${j}]`)) : -1;
  const place = at === path ? i : Math.max(inner, 0);
  const chosen = values[place];
  return kind === "choice" ? fixed(chosen, `${path}.choice[${place}]`, at, i) : chosen;
}

type Each = (value: Json, path: string) => Json;

function mapped(value: Json, path: string, each: Each): Json {
  if (Array.isArray(value)) return value.map((one, i) => each(one, `${path}[${i}]`));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, each(one, `${path}.${key}`)]));
}

/** As `mapped`, from the last to the first. */
function mapLast(value: Json, path: string, each: Each): Json {
  if (Array.isArray(value)) {
    const list = value.slice();
    for (let i = list.length - 1; i >= 0; i--) list[i] = each(list[i], `${path}[${i}]`);
    return list;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  for (let i = entries.length - 1; i >= 0; i--)
    entries[i][1] = each(entries[i][1], `${path}.${entries[i][0]}`);
  return Object.fromEntries(entries);
}
