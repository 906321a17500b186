import type { Scene } from "../data/scene.js";
import type { Snapshot } from "../messages.js";
import { drawCurve } from "./curves.js";
import { drawHeat } from "./heat.js";
import type { Palette } from "./palette.js";

/** What a unit answers over its inputs: [side, side] of a picture, [side] of a curve. */
export interface ValueMap {
  readonly values: Float32Array;
  readonly side: number;
}

export interface MapStyle {
  readonly kind: Scene["map"];
  readonly palette: Palette;
  readonly colors: Uint32Array;
  /** Pixels of the page. */
  readonly size: number;
}

/** A map at a place of a canvas: its centre. */
export interface PlacedMap extends ValueMap {
  readonly x: number;
  readonly y: number;
  /** Of an input that the network does not use. */
  readonly faint: boolean;
}

/** The map of a unit within those of its layer. Undefined where the snapshot is of another network. */
export function mapOfUnit(
  { maps, side }: Snapshot,
  kind: Scene["map"],
  { layer, index }: { readonly layer: number; readonly index: number },
): ValueMap | undefined {
  const length = kind === "picture" ? side * side : side;
  const values = maps[layer]?.subarray(index * length, (index + 1) * length);
  return values?.length === length ? { values, side } : undefined;
}

const RADIUS = 8;
const FAINT = 0.3;

/** Where heat maps are made before they are scaled to the size of their units. */
let sheet: CanvasRenderingContext2D | undefined;

function sheetOf(side: number, count: number): CanvasRenderingContext2D | undefined {
  sheet ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true }) ?? undefined;
  const canvas = sheet?.canvas;
  if (canvas && (canvas.width !== side || canvas.height < side * count))
    [canvas.width, canvas.height] = [side, side * count];
  return sheet;
}

/**
 * The maps of all units, on one canvas: the browser composes each canvas anew for each frame, which for some
 * thirty of them takes longer than drawing them.
 */
export function drawUnitMaps(
  context: CanvasRenderingContext2D,
  maps: readonly PlacedMap[],
  style: MapStyle,
): void {
  const { kind, palette, size } = style;
  const half = size / 2;
  context.save();
  context.beginPath();
  for (const { x, y } of maps) context.roundRect(x - half, y - half, size, size, RADIUS);
  context.fillStyle = `rgb(${palette.middle.join(" ")})`;
  context.fill();
  context.clip();
  if (kind === "picture") drawPictures(context, maps, style);
  else
    for (const map of maps) {
      context.save();
      context.translate(map.x - half, map.y - half);
      if (map.faint) context.globalAlpha = FAINT;
      drawUnitCurve(context, map, style);
      context.restore();
    }
  context.restore();
}

function drawPictures(
  context: CanvasRenderingContext2D,
  maps: readonly PlacedMap[],
  { colors, size }: MapStyle,
): void {
  const sides = maps.map(({ side }) => side);
  const widest = Math.max(1, ...sides);
  const pictures = sheetOf(widest, maps.length);
  if (!pictures) return;
  for (const [i, { values, side }] of maps.entries())
    drawHeat(pictures, values, side, colors, 1 / reach(values), i * widest);
  for (const [i, { x, y, side, faint }] of maps.entries()) {
    context.globalAlpha = faint ? FAINT : 1;
    context.drawImage(pictures.canvas, 0, i * widest, side, side, x - size / 2, y - size / 2, size, size);
  }
}

/** Fills a canvas of the style's size. */
export function drawUnitCurve(
  context: CanvasRenderingContext2D,
  { values }: ValueMap,
  { palette, size }: MapStyle,
): void {
  const most = reach(values);
  const frame = { width: size, height: size, low: -1.15 * most, high: 1.15 * most };
  drawCurve(context, frame, [0, 0], palette.line, 1);
  drawCurve(context, frame, values, palette.ink, 1.75);
}

/** Bounded units such as tanh stay within -1 to 1; others are scaled by their largest output. */
export function reach(values: Float32Array): number {
  let most = 1;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}
