/** What a change of a space does, all of it or nothing. */
export interface Change {
  /** The change is made only if this entry has this text; `undefined`: only if there is no such entry. */
  readonly expects?: { readonly name: string; readonly text: string | undefined };
  readonly sets?: ReadonlyMap<string, Uint8Array | string>;
  readonly drops?: readonly string[];
  /** The names of entries that live on for as long as new ones. */
  readonly renews?: readonly string[];
  /** How long new entries live. */
  readonly seconds: number;
}

/**
 * Bytes by name on a server, beside the queue. Each run is a space of its own. Entries end when their time to
 * live does.
 */
export interface Store {
  read(space: string, names: readonly string[]): Promise<readonly (Buffer | undefined)[]>;
  /** Whether the change was made: false if the space was not as the change expects. */
  change(space: string, change: Change): Promise<boolean>;
  /** Puts a note on a board that all can read; it goes by itself. */
  post(board: string, name: string, note: string, seconds: number): Promise<void>;
  withdraw(board: string, name: string): Promise<void>;
  notes(board: string): Promise<ReadonlyMap<string, string>>;
}
