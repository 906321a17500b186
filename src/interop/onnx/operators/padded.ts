import type { NodeProto } from "onnx-buf";
import { globalAveragePool1d, globalMaxPool1d, masking } from "../../../index.js";
import { axesOf, axisOf } from "../folds/axes.js";
import { nameOf, numberOf, wrong } from "../graph.js";
import type { Known, Origin } from "../padding.js";
import type { Reading, Value } from "../reading.js";
import { keepsSteps } from "./unpacking.js";

/**
 * Where masks of padding meet values: `masking`, pooling over the real steps, and steps that are put first
 * for recurrent operators and back behind them. Attention and recurrent operators read theirs by themselves.
 */
export class Padded {
  /** Values with 0 in steps of padding, sums of them, and values whose steps of padding are far below. */
  private readonly cleared = new Map<string, { value: Value; origin: Origin }>();
  private readonly sums = new Map<string, { value: Value; origin: Origin; keeps: boolean }>();
  private readonly hidden = new Map<string, { value: Value; origin: Origin }>();
  /** The largest of real steps, whose origin is this. */
  private readonly largest = new Map<string, Origin>();
  /** Outputs of recurrent operators, whose steps are back at their places. */
  private readonly unpacked = new Map<string, Origin>();

  /** States where there is a real step, and those before the first where there is none; 0 elsewhere. */
  private readonly begun = new Map<string, { value: Value; origin: Origin }>();
  private readonly initial = new Map<string, { value: Value; origin: Origin }>();
  /** The nodes that sort samples. */
  private readonly sortedBy: NodeProto[] = [];

  constructor(private readonly reading: Reading) {}

  /** @throws FormatError where samples that were sorted stay so */
  end(): void {
    for (const node of this.sortedBy) this.checkSorted(node, node.input[1]);
  }

  /** Takes a node that a mask goes into. Says whether it was one. @throws FormatError */
  add(node: NodeProto): boolean {
    const { reading } = this;
    const { opType, input } = node;
    if (reading.masks.add(node)) return true;
    if (opType === "GatherND") return this.moved(node);
    if (opType === "Gather" && reading.masks.orderOf(input[1])) return this.sorted(node);
    if (opType === "ReduceSum") return this.summed(node);
    if (opType === "ReduceMax") return this.most(node);
    if (opType === "Div") return this.mean(node);
    if (opType === "Add" && this.either(node)) return true;
    const at = input.findIndex((name) => reading.masks.find(name));
    const mask = reading.masks.find(input[at]);
    if (!mask || !reading.batched) return false;
    if (opType === "Mul") return this.multiplied(node, input[1 - at], mask);
    if (opType === "Add") return this.hides(node, input[1 - at], mask);
    return opType === "Where" && at === 0 && this.chosen(node, mask);
  }

  /** @throws FormatError for a mask that goes elsewhere */
  check({ opType, input, ...node }: NodeProto): void {
    const { masks } = this.reading;
    if (["LSTM", "GRU", "RNN"].includes(opType)) return;
    const isMask = (name: string) =>
      [masks.find(name), masks.orderOf(name)].some(Boolean) ||
      [this.cleared, this.sums, this.hidden, this.begun, this.initial].some((of) => of.has(name));
    if (input.some((name) => isMask(name) && !this.reading.find(name)))
      throw wrong(
        nameOf({ opType, input, ...node }),
        "unsupported: a mask of padding used in another way than by attention, pooling over time, " +
          "recurrent layers and masking, which lanewise has: export the model without the mask, and " +
          "build that part with lanewise's layers",
      );
  }

  private valueOf(name: string): Value | undefined {
    const value = this.reading.find(name);
    return value?.flipped ? undefined : value;
  }

