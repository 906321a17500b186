/** A picture of functions of x, from -1 to 1. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** The values at the lower and the upper edge. */
  readonly low: number;
  readonly high: number;
}

export const toX = ({ width }: Frame, x: number): number => ((x + 1) / 2) * width;
export const toY = ({ height, low, high }: Frame, y: number): number =>
  height - ((y - low) / (high - low)) * height;

/** A line through values at equal distances. */
export function drawCurve(
  context: CanvasRenderingContext2D,
  frame: Frame,
  values: ArrayLike<number>,
  color: string,
  width: number,
): void {
  context.beginPath();
  for (let i = 0; i < values.length; i++)
    context.lineTo(toX(frame, (2 * i) / (values.length - 1) - 1), toY(frame, values[i]));
  context.strokeStyle = color;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.stroke();
}
