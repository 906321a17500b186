import { patternOf } from "../draw/hash-pattern.js";
import { css, readPalette } from "../draw/palette.js";
import { wrapped } from "./words.js";

/** What a picture of a run shows: elements of the page whose canvases are copied, and texts. */
export interface PictureOptions {
  readonly lens: Element | null;
  readonly answer: Element | null;
  readonly chart: Element | null;
  readonly words: string;
  readonly hash: string | undefined;
}

const [WIDTH, HEIGHT, RIM] = [1200, 720, 44];
/** Pixels of the picture for one of its lengths. */
const SHARPNESS = 2;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A picture of what the page shows of a run, as a PNG, in the colours of the page. */
export async function pictureOf({ lens, answer, chart, words, hash }: PictureOptions): Promise<Blob> {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [WIDTH * SHARPNESS, HEIGHT * SHARPNESS];
  const context = canvas.getContext("2d");
  if (!context) throw new Error("The browser draws no pictures here.");
  const style = getComputedStyle(document.documentElement);
  const { classes, ink, faint, paper } = readPalette(document.documentElement);
  context.scale(SHARPNESS, SHARPNESS);
  context.fillStyle = paper;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  context.fillStyle = ink;
  context.font = `16px ${FONT}`;
  for (const [i, line] of wrapped(words, 132).slice(0, 3).entries())
    context.fillText(line, RIM, RIM + 16 + 24 * i);

  const top = 136;
  const right = { x: 776, width: WIDTH - RIM - 776 };
  const left = { x: RIM, width: right.x - 2 * RIM, y: top, height: 456 };
  const shown = lens && canvasesIn(lens).length > 0 ? lens : null;
  if (shown) copyCanvases(context, shown, left);
  if (answer) copyCanvases(context, answer, shown ? { ...right, y: top, height: 300 } : left);
  context.fillStyle = faint;
  context.font = `600 13px ${FONT}`;
  context.fillText("Loss", right.x, 468);
  if (chart) copyCanvases(context, chart, { ...right, y: 476, height: 116 });

  if (hash) {
    const cell = 15;
    const colors = [style.getPropertyValue("--brand").trim(), ...classes.map((color) => css(color))];
    for (const { x, y, radius, round, color } of patternOf(hash)) {
      context.fillStyle = colors[color];
      context.beginPath();
      const [middleX, middleY] = [RIM + (x + 0.5) * cell, 616 + (y + 0.5) * cell];
      if (round) context.arc(middleX, middleY, radius * cell, 0, 2 * Math.PI);
      else
        context.rect(middleX - radius * cell, middleY - radius * cell, 2 * radius * cell, 2 * radius * cell);
      context.fill();
    }
    context.fillStyle = ink;
    context.font = "14px ui-monospace, Menlo, Consolas, monospace";
    context.fillText(hash, RIM + 76, 643);
    context.fillStyle = faint;
    context.font = `13px ${FONT}`;
    context.fillText("SHA-256 of the weights", RIM + 76, 664);
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("The browser made no PNG of the picture."))),
      "image/png",
    ),
  );
}

const canvasesIn = (element: Element): HTMLCanvasElement[] =>
  [...element.querySelectorAll("canvas")].filter(
    (canvas) => canvas.width > 0 && canvas.getBoundingClientRect().width > 0,
  );

/** Draws the canvases of an element as they lie, as large as a box lets them be. */
function copyCanvases(context: CanvasRenderingContext2D, element: Element, box: Box): void {
  const parts = canvasesIn(element).map((canvas) => ({ canvas, place: canvas.getBoundingClientRect() }));
  if (parts.length === 0) return;
  const x = Math.min(...parts.map(({ place }) => place.left));
  const y = Math.min(...parts.map(({ place }) => place.top));
  const width = Math.max(...parts.map(({ place }) => place.right)) - x;
  const height = Math.max(...parts.map(({ place }) => place.bottom)) - y;
  const scale = Math.min(box.width / width, box.height / height);
  const [fromX, fromY] = [box.x + (box.width - width * scale) / 2, box.y];
  for (const { canvas, place } of parts) {
    const rounding = Number.parseFloat(getComputedStyle(canvas).borderTopLeftRadius) || 0;
    context.save();
    context.globalAlpha = opacityIn(element, canvas);
    context.beginPath();
    context.roundRect(
      fromX + (place.left - x) * scale,
      fromY + (place.top - y) * scale,
      place.width * scale,
      place.height * scale,
      rounding * scale,
    );
    context.clip();
    context.drawImage(
      canvas,
      fromX + (place.left - x) * scale,
      fromY + (place.top - y) * scale,
      place.width * scale,
      place.height * scale,
    );
    context.restore();
  }
}

/** What is left of a canvas under what is around it: inputs that the network is not given are faint. */
function opacityIn(outer: Element, canvas: HTMLCanvasElement): number {
  let opacity = 1;
  for (let part: Element | null = canvas; part && part !== outer; part = part.parentElement)
    opacity *= Number.parseFloat(getComputedStyle(part).opacity);
  return opacity;
}