  private multiplied(node: NodeProto, name: string, given: Known): boolean {
    const { reading } = this;
    const { masks } = reading;
    const value = this.valueOf(name);
    const [output] = node.output;
    if (!value) return false;
    // What there is of a sample without real steps is 0 here, too.
    const begins = given.numbers.every((number, n) => number === Math.min(n, 1));
    if (given.kind === "count" && begins && this.largest.get(name) === given.origin) {
      reading.give(output, value);
      return true;
    }
    const isBegun = given.kind === "count" || ["seen", "left"].includes(given.kind);
    const rest = given.numbers.every((number, n) => number === 1 - Math.min(n, 1));
    if (isBegun && (rest || (begins && reading.masks.begun.has(value.tensor)))) {
      (rest ? this.initial : this.begun).set(output, { value, origin: given.origin });
      return true;
    }
    if (!masks.isOfSteps(given)) return false;
    const mask = masks.isMask(given) ? given : masks.turned(given);
    if (
      this.unpacked.get(name) === given.origin &&
      (masks.isMask(mask) || (begins && ["seen", "left"].includes(given.kind)))
    ) {
      reading.give(output, value);
      return true;
    }
    if (!masks.isMask(mask)) return false;
    const { origin } = mask;
    if (origin.kind === "features" && origin.of === value.tensor) {
      const layer = reading.layer(node, () => masking({ value: origin.padding }));
      const tensor = reading.apply(node, layer, [reading.arrange(node, value)]);
      reading.carried.set(tensor, origin);
      reading.giveArranged(output, tensor, value.dims, [...value.dims.keys()], value.image);
      return true;
    }
    const users = reading.users(output);
    if (users.length > 0 && users.every(({ opType }) => opType === "ReduceSum")) {
      this.cleared.set(output, { value, origin });
      return true;
    }
    const tensor = reading.carried.cleared(node, reading.arrange(node, value), origin);
    reading.giveArranged(output, tensor, value.dims, [...value.dims.keys()], false);
    return true;
  }

  /** A state where there is a real step, and else the one before the first: that of the recurrent layer. */
  private either(node: NodeProto): boolean {
    const { reading } = this;
    const [at] = node.input.flatMap((name) => this.begun.get(name) ?? []);
    const [other] = node.input.flatMap((name) => this.initial.get(name) ?? []);
    const own = at && reading.masks.begun.get(at.value.tensor);
    if (!own || !other || other.origin !== at.origin) return false;
    const { tensor } = other.value;
    const joined = reading.made.find(({ output }) => output === tensor)?.inputs;
    const isSame = (of: readonly unknown[] | undefined) =>
      of?.length === own.length && of.every((one, i) => one === own[i]);
    if (!isSame([tensor]) && !isSame(joined)) return false;
    reading.give(node.output[0], at.value);
    return true;
  }

  private hides(node: NodeProto, name: string, mask: Known): boolean {
    const { masks } = this.reading;
    const value = this.valueOf(name);
    const origin = masks.hiddenBy(mask);
    if (!value || !origin || mask.base || !masks.isOfSteps(mask)) return false;
    this.hidden.set(node.output[0], { value, origin });
    return true;
  }

  /** Where(padding, far below, x), or the other way round. */
  private chosen(node: NodeProto, mask: Known): boolean {
    const { masks } = this.reading;
    const made = masks.chosen(node, mask);
    const value = made && this.valueOf(made.other);
    const origin = made && masks.hiddenBy(made.known);
    if (!value || !origin || !masks.isOfSteps(mask)) return false;
    this.hidden.set(node.output[0], { value, origin });
    return true;
  }

  /** Whether a node reduces the steps of a value alone. */
  private isOverTime(node: NodeProto, value: Value): boolean {
    const { reading } = this;
    const axes = axesOf(node, reading.constants.get(node.input[1] ?? "")) ?? [];
    return value.dims.length === 2 && axes.length === 1 && axisOf(node, axes[0], 3) === 1;
  }

  private summed(node: NodeProto): boolean {
    const cleared = this.cleared.get(node.input[0]);
    if (!cleared || !this.isOverTime(node, cleared.value)) return false;
    this.sums.set(node.output[0], { ...cleared, keeps: numberOf(node, "keepdims", 1) !== 0 });
    return true;
  }

  /** The sum of real steps divided by how many there are. */
  private mean(node: NodeProto): boolean {
    const { reading } = this;
    const { masks } = reading;
    const sum = this.sums.get(node.input[0]);
    const given = masks.find(node.input[1]);
    if (!sum || !given) return false;
    const count = given.origin === sum.origin ? given : masks.turned(given);
    const fits =
      count.origin === sum.origin &&
      count.kind === "count" &&
      count.numbers.every((number, n) => n === 0 || number === n);
    if (!fits) return false;
    const layer = globalAveragePool1d(sum.keeps ? { keepDims: true } : {});
    this.pooled(node, sum, layer, sum.keeps);
    return true;
  }

