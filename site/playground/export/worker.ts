import { type Entries, exported } from "./files.js";
import type { Exportable, ExportedFile, FormatName } from "./formats.js";

/** What the page asks for. `folder` is the address of the package's entries, as they are published. */
export interface ExportOrder {
  readonly format: FormatName;
  readonly run: Exportable;
  readonly folder: string;
}

export type ExportNotice =
  | { readonly kind: "exported"; readonly file: ExportedFile }
  | { readonly kind: "failed"; readonly message: string };

const tell = (notice: ExportNotice): void => postMessage(notice);

/** The entries import each other by name: one that was bundled would bring another lanewise with it. */
const entriesAt = (folder: string): Entries => ({
  lanewise: () => import(/* @vite-ignore */ `${folder}lanewise.js`),
  onnx: () => import(/* @vite-ignore */ `${folder}onnx.js`),
  tfjs: () => import(/* @vite-ignore */ `${folder}tfjs.js`),
});

addEventListener("message", ({ data: { format, run, folder } }: MessageEvent<ExportOrder>) => {
  exported(format, run, entriesAt(folder)).then(
    (file) => tell({ kind: "exported", file }),
    (error) => tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) }),
  );
});
