import { describe, expect, it } from "vitest";
import { ordersOf, ordersText } from "../../src/files/module-order.js";

interface Edge {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
}

const edge = (name: string, inputs: number, outputs: number): Edge => ({ name, inputs, outputs });
const follows = (module: Edge, before: Edge | undefined) => !before || module.inputs === before.outputs;
const found = (...modules: Edge[]) => {
  const { orders, complete } = ordersOf(modules, follows);
  return ordersText(orders, complete);
};

describe("ordersOf", () => {
  it("chains modules by their sizes", () => {
    expect(found(edge("c", 3, 1), edge("a", 2, 3))).toBe("a,c");
    expect(found(edge("in", 784, 64), edge("out", 32, 10), edge("mid", 64, 32))).toBe("in,mid,out");
  });

  it("finds all orders of layers whose sizes are alike", () => {
    expect(found(edge("a", 2, 2), edge("b", 2, 2))).toBe("a,b or b,a");
    expect(found(edge("up", 2, 3), edge("down", 3, 2))).toBe("up,down or down,up");
  });

  it("orders names that differ in numbers by these, as numbers", () => {
    expect(found(edge("l.10", 2, 2), edge("l.9", 2, 2), edge("l.100", 2, 2))).toBe("l.9,l.10,l.100");
    expect(found(edge("a2.b1", 2, 2), edge("a1.b2", 2, 2), edge("a1.b1", 2, 2))).toBe("a1.b1,a1.b2,a2.b1");
  });

  it("does not order names that differ in more", () => {
    expect(found(edge("fc1", 2, 2), edge("bn1", 2, 2))).toBe("fc1,bn1 or bn1,fc1");
  });

  it("drops the numbers where they contradict the sizes", () => {
    expect(found(edge("fc1", 3, 1), edge("fc2", 2, 3))).toBe("fc2,fc1");
  });

  it("finds none where there is none", () => {
    expect(found(edge("a", 2, 3), edge("b", 4, 5))).toBe("");
  });

  it("shows four of more", () => {
    const orders = found(...["a", "b", "c", "d"].map((name) => edge(name, 2, 2)));
    expect(orders.split(" or ")).toHaveLength(4);
    expect(orders).toMatch(/, and more$/);
  });

  it("gives up on what would take too long, and says so", () => {
    // No order ends: each of forty cycles leaves the last module out.
    const cycles = Array.from({ length: 40 }, (_, i) => edge(`c${"x".repeat(i)}`, 1, 1));
    const { orders, complete } = ordersOf([...cycles, edge("never", 7, 8)], follows);
    expect([orders.length, complete]).toEqual([0, false]);
  });

  it("takes thousands of numbered modules", () => {
    const chain = Array.from({ length: 5000 }, (_, i) => edge(`layers.${4999 - i}`, 3, 3));
    const { orders, complete } = ordersOf(chain, follows);
    expect([orders.length, complete, orders[0][0].name, orders[0][4999].name]).toEqual([
      1,
      true,
      "layers.0",
      "layers.4999",
    ]);
  });
});
