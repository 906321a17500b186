import type { Pool } from "pg";
import type { Store } from "./store.js";

/** Made once: a lock keeps processes that start together apart. */
export const tables = `
CREATE SCHEMA IF NOT EXISTS lanewise;
CREATE TABLE IF NOT EXISTS lanewise.entries (
  space text NOT NULL, name text NOT NULL, value bytea NOT NULL, ends timestamptz NOT NULL,
  PRIMARY KEY (space, name)
);
CREATE INDEX IF NOT EXISTS entries_end ON lanewise.entries (ends);
CREATE OR REPLACE FUNCTION lanewise.change(
  in_space text, mode text, guard text, expected bytea, seconds int,
  names text[], contents bytea[], drops text[], renews text[]
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE found bytea;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(in_space, 0));
  IF mode <> 'any' THEN
    SELECT value INTO found FROM lanewise.entries WHERE space = in_space AND name = guard AND ends > now();
    IF mode = 'absent' AND found IS NOT NULL THEN RETURN false; END IF;
    IF mode = 'equal' AND found IS DISTINCT FROM expected THEN RETURN false; END IF;
  END IF;
  INSERT INTO lanewise.entries
    SELECT in_space, n, v, now() + make_interval(secs => seconds) FROM unnest(names, contents) AS new(n, v)
    ON CONFLICT (space, name) DO UPDATE SET value = EXCLUDED.value, ends = EXCLUDED.ends;
  DELETE FROM lanewise.entries WHERE space = in_space AND name = ANY(drops);
  UPDATE lanewise.entries SET ends = now() + make_interval(secs => seconds)
    WHERE space = in_space AND name = ANY(renews);
  RETURN true;
END $$`;

/** A table, `lanewise.entries`. Rows whose time is up are not read, and deleted by the way. */
export function postgresStore(pool: Pool, prefix: string): Store {
  const spaceOf = (space: string): string => `${prefix}:${space}`;
  const bytesOf = (value: Uint8Array | string): Buffer =>
    typeof value === "string"
      ? Buffer.from(value)
      : Buffer.from(value.buffer, value.byteOffset, value.byteLength);

  const change: Store["change"] = async (space, { expects, sets, drops, renews, seconds }) => {
    const mode = expects === undefined ? "any" : expects.text === undefined ? "absent" : "equal";
    const { rows } = await pool.query<{ made: boolean }>({
      name: "lanewise-change",
      text: "SELECT lanewise.change($1, $2, $3, $4, $5, $6, $7, $8, $9) AS made",
      values: [
        spaceOf(space),
        mode,
        expects?.name ?? "",
        bytesOf(expects?.text ?? ""),
        seconds,
        [...(sets?.keys() ?? [])],
        [...(sets?.values() ?? [])].map(bytesOf),
        drops ?? [],
        renews ?? [],
      ],
    });
    return rows[0].made;
  };

  return {
    change,
    async read(space, names) {
      const { rows } = await pool.query<{ name: string; value: Buffer }>({
        name: "lanewise-read",
        text: "SELECT name, value FROM lanewise.entries WHERE space = $1 AND name = ANY($2) AND ends > now()",
        values: [spaceOf(space), names],
      });
      const found = new Map(rows.map(({ name, value }) => [name, value]));
      return names.map((name) => found.get(name));
    },
    async post(board, name, note, seconds) {
      await change(board, { sets: new Map([[name, note]]), seconds });
      await pool.query("DELETE FROM lanewise.entries WHERE ends <= now()");
    },
    async withdraw(board, name) {
      await change(board, { drops: [name], seconds: 1 });
    },
    async notes(board) {
      const { rows } = await pool.query<{ name: string; value: Buffer }>(
        "SELECT name, value FROM lanewise.entries WHERE space = $1 AND ends > now()",
        [spaceOf(board)],
      );
      return new Map(rows.map(({ name, value }) => [name, value.toString()]));
    },
  };
}
