import { type EChartsOption, init } from "echarts";

/** A point of a line, or null where the line is interrupted. */
export type Point = readonly [x: number, y: number] | null;

export interface Line {
  /** For the legend, where lines of one name share an entry. */
  readonly name: string;
  readonly points: readonly Point[];
  readonly color: string;
  readonly width: number;
  /** From 0, invisible, to 1. Default 1. */
  readonly opacity?: number;
}

export interface Axis {
  readonly name: string;
  readonly range?: readonly [least: number, most: number];
  /** Between two labels. Left out, one that fits is chosen. */
  readonly interval?: number;
  readonly logarithmic?: boolean;
  /** What to write at 0, 1, 2 and so on instead of the numbers. */
  readonly labels?: readonly string[];
}

/** One diagram of a picture. Without axes it shows the lines alone. */
export interface Panel {
  readonly title: string;
  readonly axes?: readonly [x: Axis, y: Axis];
  /** What a panel without axes shows of x and of y: from minus this to this. */
  readonly extent?: number;
  readonly lines: readonly Line[];
}

/**
 * The area that a panel's axes enclose is a square of this many pixels, so that x and y can have one scale.
 */
const SIDE = 400;
/** Around it: room for the axes and their names on the left and below, for title and legend above. */
const MARGIN = { left: 90, right: 30, top: 130, bottom: 70 };
const WIDTH = MARGIN.left + SIDE + MARGIN.right;
const HEIGHT = MARGIN.top + SIDE + MARGIN.bottom;
/** From one row of panels to the next: without the room for the title. */
const ROW = HEIGHT - 46;
const FONT = "Helvetica, Arial, sans-serif";

/**
 * A picture of panels under a title, so many side by side, as the text of an SVG file. Drawn by ECharts,
 * which needs no browser for it.
 */
export function drawPanels(title: string, panels: readonly Panel[], columns = panels.length): string {
  const rows = Math.ceil(panels.length / columns);
  const chart = init(null, null, {
    renderer: "svg",
    ssr: true,
    width: WIDTH * columns,
    height: HEIGHT + (rows - 1) * ROW,
  });
  chart.setOption(chartOption(title, panels, columns));
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** How the loss went, on a logarithmic axis. `unit` says what there is one of for each: a step, an epoch. */
export function lossPanel(unit: string, losses: readonly number[]): Panel {
  return {
    title: "Learning",
    axes: [
      { name: unit, range: [0, losses.length] },
      { name: "loss (mean squared error)", logarithmic: true },
    ],
    lines: [
      { name: "training loss", points: losses.map((loss, i) => [i + 1, loss]), color: "#1f6feb", width: 1.5 },
    ],
  };
}

function chartOption(title: string, panels: readonly Panel[], columns: number): EChartsOption {
  const left = (panel: number) => (panel % columns) * WIDTH + MARGIN.left;
  const top = (panel: number) => Math.floor(panel / columns) * ROW;
  return {
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT },
    title: [
      {
        text: title,
        left: "center",
        top: 16,
        textStyle: { fontFamily: FONT, fontSize: 22, color: "#111111" },
      },
      ...panels.map((panel, i) => ({
        text: panel.title,
        left: left(i) + SIDE / 2,
        top: top(i) + 62,
        textAlign: "center" as const,
        textStyle: { fontFamily: FONT, fontSize: 16, fontWeight: "normal" as const, color: "#111111" },
      })),
    ],
    legend: panels.map((panel, i) => ({
      data: [...new Set(panel.lines.map(({ name }) => name))],
      left: left(i),
      width: SIDE,
      top: top(i) + 92,
      icon: "roundRect",
      itemHeight: 4,
      // Without a browser the width of a text is an estimate: room for a wider font.
      itemGap: 30,
      textStyle: { fontSize: 13, color: "#333333" },
    })),
    grid: panels.map((_, i) => ({
      left: left(i),
      top: top(i) + MARGIN.top,
      width: SIDE,
      height: SIDE,
      outerBoundsMode: "none" as const,
    })),
    xAxis: panels.map((panel, i) => ({ gridIndex: i, nameGap: 34, ...axisOption(panel, 0) })),
    yAxis: panels.map((panel, i) => ({ gridIndex: i, nameGap: 60, ...axisOption(panel, 1) })),
    series: panels.flatMap((panel, i) =>
      panel.lines.map(({ name, points, color, width, opacity = 1 }) => ({
        type: "line" as const,
        name,
        xAxisIndex: i,
        yAxisIndex: i,
        data: points.map((point) => (point ? [point[0], point[1]] : [Number.NaN, Number.NaN])),
        showSymbol: false,
        itemStyle: { color },
        lineStyle: { color, width, opacity, cap: "round" as const, join: "round" as const },
      })),
    ),
  };
}

function axisOption({ axes, extent }: Panel, which: 0 | 1) {
  if (!axes) return { type: "value" as const, min: -(extent ?? 1), max: extent ?? 1, show: false };
  const { name, range, interval, logarithmic, labels } = axes[which];
  return {
    type: logarithmic ? ("log" as const) : ("value" as const),
    name,
    nameLocation: "middle" as const,
    nameTextStyle: { fontSize: 14, color: "#333333" },
    min: range?.[0],
    max: range?.[1],
    interval: labels ? 1 : interval,
    axisLabel: {
      fontSize: 12,
      color: "#333333",
      ...(labels && { showMinLabel: true, showMaxLabel: true, hideOverlap: false }),
      formatter: labels
        ? (value: number) => labels[value] ?? ""
        : logarithmic
          ? (value: number) => value.toExponential(0)
          : undefined,
    },
    axisLine: { show: true, onZero: false, lineStyle: { color: "#666666" } },
    splitLine: { show: labels === undefined, lineStyle: { color: "#e6e6e6" } },
  };
}