  private most(node: NodeProto): boolean {
    const hidden = this.hidden.get(node.input[0]);
    if (!hidden || !this.isOverTime(node, hidden.value)) return false;
    const keeps = numberOf(node, "keepdims", 1) !== 0;
    this.pooled(node, hidden, globalMaxPool1d(keeps ? { keepDims: true } : {}), keeps);
    this.largest.set(node.output[0], hidden.origin);
    return true;
  }

  private pooled(
    node: NodeProto,
    { value, origin }: { value: Value; origin: Origin },
    layer: ReturnType<typeof globalMaxPool1d>,
    keeps: boolean,
  ): void {
    const { reading } = this;
    const x = reading.carried.with(node, reading.arrange(node, value), origin);
    const tensor = reading.apply(node, layer, [x]);
    const dims = [...(keeps ? [1] : []), value.dims[1]];
    reading.giveArranged(node.output[0], tensor, dims, [...dims.keys()], false);
  }

  /** Steps that are put first, or back at their places. */
  private moved(node: NodeProto): boolean {
    const { reading } = this;
    const { masks } = reading;
    const { packed } = masks;
    const value = this.valueOf(node.input[0]);
    const [output] = node.output;
    const order = masks.orderOf(node.input[1]);
    const places = masks.find(node.input[1]);
    const of = order ?? places;
    if (!value || !of || numberOf(node, "batch_dims", 0) !== 1) return false;
    const { axes, origin } = of;
    const isIndex = axes.length === 3 && axes[1][0] === origin.time && axes[2].length === 0;
    if (!isIndex || value.dims[0] !== origin.time.size) return false;
    if (order) {
      // All that is done to them is done by recurrent operators.
      const turned = reading.onlyUser(output);
      const users = turned?.opType === "Transpose" ? reading.users(turned.output[0]) : [];
      const isRead = ({ opType, input }: NodeProto) =>
        ["LSTM", "GRU", "RNN"].includes(opType) && input[0] === turned?.output[0] && input[4] !== "";
      if (order.to !== "front" || users.length === 0 || !users.every(isRead)) return false;
      reading.give(output, value);
      packed.set((turned as NodeProto).output[0], origin);
      return true;
    }
    const isOfOutputs = packed.get(node.output[0]) === origin;
    if (!isOfOutputs || keepsSteps(reading, node) === undefined) return false;
    reading.give(output, value);
    this.unpacked.set(output, origin);
    return true;
  }

  /** Samples in the order of their lengths, or in their own again: no layer tells. */
  private sorted(node: NodeProto): boolean {
    const { reading } = this;
    const turned = reading.findTurned(node.input[0]);
    const order = reading.masks.orderOf(node.input[1]);
    if (!turned || !order) return false;
    const { value, batchAt } = turned;
    const isOfBatch = axisOf(node, numberOf(node, "axis", 0), value.dims.length + 1) === batchAt;
    if (!isOfBatch || order.to === "front" || order.axes.length !== 1) return false;
    if (order.to === "sorted") {
      this.sortedBy.push(node);
      reading.masks.sorted.add(node.output[0]);
    }
    reading.giveTurned(node.output[0], value, batchAt);
    return true;
  }

  /** @throws FormatError where samples that are sorted go elsewhere before they are in their order again */
  private checkSorted(node: NodeProto, order: string): void {
    const { reading } = this;
    const back = new Set(
      reading.nodes
        .filter(({ opType, input }) => opType === "ScatterElements" && input[1] === order)
        .map(({ output }) => output[0]),
    );
    const left = [node.output[0]];
    const sorted = new Set(left);
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      const isOut = reading.outputs.includes(name);
      for (const user of isOut ? [undefined] : reading.users(name)) {
        if (user?.opType === "Gather" && back.has(user.input[1])) continue;
        const isAlone = user?.input.every(
          (other) =>
            sorted.has(other) ||
            other === "" ||
            reading.constants.get(other) !== undefined ||
            reading.masks.find(other)?.sorted === true,
        );
        if (!user || !isAlone)
          throw wrong(
            nameOf(user ?? node),
            "expected samples in their own order, got them sorted by their lengths: export the model " +
              "with enforce_sorted=True",
          );
        for (const output of user.output)
          if (output !== "" && !sorted.has(output)) {
            sorted.add(output);
            left.push(output);
          }
      }
    }
  }
}
