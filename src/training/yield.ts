/** Milliseconds after which the event loop gets a turn: well under the 50 that make a page feel stuck. */
const SLICE = 12;
/** Floating-point operations after which it gets one even if the clock is frozen (Cloudflare Workers). */
const OPERATIONS = 5e8;

const hasImmediate = globalThis as { setImmediate?: (callback: () => void) => void };

/**
 * Resolves after the event loop has run its waiting tasks. Browsers delay timers by milliseconds, so these
 * are the last choice.
 */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    if (hasImmediate.setImmediate) {
      hasImmediate.setImmediate(resolve);
    } else if (typeof MessageChannel === "function") {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    } else {
      setTimeout(resolve, 0);
    }
  });
}

/** Decides when long work should yield to the event loop. */
export class Yielder {
  /** The last reading of the clock. */
  now = performance.now();
  private since = this.now;
  private operations = 0;

  /** Whether it is time, after work of so many floating-point operations more. */
  due(operations: number): boolean {
    this.operations += operations;
    this.now = performance.now();
    return this.operations >= OPERATIONS || this.now - this.since >= SLICE;
  }

  async yield(): Promise<void> {
    await macrotask();
    this.since = performance.now();
    this.operations = 0;
  }
}
