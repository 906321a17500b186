import type { Redis } from "ioredis";
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

/** Reads the notes of a board, and takes off those whose time is up, by the server's clock. */
const notesScript = `
local now = tonumber(redis.call('TIME')[1])
local all, alive = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #all, 2 do
  local ends, note = string.match(all[i + 1], '^(%d+) (.*)$')
  if tonumber(ends) >= now then alive[#alive + 1] = all[i]; alive[#alive + 1] = note
  else redis.call('HDEL', KEYS[1], all[i]) end
end
return alive`;

const postScript = `
local ends = tonumber(redis.call('TIME')[1]) + tonumber(ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d %s', ends, ARGV[2]))
return 1`;

/** Keys of one MGET: more would hold up other clients. */
const AT_ONCE = 1000;

/** The entries of a space have one hash tag, so that a cluster keeps them on one node. */
export function redisStore(redis: Redis, prefix: string): Store {
  const keyOf = (space: string, name: string): string => `${prefix}:{${space}}:${name}`;
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
    async post(board, name, note, seconds) {
      await redis.eval(postScript, 1, keyOf(board, "notes"), name, note, seconds);
    },
    async withdraw(board, name) {
      await redis.hdel(keyOf(board, "notes"), name);
    },
    async notes(board) {
      const flat = (await redis.eval(notesScript, 1, keyOf(board, "notes"))) as string[];
      return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]] as const] : [])));
    },
  };
}
