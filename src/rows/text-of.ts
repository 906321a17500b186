/** What the text of a value depends on. */
export interface TimeElement {
  readonly logical_type?: { readonly type: string; readonly unit?: keyof typeof UNITS } | undefined;
}

/** Ticks of a second. */
const UNITS = { MILLIS: 1e3, MICROS: 1e6, NANOS: 1e9 } as const;

/** A value of a Parquet file as the text that CSV would have. */
export function textOf(value: unknown, { logical_type: type }: TimeElement): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (type?.type === "TIME") return timeText(Number(value) / UNITS[type.unit ?? "MILLIS"]);
  if (value instanceof Date) return dateText(value);
  if (typeof value === "object") return JSON.stringify(value, (_, part) => plain(part));
  return String(value);
}

/** 06:30:00 of the seconds of a day. */
function timeText(seconds: number): string {
  const text = new Date(Math.floor(seconds) * 1000).toISOString();
  return text.slice(11, 19);
}

/** 2024-01-31, with the time where it is not midnight. */
function dateText(date: Date): string {
  const text = date.toISOString();
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text;
}

/** JSON has no large integers, and bytes are no object. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? base64(value) : value;
}

const base64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
