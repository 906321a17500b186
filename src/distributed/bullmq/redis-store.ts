import type { ChainableCommander, Redis } from "ioredis";
import type { Change, Store } from "./store.js";

/**
 * One script, so that a change is made at once. KEYS: the entry that is expected, then those that are set,
 * dropped, renewed. ARGV: how it is compared, its text, the seconds, three counts, the new values.
 */
const changeScript = `
local is = redis.call('GET', KEYS[1])
if ARGV[1] == 'absent' and is then return 0 end
if ARGV[1] == 'equal' and is ~= ARGV[2] then return 0 end
local sets, drops, renews = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
for i = 1, sets do redis.call('SET', KEYS[1 + i], ARGV[6 + i], 'EX', ARGV[3]) end
for i = 1, drops do redis.call('UNLINK', KEYS[1 + sets + i]) end
for i = 1, renews do redis.call('EXPIRE', KEYS[1 + sets + drops + i], ARGV[3]) end
return 1`;

/** Keys of one MGET: more would hold up other clients. */
const AT_ONCE = 1000;

/** The entries of a space have one hash tag, so that a cluster keeps them on one node. */
export function redisStore(redis: Redis, prefix: string): Store {
  const keyOf = (space: string, name: string): string => `${prefix}:{${space}}:${name}`;
  const noteOf = (board: string, name: string): string => keyOf(board, `note/${name}`);
  const namesOf = (board: string): string => keyOf(board, "names");
  return {
    async read(space, names) {
      const found: (Buffer | undefined)[] = [];
      for (let start = 0; start < names.length; start += AT_ONCE) {
        const keys = names.slice(start, start + AT_ONCE).map((name) => keyOf(space, name));
        for (const value of await redis.mgetBuffer(keys)) found.push(value ?? undefined);
      }
      return found;
    },
    async change(space, { expects, sets = new Map(), drops = [], renews = [], seconds }: Change) {
      const mode = expects === undefined ? "any" : expects.text === undefined ? "absent" : "equal";
      const names = [expects?.name ?? "-", ...sets.keys(), ...drops, ...renews];
      const values = [...sets.values()].map((value) =>
        typeof value === "string" ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
      );
      const made = await redis.eval(
        changeScript,
        names.length,
        ...names.map((name) => keyOf(space, name)),
        mode,
        expects?.text ?? "",
        seconds,
        sets.size,
        drops.length,
        renews.length,
        ...values,
      );
      return made === 1;
    },
    // Each note is a key, which ends by itself, and a set has their names.
    async post(board, name, note, seconds) {
      const written = redis.multi().set(noteOf(board, name), note, "EX", seconds);
      await allOf(written.sadd(namesOf(board), name));
    },
    async withdraw(board, name) {
      await allOf(redis.multi().del(noteOf(board, name)).srem(namesOf(board), name));
    },
    async notes(board) {
      const names = await redis.smembers(namesOf(board));
      if (names.length === 0) return new Map();
      const notes = await redis.mget(names.map((name) => noteOf(board, name)));
      const gone = names.filter((_, i) => notes[i] === null);
      if (gone.length > 0) await redis.srem(namesOf(board), ...gone);
      return new Map(names.flatMap((name, i) => (notes[i] === null ? [] : [[name, notes[i]] as const])));
    },
  };
}

/** Runs a transaction. @throws the first error of its commands */
async function allOf(transaction: ChainableCommander): Promise<void> {
  for (const [error] of (await transaction.exec()) ?? []) if (error) throw error;
}
