import type { EChartsOption } from "echarts";
import { BarChart, CustomChart, LineChart, ParallelChart } from "echarts/charts";
import { GridComponent, ParallelComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { type Content, Html, html } from "./html.js";

use([BarChart, CustomChart, LineChart, ParallelChart, GridComponent, ParallelComponent, SVGRenderer]);

/** Colours are variables of the page's style, so that one picture is readable on light and on dark ground. */
export const colors = {
  accent: "var(--accent)",
  muted: "var(--muted)",
  rule: "var(--rule)",
  ink: "var(--ink)",
  ground: "var(--card)",
  pale: "rgb(var(--shade) / 0.6)",
} as const;

export interface Picture {
  /** Of the figure in the page. */
  readonly id: string;
  readonly title: Content;
  /** What the picture shows, for those who do not see it. */
  readonly label: string;
  /** What it shows and how to read it, below the picture. */
  readonly caption?: Content;
  /** In pixels, from which the page scales it. */
  readonly width: number;
  readonly height: number;
  /** Whether it takes the width of the page, and can be moved on a narrow one. */
  readonly isWide?: boolean;
  readonly option: EChartsOption;
}

/** A figure of the page with a picture in it. */
export function figure({ id, title, label, caption, width, height, isWide, option }: Picture): Html {
  return html`<figure class="card${isWide && " wide"}" id="${id}">
<h3>${title}</h3>
<div class="picture" role="img" aria-label="${label}"${isWide && html` tabindex="0"`}>${svg(id, width, height, option)}</div>
${caption && html`<figcaption>${caption}</figcaption>`}
</figure>
`;
}

/** Drawn by ECharts, which needs no browser for it. */
function svg(id: string, width: number, height: number, option: EChartsOption): Html {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({
    animation: false,
    backgroundColor: "transparent",
    textStyle: { fontFamily: "inherit" },
    ...option,
  });
  const text = chart.renderToSVGString();
  chart.dispose();
  return new Html(
    text
      // Styles and attributes are for scripts and the mouse, which a printed picture has no use for.
      .replace(/<style[\s\S]*?<\/style>/g, "")
      .replace(/ (ecmeta_\w+|pointer-events|class|xmlns:\w+)="[^"]*"/g, "")
      // ECharts counts its pictures, and the page must not depend on how many there were before.
      .replace(/\bzr\d+-/g, `${id}-`)
      .replace("<svg ", '<svg aria-hidden="true" focusable="false" '),
  );
}

export interface AxisSettings {
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
  readonly interval?: number;
  readonly format?: (value: number) => string;
  /** From the labels to the name. */
  readonly gap?: number;
  readonly gridIndex?: number;
}

/** An axis of numbers. Without a range it has that of the data. */
export function axis({ name, min, max, interval, format, gap = 30, gridIndex }: AxisSettings) {
  return {
    type: "value" as const,
    name,
    nameLocation: "middle" as const,
    nameGap: gap,
    nameTextStyle: { fontSize: 13, color: colors.muted },
    scale: true,
    // Bars end where the axis does.
    containShape: false,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(interval !== undefined && { interval }),
    ...(gridIndex !== undefined && { gridIndex }),
    axisLabel: { fontSize: 13, color: colors.muted, hideOverlap: true, ...(format && { formatter: format }) },
    axisLine: { show: true, onZero: false, lineStyle: { color: colors.rule } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colors.rule } },
  };
}

/** A grid whose box is as given: the axes' labels are outside of it. */
export const grid = (left: number, top: number, width: number, height: number) => ({
  left,
  top,
  width,
  height,
  outerBoundsMode: "none" as const,
});

/** A line through points. */
export const line = (
  data: readonly (readonly [x: number, y: number])[],
  color: string,
  { width = 2, isDashed = false } = {},
) => ({
  type: "line" as const,
  data: data.map(([x, y]) => [x, y]),
  showSymbol: false,
  silent: true,
  itemStyle: { color },
  lineStyle: { color, width, ...(isDashed && { type: [4, 4] }), join: "round" as const },
});
