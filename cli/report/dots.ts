import type { CustomSeriesOption } from "echarts";
import { colors } from "./picture.js";

/** Rows within this many pixels are one dot, which is stronger. */
const CELL = 3;
/** From how many rows on a dot is how strong. */
const LEVELS = [
  { rows: 1, opacity: 0.5 },
  { rows: 2, opacity: 0.7 },
  { rows: 5, opacity: 0.85 },
  { rows: 15, opacity: 1 },
];
const WIDTH = 4.5;

/**
 * Series of dots at points of a plane, one path for each shade, so that a picture of a million rows is as
 * small as one of some thousand. size: of the picture, in pixels.
 */
export function dots(
  points: readonly (readonly [x: number, y: number])[],
  { width, height }: { readonly width: number; readonly height: number },
): CustomSeriesOption[] {
  const [xs, ys] = [0, 1].map((i) => points.map((point) => point[i]));
  const corners = [least, most].map((bound) => [bound(xs), bound(ys)]);
  return LEVELS.map(({ rows, opacity }, level) => ({
    type: "custom",
    silent: true,
    // The corners, from which the axes take their range.
    data: corners,
    renderItem: ({ dataIndex }, api) => {
      if (dataIndex > 0) return null;
      const [from, to] = corners.map((corner) => api.coord(corner));
      const place = (value: number, axis: 0 | 1) => {
        const extent = corners[1][axis] - corners[0][axis];
        return (
          from[axis] + (extent > 0 ? ((value - corners[0][axis]) / extent) * (to[axis] - from[axis]) : 0)
        );
      };
      const cells = new Map<number, { count: number; x: number; y: number }>();
      for (const point of points) {
        const [x, y] = [place(point[0], 0), place(point[1], 1)];
        const key = Math.floor(x / CELL) * height + Math.floor(y / CELL);
        const { count, ...sum } = cells.get(key) ?? { count: 0, x: 0, y: 0 };
        cells.set(key, { count: count + 1, x: sum.x + x, y: sum.y + y });
      }
      const next = LEVELS[level + 1]?.rows ?? Number.POSITIVE_INFINITY;
      // Lines of nearly no length have round ends, which are the dots.
      const marks = [...cells.values()]
        .filter(({ count }) => count >= rows && count < next)
        .map(({ count, x, y }) => `M${(x / count).toFixed(1)} ${(y / count).toFixed(1)}l0.1 0`)
        .join("");
      return {
        type: "path",
        // ECharts fits a path into a box: with the box's corners in the path, it stays where it is.
        shape: { pathData: `M0 0M${width} ${height}${marks}`, x: 0, y: 0, width, height, layout: "cover" },
        style: { stroke: colors.accent, lineWidth: WIDTH, lineCap: "round", opacity, fill: "none" },
      };
    },
  }));
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
