import { bytesOf, reasonOf } from "../core/source.js";
import { type FileKind, insteadOf, recognize, UNKNOWN_JSON } from "../files/recognize.js";
import { FormatError } from "../index.js";

/** A file as it is given: its text, its bytes, or the JSON in it. */
export type JsonFile = string | object;

/** A text as a message shows it, cut where it would fill a screen. */
const cut = (text: string) => text.slice(0, 60);

/** A value as a message shows it: not what is in it, which may be nested deeper than calls can go. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value !== null && typeof value === "object") return "an object";
  return value === undefined ? "nothing" : cut(JSON.stringify(value) ?? String(value));
}

/**
 * A place in JSON that another program wrote. Each reading of it throws a FormatError that names the place
 * when something else is there.
 */
export class Place {
  private constructor(
    readonly value: unknown,
    /** Where it is, as a message says it. */
    readonly path: string,
  ) {}

  /**
   * The whole of a file that should be `expected`, which recognize knows as `kind`. @throws FormatError for
   * what is no JSON, and for what is recognised as something else
   */
  static of(file: JsonFile, name: string, kind: FileKind, expected: string): Place {
    const bytes = bytesOf(file);
    const text = bytes ? new TextDecoder().decode(bytes) : typeof file === "string" ? file : undefined;
    let value: unknown = file;
    try {
      if (text !== undefined) value = JSON.parse(text.replace(/^\ufeff/, ""));
    } catch (cause) {
      const found = recognize(bytes ?? text ?? "");
      if (found) throw new FormatError(`${name}: ${insteadOf(expected, found)}`, { cause });
      throw new FormatError(`${name}: is no JSON (${reasonOf(cause)})`, { cause });
    }
    const found = value !== null && typeof value === "object" ? recognize(value) : undefined;
    if (found && found.kind !== kind && found !== UNKNOWN_JSON)
      throw new FormatError(`${name}: ${insteadOf(expected, found)}`);
    return new Place(value, name);
  }

  /** Whether nothing is there, or null. */
  get empty(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** Cut where it would fill a screen: names and shapes may be of any length. */
  error(message: string): FormatError {
    return new FormatError(`${this.path}: ${message.slice(0, 2000)}`);
  }

  /** What to throw for what is there. */
  wrong(expected: string): FormatError {
    return this.error(`expected ${expected}, got ${shown(this.value)}`);
  }

  /** A member of an object, which may be empty. Nothing that objects inherit is one. */
  at(name: string): Place {
    const object = this.object();
    return new Place(
      Object.hasOwn(object, name) ? object[name] : undefined,
      `${this.path}${this.path.includes(": ") ? "." : ": "}${cut(name)}`,
    );
  }

  /** The first of these members that is not empty, or the last. */
  either(...names: readonly string[]): Place {
    return this.at(names.find((name) => !this.at(name).empty) ?? names[names.length - 1]);
  }

  object(): Readonly<Record<string, unknown>> {
    if (this.empty || typeof this.value !== "object" || Array.isArray(this.value))
      throw this.wrong("an object");
    return this.value as Record<string, unknown>;
  }

  /** The members' names, in order. */
  names(): string[] {
    return Object.keys(this.object());
  }

  list(): Place[] {
    if (!Array.isArray(this.value)) throw this.wrong("a list");
    return this.value.map((item: unknown, i) => new Place(item, `${this.path}[${i}]`));
  }

  /** A list of numbers. */
  numbers(): number[] {
    return this.list().map((item) => item.number());
  }

  text(): string {
    if (typeof this.value !== "string") throw this.wrong("a string");
    return this.value;
  }

  /** A number that is finite as a float32, or `otherwise` where nothing is. */
  number(otherwise?: number): number {
    if (this.empty && otherwise !== undefined) return otherwise;
    if (typeof this.value !== "number" || !Number.isFinite(Math.fround(this.value)))
      throw this.wrong("a finite number");
    return this.value;
  }

  /** A whole number of at least `least`. */
  count(least: number): number {
    if (!Number.isSafeInteger(this.value) || (this.value as number) < least)
      throw this.wrong(`a whole number of at least ${least}`);
    return this.value as number;
  }

  /** true or false, or `otherwise` where nothing is. */
  flag(otherwise: boolean): boolean {
    if (this.empty) return otherwise;
    if (typeof this.value !== "boolean") throw this.wrong("true or false");
    return this.value;
  }
}
