/** The orders that are possible, as far as they were looked for. */
export interface Orders<Of> {
  readonly orders: readonly (readonly Of[])[];
  /** Whether these are all. */
  readonly complete: boolean;
}

/** More orders than a message shows. */
const MOST_ORDERS = 4;
/** Tries, after which nobody waits for more. */
const MOST_STEPS = 50_000;

/** Numbers in a name: those of "layers.2.fc10" are 2 and 10. */
const numbersIn = (name: string) => Array.from(name.match(/\d+/g) ?? [], Number);

function compare(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((number, at) => number !== b[at]);
  return i < 0 ? 0 : a[i] - b[i];
}

/**
 * The orders of modules in which each fits at its place, after the one before it. Modules whose names differ
 * in numbers alone keep the order of their numbers; where no order is left then, any is looked for. A name
 * without a number says nothing about its place. `group` is the name without what does not tell modules apart.
 */
export function ordersOf<Of extends { readonly name: string; readonly group?: string }>(
  modules: readonly Of[],
  fits: (module: Of, before: Of | undefined, place: number) => boolean,
): Orders<Of> {
  const groups = new Map<string, Of[]>();
  for (const module of modules) {
    const pattern = (module.group ?? module.name).replace(/\d+/g, "#");
    groups.set(pattern, [...(groups.get(pattern) ?? []), module]);
  }
  const queues = [...groups.values()].map((group) =>
    group.sort((a, b) => compare(numbersIn(a.name), numbersIn(b.name))),
  );
  const numbered = merges(queues, modules.length, fits);
  if (numbered.orders.length > 0 || !numbered.complete) return numbered;
  return merges(
    modules.map((module) => [module]),
    modules.length,
    fits,
  );
}

/** The ways to merge queues into one row in which each fits. */
function merges<Of>(
  queues: readonly (readonly Of[])[],
  length: number,
  fits: (module: Of, before: Of | undefined, place: number) => boolean,
): Orders<Of> {
  const orders: Of[][] = [];
  const taken = queues.map(() => 0);
  const row: Of[] = [];
  /** The queue that is tried next at each place. */
  const next = [0];
  /** Where nothing was found: what is taken, and after what. */
  const dead = new Set<string>();
  const found = [0];
  const lastTaken: number[] = [];
  let steps = 0;
  const stateOf = () => `${taken.join()}:${lastTaken.at(-1) ?? ""}`;
  // A stack of its own: a file may have more modules than calls can be nested.
  while (next.length > 0) {
    steps += 1 + queues.length / 64;
    if (steps > MOST_STEPS) return { orders, complete: false };
    const place = row.length;
    const queue = next[place]++;
    const done = place === length || queue >= queues.length || dead.has(stateOf());
    if (!done) {
      const module = queues[queue][taken[queue]];
      if (module === undefined || !fits(module, row[place - 1], place)) continue;
      taken[queue]++;
      row.push(module);
      lastTaken.push(queue);
      next.push(0);
      found.push(orders.length);
      continue;
    }
    if (place === length) {
      if (orders.length === MOST_ORDERS) return { orders, complete: false };
      orders.push([...row]);
    }
    if (orders.length === found[place]) dead.add(stateOf());
    next.pop();
    found.pop();
    row.pop();
    const from = lastTaken.pop();
    if (from !== undefined) taken[from]--;
  }
  return { orders, complete: true };
}

/** Orders as a message shows them: "a,b,c or a,c,b". */
export function ordersText(
  orders: readonly (readonly { readonly name: string }[])[],
  complete: boolean,
): string {
  const shown = orders.map((order) => order.map(({ name }) => name).join(","));
  return `${shown.join(" or ")}${complete ? "" : ", and more"}`;
}
