import type { NodeProto } from "onnx-buf";
import { elementwise, type Found, points } from "./elementwise.js";
import { attributesOf } from "./graph.js";
import type { Reading } from "./reading.js";

/** More nodes than any activation is written in. */
const LONGEST = 64;
/** More nodes than stand between an activation and a longer one that it is a part of. */
const MOST_BETWEEN = 16;
/** Nodes in a row that may make another activation of one: exp has two before it is softplus. */
const MOST_AFTER = 4;
/** More values than any operator in them takes. */
export const MOST_INPUTS = 8;

/** Nodes that together are an activation of one value. */
export interface Activation extends Found {
  readonly nodes: ReadonlySet<NodeProto>;
  readonly output: string;
  /** Whether the value goes nowhere else. */
  readonly whole: boolean;
}

/** A value that nodes make of the first one alone, element by element. */
interface Step {
  readonly node: NodeProto;
  /** What it is where the first value is each of `points`. */
  readonly values: ArrayLike<number>;
  /** The nodes that it takes. */
  readonly nodes: ReadonlySet<NodeProto>;
}

/**
 * The activation that begins with `first`, a node on the value `start`, and ends where nothing else needs
 * what is between: as many nodes as make one. Where there is none, `tried` are the nodes that were looked at.
 */
export function activationOf(
  reading: Reading,
  start: string,
  first: NodeProto,
): { found?: Activation; tried: readonly NodeProto[] } {
  const steps = new Map<string, Step>();
  const left = [...reading.users(start)];
  const seen = new Set(left);
  let found: Activation | undefined;
  let most = LONGEST;
  while (left.length > 0 && steps.size <= most) {
    const node = left.splice(earliest(reading, left), 1)[0];
    const inputs = operandsOf(reading, node, start, (name) => steps.get(name)?.values);
    if (!inputs) continue;
    const [output] = node.output;
    const nodes = new Set(node.input.flatMap((name) => [...(steps.get(name)?.nodes ?? [])])).add(node);
    const step = { node, values: valuesOf(node, inputs), nodes };
    steps.set(output, step);
    const activation = nodes.has(first) ? closed(reading, start, output, step) : undefined;
    if (activation && (!found || goesOn(reading, found, activation))) {
      found = activation;
      most = Math.min(LONGEST, steps.size + MOST_BETWEEN);
    }
    // Nodes behind a whole activation follow one another.
    if (found?.whole && !found.nodes.has(node) && !mayGoOn(reading, found, step)) break;
    for (const user of reading.users(output))
      if (!seen.has(user)) {
        seen.add(user);
        left.push(user);
      }
  }
  const tried = [...steps.values()].filter(({ nodes }) => nodes.has(first)).map(({ node }) => node);
  return { found, tried: tried.length > 0 ? tried : [first] };
}

const earliest = (reading: Reading, nodes: readonly NodeProto[]): number => {
  let at = 0;
  for (let i = 1; i < nodes.length; i++) if (reading.placeOf(nodes[i]) < reading.placeOf(nodes[at])) at = i;
  return at;
};

/** The inputs of a node as functions of one value; undefined where it takes anything else. */
function operandsOf(
  reading: Reading,
  node: NodeProto,
  start: string,
  known: (name: string) => ArrayLike<number> | undefined,
): (ArrayLike<number> | number | undefined)[] | undefined {
  if (!Object.hasOwn(elementwise, node.opType) || node.input.length > MOST_INPUTS) return undefined;
  if (reading.done.has(node)) return undefined;
  const inputs: (ArrayLike<number> | number | undefined)[] = [];
  for (const name of node.input) {
    const input = name === "" ? undefined : name === start ? points : known(name);
    const scalar = name !== "" && input === undefined ? scalarOf(reading, node, name, start) : undefined;
    if (name !== "" && input === undefined && scalar === undefined) return undefined;
    inputs.push(input ?? scalar);
  }
  return inputs;
}

/** A constant that is one number for all elements, and adds no dimension to the value. */
function scalarOf(reading: Reading, node: NodeProto, name: string, start: string): number | undefined {
  const constant = reading.constants.get(name);
  const value = reading.find(start);
  if (!constant || (value && !reading.sizesIn(node, constant, value))) return undefined;
  const { values } = constant;
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return undefined;
  return values[0];
}

/** What a node makes of its inputs: values at `points`, or numbers that are the same at all. */
function valuesOf(node: NodeProto, inputs: readonly (ArrayLike<number> | number | undefined)[]): number[] {
  const apply = elementwise[node.opType](attributesOf(node));
  return points.map((_, i) =>
    apply(...inputs.map((input) => (typeof input === "number" ? input : input?.[i]) as number)),
  );
}

/** The activation that a value is, if nothing else needs what is between. */
function closed(
  reading: Reading,
  start: string,
  output: string,
  { values, nodes }: Step,
): Activation | undefined {
  const inside = new Map<string, number>();
  for (const { input } of nodes) for (const name of input) inside.set(name, (inside.get(name) ?? 0) + 1);
  for (const node of nodes) {
    const [name] = node.output;
    if (name !== output && reading.uses(name) > (inside.get(name) ?? 0)) return undefined;
  }
  const found = reading.recognise(values);
  return found && { ...found, nodes, output, whole: reading.uses(start) === (inside.get(start) ?? 0) };
}

/** Whether a node is an activation of one of its inputs by itself. */
function isActivation(reading: Reading, node: NodeProto): boolean {
  const variable = node.input.find((name) => name !== "" && !reading.constants.get(name));
  const inputs = variable === undefined ? undefined : operandsOf(reading, node, variable, () => undefined);
  return inputs === undefined || reading.recognise(valuesOf(node, inputs)) !== undefined;
}

/** The nodes of a step behind an activation, if they depend on that alone. */
function nodesAfter(found: Activation, nodes: ReadonlySet<NodeProto>): NodeProto[] | undefined {
  const after = [...nodes].filter((node) => !found.nodes.has(node));
  const values = new Set([found.output, ...after.flatMap(({ output }) => output)]);
  const before = new Set([...found.nodes].flatMap(({ input, output }) => [...input, ...output]));
  const fits = after.every(({ input }) => input.every((name) => values.has(name) || !before.has(name)));
  return fits ? after : undefined;
}

/**
 * Whether a longer activation takes the place of a shorter one. Where branches join, it does; one that stands
 * behind the other stays by itself.
 */
function goesOn(reading: Reading, found: Activation, longer: Activation): boolean {
  const after = nodesAfter(found, longer.nodes);
  if (!after) return true;
  return after.length <= MOST_AFTER && !after.some((node) => isActivation(reading, node));
}

/** Whether the nodes up to a step may make another activation of a whole one, one after another. */
function mayGoOn(reading: Reading, found: Activation, { nodes }: Step): boolean {
  const after = nodesAfter(found, nodes);
  if (!after || after.length >= MOST_AFTER) return false;
  if (after.some(({ output }) => reading.uses(output[0]) !== 1)) return false;
  return !after.some((node) => isActivation(reading, node));
}

/** The activation that begins at a value, if it takes all of it and has no parameter of its own. */
export function activationBehind(reading: Reading, start: string): Activation | undefined {
  const [first] = reading.users(start);
  if (!first || !Object.hasOwn(elementwise, first.opType)) return undefined;
  const { found } = activationOf(reading, start, first);
  return found?.whole && !found.options ? found : undefined;
}
