import type { Exportable, ExportedFile, FormatName } from "./formats.js";
import type { ExportNotice, ExportOrder } from "./worker.js";

/** The page's end of the worker that writes files. It lives as long as the dialog. */
export class Exporter {
  private worker: Worker | undefined;

  /** `folder` is the address of the package's entries. */
  constructor(private readonly folder: string) {}

  /** @throws Error with what the worker says */
  export(format: FormatName, run: Exportable): Promise<ExportedFile> {
    this.worker ??= new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const { worker, folder } = this;
    const order: ExportOrder = { format, run, folder };
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<ExportNotice>) =>
        data.kind === "exported" ? resolve(data.file) : reject(new Error(data.message));
      worker.onerror = ({ message }) =>
        reject(new Error(`The exporter has failed: ${message || "it could not be loaded"}`));
      worker.postMessage(order);
    });
  }

  close(): void {
    this.worker?.terminate();
  }
}
