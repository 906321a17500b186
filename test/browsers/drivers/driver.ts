/** A browser that runs. */
export interface Browser {
  readonly version: string;
  /** Goes to a page; what happens there, the page tells the server. */
  open(url: string): Promise<void>;
  /** The value of an expression in the page, which JSON can hold. */
  evaluate<Value>(expression: string): Promise<Value>;
  close(): Promise<void>;
}

/** A browser of the system, and what starts it. */
export interface Driver {
  /** What --allow-missing calls it. */
  readonly name: string;
  readonly title: string;
  /** A file that is there when the browser is. */
  readonly executable: string;
  /** The Debian packages that bring it. */
  readonly packages: readonly string[];
  launch(): Promise<Browser>;
}
