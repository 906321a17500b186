import type { Places } from "../draw/edges.js";

/** Where the units of a network are drawn. */
export interface Geometry {
  readonly size: number;
  /** The centre of each unit drawn, and of the sign for the rest: [layer][unit], inputs first. */
  readonly places: Places;
  readonly height: number;
}

const LARGEST = 46;
const GAP = 8;
const HEIGHT = 430;
const RIM = 4;

/** Units of a layer that are drawn. Where there are more, the last place tells how many. */
const MOST_DRAWN = 16;
export const drawnOf = (units: number): number => (units <= MOST_DRAWN ? units : MOST_DRAWN - 1);

/** Columns at equal distances; the tallest fills the height, the others are centred. */
export function geometryOf(shape: readonly number[], width: number): Geometry {
  const rows = shape.map((units) => Math.min(MOST_DRAWN, units));
  const most = Math.max(...rows);
  const size = Math.min(LARGEST, Math.floor((HEIGHT - 2 * RIM + GAP) / most) - Math.min(GAP, 60 / most));
  const step = Math.min(size + 14, (HEIGHT - 2 * RIM) / most);
  const columnAt = (layer: number) => COLUMN / 2 + (layer * (width - COLUMN)) / Math.max(1, shape.length - 1);
  const places = rows.map((units, layer) =>
    Array.from({ length: units }, (_, unit) => ({
      x: columnAt(layer),
      y: HEIGHT / 2 + (unit - (units - 1) / 2) * step,
    })),
  );
  return { size: Math.floor(size), places, height: HEIGHT };
}

/** The width of a column's head. */
export const COLUMN = 96;
