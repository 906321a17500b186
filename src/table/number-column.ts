import { type NumberFormat, numberFrom } from "../encoding/number-format.js";

/** Words that stand for no number in a column whose other cells are numbers. */
const NO_VALUE = /^(n\/?a|nan|null|none|nil|missing|unknown|[?.*-]+|#n\/?a|#num!|#value!|#div\/0!)$/i;

const POINT: readonly NumberFormat[] = [{}, { group: "," }, { group: " " }, { group: "'" }];
const COMMA: readonly NumberFormat[] = [
  { decimal: "," },
  { decimal: ",", group: "." },
  { decimal: ",", group: " " },
  { decimal: ",", group: "'" },
];
/** Numbers with groups of thousands, which a point or a comma before three decimals looks like. */
const GROUPED: readonly NumberFormat[] = [{ decimal: ",", group: "." }];

/** The different cells of a column of numbers, and how they are written. */
export interface NumberColumn {
  readonly format: NumberFormat;
  /** Words among them that stand for no number. */
  readonly gaps: readonly string[];
}

/**
 * How cells, each different, write numbers; undefined if some are no numbers in any format. `decimal` is what
 * the table has before decimals, where that is known.
 */
export function numberColumn(
  cells: readonly string[],
  decimal: "," | "." | undefined,
): NumberColumn | undefined {
  const gaps = cells.filter(isNoValue);
  const numbers = gaps.length > 0 ? cells.filter((cell) => !isNoValue(cell)) : cells;
  if (numbers.length === 0) return undefined;
  const sign = numbers.length > 0 ? /[$€£¥₹%]/.exec(numbers[0])?.[0] : undefined;
  const grouped = numbers.some((cell) => cell.includes(".")) ? GROUPED : [];
  const formats = decimal === "," ? [...grouped, {}, ...COMMA] : [...POINT, ...(decimal ? [] : COMMA)];
  const units = sign === undefined ? formats : formats.map((format) => ({ ...format, unit: sign }));
  const format = units.find((each) => numbers.every((cell) => numberFrom(cell, each) !== undefined));
  return format && { format, gaps };
}

/** Whether a word stands for no number in a column of numbers. */
export const isNoValue = (cell: string): boolean => NO_VALUE.test(cell);

/** Whether only a comma before decimals makes numbers of these cells. */
export function needsDecimalComma(cells: readonly string[]): boolean {
  const found = cells.some((cell) => cell.includes(",")) ? numberColumn(cells, undefined) : undefined;
  return found?.format.decimal === ",";
}

/** Whether a cell is a number with leading zeros: a code such as a postcode, not a quantity. */
export const isCode = (cell: string): boolean => /^[+-]?0+\d/.test(cell);

/** A format in words. */
export function formatText({ decimal, group, unit }: NumberFormat): string {
  const parts = [
    ...(decimal ? ["decimal commas"] : []),
    ...(group ? [`${JSON.stringify(group)} between thousands`] : []),
    ...(unit ? [`the sign ${unit}`] : []),
  ];
  return parts.length > 0 ? ` with ${parts.join(" and ")}` : "";
}
