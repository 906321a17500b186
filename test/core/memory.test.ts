import { describe, expect, it } from "vitest";
import { DisposedError, OutOfMemoryError } from "../../src/core/errors.js";
import { Allocator, type LinearMemory } from "../../src/core/memory.js";

const PAGE = 65_536;

/** A memory that is only its size: growing it costs nothing, so the whole 4 GiB can be walked. */
class MockMemory implements LinearMemory {
  grows: number[] = [];

  constructor(
    private pages: number,
    private readonly limit: number,
  ) {}

  get buffer(): ArrayBuffer {
    return { byteLength: this.pages * PAGE } as ArrayBuffer;
  }

  grow(pages: number): number {
    if (this.pages + pages > this.limit) throw new RangeError("Maximum memory size exceeded");
    this.grows.push(pages);
    this.pages += pages;
    return this.pages - pages;
  }
}

describe("Allocator", () => {
  it("aligns every block to 16 bytes and gives none the address 0", () => {
    const allocator = new Allocator(new MockMemory(1, 100));
    for (let bytes = 0; bytes < 100; bytes++) {
      const block = allocator.allocate(bytes);
      expect(block % 16).toBe(0);
      expect(block).toBeGreaterThan(0);
    }
    expect(allocator.liveBlocks).toBe(100);
  });

  it("never hands out overlapping blocks, through random allocation and release", () => {
    const memory = new MockMemory(1, 1000);
    const allocator = new Allocator(memory);
    const live = new Map<number, number>();
    let overlaps = 0;
    let state = 12345;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 4294967296) * below);
    };
    for (let step = 0; step < 3000; step++) {
      if (random(5) < 3 || live.size === 0) {
        const bytes = random(10) === 0 ? random(3 * PAGE) : random(500);
        const start = allocator.allocate(bytes);
        const end = start + Math.max(bytes, 1);
        expect(end).toBeLessThanOrEqual(memory.buffer.byteLength);
        for (const [other, size] of live) if (start < other + size && other < end) overlaps++;
        live.set(start, Math.max(bytes, 1));
      } else {
        const start = [...live.keys()][random(live.size)];
        allocator.release(start);
        live.delete(start);
      }
    }
    expect(overlaps).toBe(0);
    expect(allocator.liveBlocks).toBe(live.size);
    for (const start of live.keys()) allocator.release(start);
    expect(allocator.liveBytes).toBe(0);
    // All of it is one free block again: the largest request that fits does not grow the memory.
    const grown = memory.grows.length;
    allocator.allocate(memory.buffer.byteLength - 16);
    expect(memory.grows.length).toBe(grown);
  });

  it("uses a released block again", () => {
    const allocator = new Allocator(new MockMemory(1, 100));
    const first = allocator.allocate(1000);
    allocator.allocate(1000);
    allocator.release(first);
    expect(allocator.allocate(1000)).toBe(first);
  });

  it("takes the smallest free block that is large enough", () => {
    const allocator = new Allocator(new MockMemory(1, 100));
    const large = allocator.allocate(512);
    allocator.allocate(16);
    const small = allocator.allocate(64);
    allocator.allocate(16);
    allocator.release(large);
    allocator.release(small);
    expect(allocator.allocate(60)).toBe(small);
  });

  it("grows by what is missing beyond the free end, and by an eighth of a large memory", () => {
    const small = new MockMemory(1, 1000);
    new Allocator(small).allocate(PAGE);
    expect(small.grows).toEqual([1]);
    const started = new MockMemory(1, 1000);
    new Allocator(started).allocate(1.5 * PAGE);
    expect(started.grows).toEqual([1]);
    const large = new MockMemory(800, 1000);
    const allocator = new Allocator(large);
    allocator.allocate(800 * PAGE - 16);
    allocator.allocate(16);
    expect(large.grows).toEqual([100]);
  });

  it("asks for just what is needed where the host refuses the generous growth", () => {
    const memory = new MockMemory(800, 801);
    const allocator = new Allocator(memory);
    allocator.allocate(800 * PAGE - 16);
    allocator.allocate(16);
    expect(memory.grows).toEqual([1]);
  });

  it("reaches addresses beyond 2 GiB and stops before 4 GiB", () => {
    const allocator = new Allocator(new MockMemory(1, 65_536));
    allocator.allocate(2 ** 31);
    const high = allocator.allocate(2 ** 30);
    expect(high).toBeGreaterThan(2 ** 31);
    expect(high % 16).toBe(0);
    expect(() => allocator.allocate(2 ** 30)).toThrow(OutOfMemoryError);
    const all = 65_535 * PAGE - 16;
    expect(new Allocator(new MockMemory(1, 65_536)).allocate(all)).toBe(16);
    expect(() => new Allocator(new MockMemory(1, 65_536)).allocate(all + 1)).toThrow(OutOfMemoryError);
  });

  it("says what was asked and what is in use when the memory cannot grow, and changes nothing", () => {
    const allocator = new Allocator(new MockMemory(1, 2));
    allocator.allocate(100);
    expect(() => allocator.allocate(1_000_000)).toThrow(
      /cannot allocate 1000000 bytes: the host refused .*\(112 bytes in 1 blocks are in use, the memory has 65536\)/,
    );
    expect(() => allocator.allocate(2 ** 33)).toThrow(OutOfMemoryError);
    expect(allocator.liveBlocks).toBe(1);
    expect(allocator.allocate(100)).toBeGreaterThan(0);
  });

  it("refuses to release twice, or what it never handed out", () => {
    const allocator = new Allocator(new MockMemory(1, 100));
    const block = allocator.allocate(10);
    allocator.release(block);
    expect(() => allocator.release(block)).toThrow(DisposedError);
    expect(() => allocator.release(block + 16)).toThrow(DisposedError);
  });

  it("starts from a memory of no pages", () => {
    const memory = new MockMemory(0, 10);
    expect(new Allocator(memory).allocate(8)).toBe(16);
    expect(memory.grows).toEqual([1]);
  });
});
