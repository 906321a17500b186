/**
 * Reads JSON of a form that its caller knows: each function reads one value at the place where the last one
 * ended, or throws.
 */
export interface JsonReader {
  /** Calls `member` with each name, to read its value. A name may come once. */
  readonly object: (member: (name: string) => void) => void;
  /** An array of integers from 0 to 2^53 - 1, written without fraction or exponent. */
  readonly integers: () => number[];
  readonly string: () => string;
  /** Reads null where it is next, and says whether it was. */
  readonly isNull: () => boolean;
  /** Nothing but white space is left. */
  readonly end: () => void;
}

/**
 * A reader of `text`; `wrong` makes the error of what was not expected, from the number of bytes before it.
 *
 * JSON.parse keeps the last of two members of one name without a word, and moves names that look like
 * integers to the front. Here nothing is read that the caller did not ask for, so that nothing in the text
 * decides how deep the calls go.
 */
export function jsonReader(
  text: string,
  wrong: (at: number, expected: string, got: string) => Error,
): JsonReader {
  let at = 0;
  const unexpected = (expected: string) =>
    wrong(
      new TextEncoder().encode(text.slice(0, at)).length,
      expected,
      at < text.length ? JSON.stringify(text.slice(at, at + 20)) : "the end",
    );
  const next = (): string | undefined => {
    while (at < text.length && " \n\r\t".includes(text[at])) at++;
    return text[at];
  };
  const take = (symbol: string): boolean => {
    const found = next() === symbol;
    if (found) at++;
    return found;
  };
  const need = (symbol: string): void => {
    if (!take(symbol)) throw unexpected(symbol);
  };
  const list = (brackets: string, item: () => void): void => {
    need(brackets[0]);
    if (take(brackets[1])) return;
    do item();
    while (take(","));
    need(brackets[1]);
  };
  const string = (): string => {
    if (next() === '"') {
      let end = at;
      while (++end < text.length && text[end] !== '"') if (text[end] === "\\") end++;
      try {
        const value: string = JSON.parse(text.slice(at, ++end));
        // Half a surrogate pair has no UTF-8: written again, it would be another string.
        if (!/\p{Cs}/u.test(value)) {
          at = end;
          return value;
        }
      } catch {}
    }
    throw unexpected("a string");
  };
  return {
    string,
    isNull: () => {
      next();
      const found = text.startsWith("null", at);
      if (found) at += 4;
      return found;
    },
    object: (member) => {
      const names = new Set<string>();
      list("{}", () => {
        next();
        const start = at;
        const name = string();
        if (names.has(name)) {
          at = start;
          throw unexpected("each name once");
        }
        names.add(name);
        need(":");
        member(name);
      });
    },
    integers: () => {
      const values: number[] = [];
      list("[]", () => {
        next();
        // The largest has 16 digits: of more, those left are not what may follow an integer.
        const value = Number.parseInt(text.slice(at, at + 16), 10);
        if (!(value >= 0 && Number.isSafeInteger(value) && text.startsWith(`${value}`, at)))
          throw unexpected("an integer from 0 to 2^53 - 1");
        at += `${value}`.length;
        values.push(value);
      });
      return values;
    },
    end: () => {
      if (next()) throw unexpected("the end");
    },
  };
}
