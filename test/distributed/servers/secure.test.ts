import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort, start, temporary } from "./start.js";
import { engineOn, expected, run, startWorker } from "./workers.js";

/**
 * A Redis that speaks TLS only, with a certificate of a CA of its own, and has one user, who may do little.
 */

const PASSWORD = "correct-horse";

/** What the account of workers and producers needs, and no more. */
const RIGHTS =
  "~lw:* &lw:* -@all +@read +@write +@connection +@transaction +@scripting +@blocking +@pubsub -@dangerous +info";

function openssl(folder: string, words: string): void {
  const { status, stderr } = spawnSync("openssl", words.split(" "), { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl ${words} failed: ${stderr}`);
}

async function secureRedis() {
  const folder = temporary();
  openssl(folder, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=test-ca");
  openssl(folder, "req -newkey rsa:2048 -nodes -keyout redis.key -out redis.csr -subj /CN=localhost");
  writeFileSync(join(folder, "names"), "subjectAltName=DNS:localhost,IP:127.0.0.1");
  openssl(
    folder,
    "x509 -req -in redis.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out redis.crt -days 2 -extfile names",
  );
  const port = await freePort();
  writeFileSync(join(folder, "users"), `user default off\nuser worker on >${PASSWORD} ${RIGHTS}\n`);
  const words =
    `--port 0 --tls-port ${port} --bind 127.0.0.1 --save --appendonly yes --dir ${folder} --tls-auth-clients no ` +
    `--tls-cert-file ${folder}/redis.crt --tls-key-file ${folder}/redis.key --tls-ca-cert-file ${folder}/ca.crt ` +
    `--aclfile ${folder}/users`;
  const list = words.split(" ").flatMap((word) => (word === "--save" ? [word, ""] : [word]));
  await start("redis-server", "redis-server", list).says(/Ready to accept connections/);
  const ca = readFileSync(join(folder, "ca.crt"), "utf8");
  return {
    port,
    ca,
    options: { host: "localhost", port, username: "worker", password: PASSWORD, tls: { ca } },
  };
}

describe("a Redis that speaks TLS only and has users", () => {
  it("serves those who have the certificate of its CA and the password", async () => {
    const { options: connection } = await secureRedis();
    const worker = await startWorker({ connection });
    const wanted = run("chain", { jobs: 4, rounds: 5 });
    expect(await engineOn(connection).run(wanted)).toEqual(await expected(wanted));
    expect(worker.said).not.toMatch(/NOPERM/);
  });

  it("refuses others at once, with the reason", async () => {
    const { port, options } = await secureRedis();
    const wanted = run("squares", { jobs: 1 });
    const wrong = { ...options, password: "battery-staple" };
    await expect(engineOn(wrong).run(wanted)).rejects.toThrow(`the Redis at localhost:${port}: WRONGPASS`);
    await expect(engineOn({ ...options, tls: {} }).run(wanted)).rejects.toThrow(/self-signed certificate/);
  });

  it("gives that user no other keys, and nothing that is dangerous", async () => {
    const { options } = await secureRedis();
    const redis = new Redis({ ...options, maxRetriesPerRequest: 1 });
    onTestFinished(() => redis.disconnect());
    for (const command of [["SET", "other", "1"], ["KEYS", "*"], ["FLUSHALL"], ["CONFIG", "GET", "dir"]])
      await expect(redis.call(command[0], ...command.slice(1)), command.join(" ")).rejects.toThrow(/NOPERM/);
  });
});
