import { checkNumber, checkOptions, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { Layout } from "../network/layout.js";

/** Parameters that an optimizer treats in their own way. */
export interface ParameterGroup {
  /**
   * Which: those whose name ("0.weight") the expression matches, the function says yes to, or the list has.
   */
  parameters: RegExp | readonly string[] | ((name: string) => boolean);
  /** What their learning rate is multiplied by; 0 leaves them as they are. Default 1. */
  learningRateFactor?: number;
  /** Instead of the optimizer's. */
  weightDecay?: number;
}

/** @internal A part of every slab, and how it is treated. */
export interface Range {
  /** In floats. */
  readonly begin: number;
  readonly length: number;
  readonly rateFactor: number;
  readonly weightDecay: number;
}

/** @internal @throws ValueError for what is no list of groups */
export function checkGroups(who: string, groups: unknown): asserts groups is readonly ParameterGroup[] {
  if (!Array.isArray(groups))
    throw new ValueError(`${who} expected groups to be an array, got ${show(groups)}`);
  for (const group of groups) {
    checkOptions(`${who}: a group`, group ?? null, ["parameters", "learningRateFactor", "weightDecay"]);
    const { parameters, learningRateFactor = 1, weightDecay = 0 }: ParameterGroup = group;
    if (!(parameters instanceof RegExp) && !Array.isArray(parameters) && typeof parameters !== "function")
      throw new ValueError(
        `${who} expected the parameters of a group to be an expression, a list of names or a function, got ${show(parameters)}`,
      );
    checkNumber(who, "learningRateFactor", learningRateFactor, 0);
    checkNumber(who, "weightDecay", weightDecay, 0);
  }
}

function holds({ parameters }: ParameterGroup, name: string): boolean {
  // `search` begins at the beginning, whatever the expression's flags are.
  if (parameters instanceof RegExp) return name.search(parameters) >= 0;
  return typeof parameters === "function" ? parameters(name) : parameters.includes(name);
}

/**
 * @internal The slabs in as few parts as are treated alike. A parameter belongs to the first group that has
 * it.
 * @throws ValueError for a group without parameters, and a name that none has
 */
export function rangesOf(
  who: string,
  groups: readonly ParameterGroup[],
  { tensors, offsets, length }: Layout,
  weightDecay: number,
): Range[] {
  const names = tensors.map(({ name }) => name);
  for (const group of groups) {
    const { parameters } = group;
    const found = names.filter((name) => holds(group, name)).length;
    if (found < (Array.isArray(parameters) ? parameters.length : 1))
      throw new ValueError(
        `${who}: a group asks for ${parameters}; the model's parameters are ${names.join(", ")}`,
      );
  }
  const ranges: Range[] = [];
  for (const [i, name] of names.entries()) {
    const group = groups.find((group) => holds(group, name));
    const range = {
      begin: offsets[i],
      length: (offsets[i + 1] ?? length) - offsets[i],
      rateFactor: group?.learningRateFactor ?? 1,
      weightDecay: group?.weightDecay ?? weightDecay,
    };
    const last = ranges[ranges.length - 1];
    if (last?.rateFactor === range.rateFactor && last.weightDecay === range.weightDecay)
      ranges[ranges.length - 1] = { ...last, length: last.length + range.length };
    else ranges.push(range);
  }
  return ranges;
}

/**
 * @internal A group as JSON: an expression by its source and flags. @throws ValueError for a function, which
 * JSON cannot hold
 */
export function groupToConfig(who: string, { parameters, ...rest }: ParameterGroup): object {
  if (typeof parameters === "function")
    throw new ValueError(
      `${who}: a group whose parameters are a function cannot be saved; use an expression or a list of names`,
    );
  return {
    parameters:
      parameters instanceof RegExp ? { source: parameters.source, flags: parameters.flags } : parameters,
    ...rest,
  };
}

/** @internal The group of which groupToConfig made this. @throws ValueError, SyntaxError */
export function groupFromConfig({
  parameters,
  ...rest
}: {
  parameters: readonly string[] | { source: string; flags?: string };
}): ParameterGroup {
  if (Array.isArray(parameters) && parameters.every((name) => typeof name === "string"))
    return { parameters, ...rest };
  checkOptions("a group: parameters", parameters ?? null, ["source", "flags"]);
  const { source, flags } = parameters as { source: string; flags?: string };
  if (typeof source !== "string")
    throw new ValueError(`a group expected parameters to be names or have a source, got ${show(source)}`);
  return { parameters: new RegExp(source, flags), ...rest };
}
