import { show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { dateFormats, dateParts } from "./date-format.js";
import { type Encoding, encodedWidth } from "./encoding.js";

type Json = Readonly<Record<string, unknown>>;

/**
 * An encoding that samples of `width` numbers come from, wherever it was read. @throws ValueError with the
 * place that is wrong, ShapeError for another number of features
 */
export function checkEncoding(who: string, encoding: unknown, width: number): asserts encoding is Encoding {
  const need = (isRight: boolean, place: string, value: unknown) => {
    if (!isRight)
      throw new ValueError(`${who} expected encoding${place} as planEncoding gives it, got ${show(value)}`);
  };
  const list = (place: string, value: unknown): Json[] => {
    need(Array.isArray(value), place, value);
    for (const each of value as Json[]) need(each !== null && typeof each === "object", place, each);
    return value as Json[];
  };
  const texts = (place: string, value: unknown = []) => {
    need(Array.isArray(value) && value.every((text) => typeof text === "string"), place, value);
  };
  need(encoding !== null && typeof encoding === "object", "", encoding);
  const { columns, others } = encoding as Json;
  texts(".others", others);
  const names = new Set<unknown>();
  list(".columns", columns).forEach(({ name, kind, gaps, format, features }, i) => {
    const column = `.columns[${i}]`;
    need(typeof name === "string" && !names.has(name), `${column}.name`, name);
    names.add(name);
    need(["number", "date", "category", "words"].includes(kind as string), `${column}.kind`, kind);
    texts(`${column}.gaps`, gaps);
    if (kind === "date") need(dateFormats.includes(format as never), `${column}.format`, format);
    else texts(`${column}.format`, Object.values((format as Json | undefined) ?? {}));
    const quantities = kind === "date" ? Object.keys(dateParts) : kind === "number" ? ["value", "log"] : [];
    list(`${column}.features`, features).forEach(({ of, part, values, ...numbers }, j) => {
      const place = `${column}.features[${j}]`;
      const { buckets } = numbers;
      if (of === "categories" && (kind === "category" || kind === "number"))
        texts(`${place}.values`, values ?? 0);
      else if (of === "words" && kind === "words")
        need(Number.isSafeInteger(buckets) && (buckets as number) > 0, `${place}.buckets`, buckets);
      else if (of === "turn" && kind === "date")
        need(Object.hasOwn(dateParts, String(part)), `${place}.part`, part);
      else if (quantities.includes(of as string)) {
        for (const [key, number] of Object.entries({ median: 0, mean: 0, deviation: 0, ...numbers })) {
          const isDivisor = key === "deviation" || key === "unit";
          const isGiven = Object.hasOwn(numbers, key);
          need(
            isGiven && Number.isFinite(number) && !(isDivisor && number === 0),
            `${place}.${key}`,
            numbers[key],
          );
        }
      } else need(of === "missing" && kind !== "category", `${place}.of`, of);
    });
  });
  const features = encodedWidth(encoding as unknown as Encoding);
  if (features !== width)
    throw new ShapeError(`${who}: encoding gives ${features} features, the model takes ${width}`);
}
