import { Refusal, shown } from "./scene.js";

/** Formulas of x with + - * / ( ), numbers and whole powers: read into functions, never evaluated as code. */

type Formula = (x: number) => number;

const LONGEST = 80;
const DEEPEST = 12;

/** @throws Refusal with the place and what was expected there */
export function formulaFrom(text: string): Formula {
  if (text.length > LONGEST) throw new Refusal(`A formula has at most ${LONGEST} characters.`);
  const tokens = text.match(/\d+\.?\d*|\.\d+|\s+|./gsu)?.filter((token) => token.trim() !== "") ?? [];
  let at = 0;
  let depth = 0;
  const take = (token: string): boolean => tokens[at] === token && ++at > 0;

  function sum(): Formula {
    let left = product();
    for (;;) {
      const before = left;
      if (take("+")) {
        const right = product();
        left = (x) => before(x) + right(x);
      } else if (take("-")) {
        const right = product();
        left = (x) => before(x) - right(x);
      } else return left;
    }
  }

  function product(): Formula {
    let left = signed();
    for (;;) {
      const before = left;
      if (take("*")) {
        const right = signed();
        left = (x) => before(x) * right(x);
      } else if (take("/")) {
        const right = signed();
        left = (x) => before(x) / right(x);
      } else if (/^[x(]/.test(tokens[at] ?? "")) {
        // 2x and 3(x + 1)
        const right = power();
        left = (x) => before(x) * right(x);
      } else return left;
    }
  }

  function signed(): Formula {
    if (!take("-")) return power();
    const of = nested(signed);
    return (x) => -of(x);
  }

  function power(): Formula {
    const of = value();
    if (!take("^")) return of;
    const exponent = tokens[at++] ?? "";
    if (!/^[0-9]$/.test(exponent))
      throw new Refusal(`A power must be a digit, as in x^3, not "${shown(exponent)}".`);
    return (x) => {
      const factor = of(x);
      let result = 1;
      for (let i = 0; i < Number(exponent); i++) result *= factor;
      return result;
    };
  }

  function value(): Formula {
    const token = tokens[at++];
    if (token === "x") return (x) => x;
    if (token === "(") {
      const inside = nested(sum);
      if (!take(")")) throw new Refusal("A bracket is not closed.");
      return inside;
    }
    if (token !== undefined && /^[\d.]/.test(token)) {
      const number = Number(token);
      return () => number;
    }
    throw new Refusal(
      token === undefined
        ? "The formula ends where x, a number or a bracket was expected."
        : `A formula has x, numbers, + - * / ^ and brackets; found "${shown(token)}".`,
    );
  }

  function nested(read: () => Formula): Formula {
    if (++depth > DEEPEST) throw new Refusal(`Brackets and signs may be nested ${DEEPEST} times.`);
    const inside = read();
    depth--;
    return inside;
  }

  const formula = sum();
  if (at < tokens.length)
    throw new Refusal(`Nothing was expected after the formula; found "${shown(tokens[at])}".`);
  return formula;
}
