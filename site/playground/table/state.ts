import type { CrossValidation, Problem } from "lanewise/table";
import { type InjectionKey, inject, onMounted, onUnmounted, ref, shallowRef } from "vue";
import type { Choice, FoundColumns, OpenedTable, TableNotice, TableOrder, Trained } from "./messages.js";

export type TableStatus = "loading" | "empty" | "reading" | "ready" | "training" | "validating" | "done";

/** The state of the table page: a file, the choices and the results. */
export function createTableState() {
  const status = ref<TableStatus>("loading");
  const table = shallowRef<OpenedTable>();
  const choice = shallowRef<Choice>();
  const found = shallowRef<FoundColumns>();
  const progress = ref(0);
  const trained = shallowRef<Trained>();
  const validation = shallowRef<CrossValidation>();
  /** The choices that the model was trained with, which may differ from the current ones. */
  const trainedBy = shallowRef<Choice>();
  const outputs = shallowRef<Float32Array>();
  const failure = shallowRef<{ during: TableOrder["kind"]; message: string; problems: readonly Problem[] }>();
  let worker: Worker | undefined;
  let file: { readonly blob: Blob; readonly name: string } | undefined;

  function take(notice: TableNotice): void {
    if (notice.kind === "opened") {
      table.value = notice.table;
      choice.value = notice.choice;
      found.value = notice.found;
      status.value = "ready";
    } else if (notice.kind === "found") found.value = notice.found;
    else if (notice.kind === "progress") progress.value = notice.done;
    else if (notice.kind === "trained") {
      trained.value = notice.trained;
      progress.value = 0;
      status.value = notice.validates ? "validating" : "done";
    } else if (notice.kind === "validated") {
      validation.value = notice.validation;
      status.value = "done";
    } else if (notice.kind === "predicted") outputs.value = notice.outputs;
    else {
      failure.value = notice;
      status.value = trained.value ? "done" : notice.during === "open" ? "empty" : "ready";
    }
  }

  function start(): void {
    worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<TableNotice>) => take(data));
    worker.addEventListener("error", ({ message }) => {
      failure.value = { during: "open", message: message || "The worker could not be loaded.", problems: [] };
    });
  }

  const tell = (order: TableOrder) => worker?.postMessage(order);

  function forget(): void {
    trained.value = undefined;
    validation.value = undefined;
    outputs.value = undefined;
    failure.value = undefined;
    progress.value = 0;
  }

  function open(blob: Blob, name: string): void {
    forget();
    stopWork();
    file = { blob, name };
    table.value = undefined;
    found.value = undefined;
    choice.value = undefined;
    status.value = "reading";
    tell({ kind: "open", file: blob, name });
  }

  /** Changes the choices and inspects the columns again. */
  function choose(part: Partial<Choice>): void {
    if (!choice.value) return;
    failure.value = undefined;
    choice.value = { ...choice.value, ...part };
    tell({ kind: "find", choice: choice.value });
  }

  function train(): void {
    if (!choice.value || status.value === "training" || status.value === "validating") return;
    forget();
    trainedBy.value = choice.value;
    status.value = "training";
    tell({ kind: "train", choice: choice.value });
  }

  /** A worker that trains receives no messages, so it ends, and the next one reads the file again. */
  function stopWork(): void {
    if (status.value !== "training" && status.value !== "validating") return;
    worker?.terminate();
    start();
  }

  function stop(): void {
    const chosen = choice.value;
    stopWork();
    forget();
    status.value = "ready";
    if (!file || !chosen) return;
    const opened = (event: MessageEvent<TableNotice>) => {
      if (event.data.kind === "opened") choose(chosen);
    };
    worker?.addEventListener("message", opened, { once: true });
    tell({ kind: "open", file: file.blob, name: file.name });
  }

  const predict = (record: Readonly<Record<string, string>>) => {
    failure.value = undefined;
    tell({ kind: "predict", record });
  };

  onMounted(() => {
    start();
    status.value = "empty";
  });
  onUnmounted(() => worker?.terminate());

  return {
    ...{ status, table, choice, found, progress, trained, trainedBy, validation, outputs, failure },
    ...{ open, choose, train, stop, predict },
  };
}

export type TableState = ReturnType<typeof createTableState>;
export const tableKey: InjectionKey<TableState> = Symbol("table");

/** The state of the page that a component is part of. */
export function useTable(): TableState {
  const state = inject(tableKey);
  if (!state) throw new Error("useTable: the component is not inside a TablePage");
  return state;
}
