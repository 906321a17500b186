import type { Line, Point } from "../plot.js";

/** The angle from the north pole, in [0, pi], and the longitude, in [0, 2 pi]. */
export type Angles = readonly [theta: number, phi: number];

/** Points in space, x, y and z, one for each pair of angles. */
export type Surface = (angles: readonly Angles[]) => readonly ArrayLike<number>[];

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Where the viewer is: above the equator and at a longitude of so much. */
const ELEVATION = radians(25);
const LONGITUDE = radians(25);

/** Meridians and parallels every so many degrees, drawn through points every so many. */
const SPACING = 15;
const STEP = 3;

/**
 * A surface as its meridians and parallels, seen from far away: in full what is on the viewer's side, faint
 * what is behind.
 */
export function wireframe(surface: Surface, style: Omit<Line, "points" | "opacity">): Line[] {
  const front: Point[] = [];
  const back: Point[] = [];
  for (const curve of [...meridians(), ...parallels()]) {
    const seen = surface(curve).map(project);
    for (let i = 1; i < seen.length; i++) {
      const side = seen[i - 1].depth + seen[i].depth > 0 ? front : back;
      if (side.at(-1) !== seen[i - 1].point) side.push(null, seen[i - 1].point);
      side.push(seen[i].point);
    }
  }
  return [
    { ...style, points: back, opacity: 0.3 },
    { ...style, points: front },
  ];
}

function meridians(): Angles[][] {
  return range(0, 360 - SPACING, SPACING).map((phi) =>
    range(0, 180, STEP).map((theta) => [radians(theta), radians(phi)]),
  );
}

function parallels(): Angles[][] {
  return range(SPACING, 180 - SPACING, SPACING).map((theta) =>
    range(0, 360, STEP).map((phi) => [radians(theta), radians(phi)]),
  );
}

function range(first: number, last: number, step: number): number[] {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step);
}

/**
 * Turns the viewer's longitude to the front, then tilts the front down; what is left of depth is how near a
 * point is.
 */
function project({ 0: x, 1: y, 2: z }: ArrayLike<number>): { point: Point; depth: number } {
  const right = y * Math.cos(LONGITUDE) - x * Math.sin(LONGITUDE);
  const near = x * Math.cos(LONGITUDE) + y * Math.sin(LONGITUDE);
  const up = z * Math.cos(ELEVATION) - near * Math.sin(ELEVATION);
  return { point: [right, up], depth: near * Math.cos(ELEVATION) + z * Math.sin(ELEVATION) };
}
