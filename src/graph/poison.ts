import type { Host } from "../core/host.js";
import type { Plan } from "./plan.js";

/**
 * For tests: makes each step of a plan fill with NaN what it is about to write and does not read, and
 * afterwards what no later step reads. A lifetime that ends too soon, or memory that a kernel expects to be
 * zeroed, then shows as NaN in the results. A plan that is not poisoned pays nothing for this.
 */
export function poison(backend: Host, plan: Plan): void {
  const { nodes, homes, homeOf } = plan.liveness;
  const { values } = plan;
  nodes.forEach(({ op, inputs, outputs, adds }, step) => {
    if (!op.bind) return;
    const run = plan.steps[step];
    const read = new Set(inputs.map(({ id }) => homeOf[id]).filter((home) => home >= 0));
    const written = outputs.filter(({ id }) => homeOf[id] >= 0 && !read.has(homeOf[id]));
    const gradients = adds ? [] : outputs.filter(({ kind }) => kind === "gradient");
    const dead = homes.filter(({ to }) => to === step);
    const fill = (address: number, floats: number): void => {
      backend.floats(address, floats).fill(Number.NaN);
    };
    const floatsOf = (size: number, batched: boolean): number => size * (batched ? plan.capacity : 1);
    plan.steps[step] = (rows) => {
      for (const { id, size, batched } of written) fill(plan.at[id], floatsOf(size, batched));
      for (const { id, size } of gradients) fill(plan.at[id], size);
      const scratch = op.scratch?.(nodes[step], plan.capacity, backend.kernels) ?? 0;
      fill(plan.at[values + step], scratch >> 2);
      run(rows);
      for (const { value } of dead) fill(plan.at[value.id], floatsOf(value.size, value.batched));
    };
  });
}
