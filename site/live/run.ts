/** What a program that runs says to the page. */
export type Said =
  | { readonly kind: "line"; readonly level: "log" | "error"; readonly text: string }
  | { readonly kind: "end" };

/** Is replaced in the program of the worker by what it imports. */
const NAME = /(\bfrom\s*|\bimport\s*\(?\s*)(["'])lanewise(?:\/(\w+))?\2/g;

/** The program with the addresses of what it imports from the package. */
export const withAddresses = (program: string, folder: string): string =>
  program.replace(
    NAME,
    (_, before: string, quote: string, entry = "lanewise") => `${before}${quote}${folder}${entry}.js${quote}`,
  );

/**
 * Runs a program in a worker of its own, which a program that never ends does not keep from being stopped.
 * `folder` is the address of the package's entries. Returns what stops it.
 */
export function runProgram(program: string, folder: string, tell: (said: Said) => void): () => void {
  const text = `${CONSOLE}${withAddresses(program, folder)}\n;postMessage({ kind: "end" });`;
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(address, { type: "module" });
  const stop = () => {
    worker.terminate();
    URL.revokeObjectURL(address);
  };
  const end = () => {
    stop();
    tell({ kind: "end" });
  };
  worker.addEventListener("message", ({ data }: MessageEvent<Said>) => {
    if (data.kind === "end") end();
    else tell(data);
  });
  worker.addEventListener("error", ({ message }) => {
    const text = message ?? "The program cannot be read, or imports what is not there.";
    tell({ kind: "line", level: "error", text: text.replace(/^Uncaught /, "") });
    end();
  });
  return stop;
}

/**
 * The console of the worker: it prints values as Node does, as far as programs of the documentation do. It is
 * one line, before the first of the program, whose lines keep their numbers, and a block, so that the program
 * may use its names.
 */
const CONSOLE = `{
const shown = (value, inside = false) => {
  if (typeof value === "string") return inside ? "'" + value + "'" : value;
  if (value instanceof Error) return String(value);
  if (Array.isArray(value)) return value.length ? "[ " + value.map((v) => shown(v, true)).join(", ") + " ]" : "[]";
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return value.constructor.name + "(" + value.length + ") " + shown([...value]);
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(([key, v]) => key + ": " + shown(v, true));
    return fields.length ? "{ " + fields.join(", ") + " }" : "{}";
  }
  return String(value);
};
const line = (level) => (...values) =>
  postMessage({ kind: "line", level, text: values.map((value) => shown(value)).join(" ") });
const table = (rows) => {
  for (const [key, row] of Object.entries(rows)) console.log(key, row);
};
addEventListener("unhandledrejection", ({ reason }) => {
  console.error(String(reason));
  postMessage({ kind: "end" });
});
Object.assign(console, { log: line("log"), info: line("log"), warn: line("error"), error: line("error"), table });
} `.replace(/\n\s*/g, " ");
