import { randomNumbers } from "../../cli/random.js";

/** The height and the width of an image; it has three colours. */
export const SIDE = 32;
const PIXELS = SIDE * SIDE;
/** The brightness that noise adds or takes at most. */
const NOISE = 0.12;
/** The least distance of the colour of a shape to that of the ground, in the unit cube. */
const CONTRAST = 0.4;
/** Points per pixel and axis. Their mean is the pixel, which smooths edges. */
const POINTS = 3;

type Point = readonly [u: number, v: number];
type Colour = readonly [red: number, green: number, blue: number];

/** Whether a point belongs to the shape of a class, which has a radius of about 1. */
const contains: Readonly<Record<string, (point: Point) => boolean>> = {
  circle: (point) => radius(point) < 1,
  ring: (point) => radius(point) < 1 && radius(point) > 0.55,
  half: (point) => radius(point) < 1 && point[1] < 0.1,
  triangle: polygon(3),
  square: polygon(4),
  hexagon: polygon(6),
  cross: ([u, v]) => Math.max(Math.abs(u), Math.abs(v)) < 0.9 && Math.min(Math.abs(u), Math.abs(v)) < 0.3,
  star: (point) => radius(point) < 0.7 + 0.3 * Math.cos(5 * angle(point)),
};

/** The classes, in the order of their labels. */
export const classes = Object.keys(contains);

/** Images and their labels. */
export interface Shapes {
  /** All pixels, image by image and row by row, from 0 to 1. */
  readonly pixels: Float32Array;
  /** The index of the class of each image. */
  readonly labels: Uint8Array;
}

/**
 * Draws images of one shape each, of any place, size, angle and colour, on a ground that goes from one colour
 * to another, with noise. The seed decides them, and each class has its share.
 */
export function drawShapes(count: number, seed: number): Shapes {
  const random = randomNumbers(seed);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % classes.length);
  const pixels = new Float32Array(count * PIXELS * 3);
  labels.forEach((label, i) => {
    draw(pixels.subarray(i * PIXELS * 3, (i + 1) * PIXELS * 3), contains[classes[label]], random);
  });
  return { pixels, labels };
}

function draw(image: Float32Array, isInside: (point: Point) => boolean, random: () => number): void {
  const colour = () => [random(), random(), random()] as const;
  const ground = [colour(), colour()] as const;
  let ink = colour();
  while (ground.some((other) => distance(other, ink) < CONTRAST)) ink = colour();
  const size = SIDE * (0.2 + 0.2 * random());
  const [x, y] = [0, 0].map(() => size + (SIDE - 2 * size) * random());
  const turn = 2 * Math.PI * random();
  const [cos, sin] = [Math.cos(turn) / size, Math.sin(turn) / size];
  const slope = 2 * Math.PI * random();
  for (let i = 0; i < PIXELS; i++) {
    const [column, row] = [i % SIDE, Math.floor(i / SIDE)];
    let covered = 0;
    for (let k = 0; k < POINTS * POINTS; k++) {
      const dx = column + ((k % POINTS) + 0.5) / POINTS - x;
      const dy = row + (Math.floor(k / POINTS) + 0.5) / POINTS - y;
      if (isInside([dx * cos + dy * sin, dy * cos - dx * sin])) covered += 1 / (POINTS * POINTS);
    }
    const along = (column - SIDE / 2) * Math.cos(slope) + (row - SIDE / 2) * Math.sin(slope);
    const share = 0.5 + along / (SIDE * Math.SQRT2);
    for (let c = 0; c < 3; c++) {
      const behind = ground[0][c] * (1 - share) + ground[1][c] * share;
      const value = behind * (1 - covered) + ink[c] * covered + NOISE * (2 * random() - 1);
      image[3 * i + c] = Math.min(1, Math.max(0, value));
    }
  }
}

const radius = ([u, v]: Point): number => Math.hypot(u, v);
const angle = ([u, v]: Point): number => Math.atan2(v, u);
const distance = (a: Colour, b: Colour): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** A regular polygon. */
function polygon(corners: number): (point: Point) => boolean {
  const sector = (2 * Math.PI) / corners;
  const inner = Math.cos(sector / 2);
  return (point) => {
    const turned = angle(point) / sector;
    return radius(point) * Math.cos((turned - Math.round(turned)) * sector) < inner;
  };
}
