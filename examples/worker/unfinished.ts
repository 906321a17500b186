/**
 * A training that was left: what is kept in the browser's database, IndexedDB, from one visit of the page to
 * the next.
 */
export interface Unfinished {
  /** Of the model, its optimizer and how far they have come. */
  readonly checkpoint: Uint8Array;
  /** Epochs that were asked for. */
  readonly epochs: number;
}

const DATABASE = "lanewise-worker";
const STORE = "training";
const KEY = "unfinished";

/** Undefined when there is none. */
export function readUnfinished(): Promise<Unfinished | undefined> {
  return within("readonly", (store) => store.get(KEY));
}

/** In place of the one before, at once: a page that is closed meanwhile leaves the old one or the new. */
export async function keepUnfinished(training: Unfinished): Promise<void> {
  await within("readwrite", (store) => store.put(training, KEY));
}

export async function forgetUnfinished(): Promise<void> {
  await within("readwrite", (store) => store.delete(KEY));
}

/** What a request in a transaction of its own resulted in, once that is complete. */
async function within<Result>(
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening, "success");
  try {
    const transaction = database.transaction(STORE, mode);
    const request = ask(transaction.objectStore(STORE));
    await settled(transaction, "complete");
    return request.result;
  } finally {
    database.close();
  }
}

function settled(request: IDBOpenDBRequest, event: "success"): Promise<IDBDatabase>;
function settled(transaction: IDBTransaction, event: "complete"): Promise<void>;
function settled(source: IDBOpenDBRequest | IDBTransaction, event: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    source.addEventListener(event, () => resolve("result" in source ? source.result : undefined));
    for (const failure of ["error", "abort", "blocked"])
      source.addEventListener(failure, () => reject(source.error ?? new Error(`IndexedDB: ${failure}`)));
  });
}
