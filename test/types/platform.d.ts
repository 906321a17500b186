/** What the programs of the README and the guides use of any host, for a compiler that knows no host. */
declare const console: {
  log(...values: unknown[]): void;
  table(value: unknown): void;
};
