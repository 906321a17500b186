import { spawnSync } from "node:child_process";
import { chownSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getuid } from "node:process";
import { freePort, type Started, start, temporary, until } from "./start.js";

/** Where Debian puts the programs of its newest PostgreSQL. */
const INSTALLED = "/usr/lib/postgresql";

/** A PostgreSQL of a test, on a free port of this machine and with a folder of its own. */
export class PostgresServer {
  readonly url: string;
  private server: Started | undefined;

  private constructor(
    private readonly port: number,
    private readonly folder: string,
    private readonly programs: string,
  ) {
    this.url = `postgres://lanewise@127.0.0.1:${port}/postgres`;
  }

  static async start(): Promise<PostgresServer> {
    const [newest] = readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a));
    const server = new PostgresServer(await freePort(), temporary(), join(INSTALLED, newest, "bin"));
    const owner = ownerOf(server.folder);
    const made = spawnSync(
      join(server.programs, "initdb"),
      ["-D", server.data, "-U", "lanewise", "--auth=trust", "-N"],
      { ...owner, encoding: "utf8" },
    );
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
    await server.begin();
    return server;
  }

  private get data(): string {
    return join(this.folder, "data");
  }

  async begin(): Promise<void> {
    // Without waiting for the disk: the machine of a test does not stop.
    const words = ["-D", this.data, "-p", String(this.port), "-h", "127.0.0.1", "-k", this.folder, "-F"];
    this.server = start("postgres", join(this.programs, "postgres"), words, ownerOf(this.folder));
    await this.server.says(/ready to accept connections/);
  }

  /** Ends it at once, as a machine does that fails, and removes what it leaves for its end. */
  async kill(): Promise<void> {
    const pid = join(this.data, "postmaster.pid");
    await this.server?.signal("SIGKILL");
    // Its other processes end when they see that the first has.
    const shared = Number(existsSync(pid) ? readFileSync(pid, "utf8").split("\n")[0] : 0);
    await until("PostgreSQL has ended", () => !existsSync(`/proc/${shared}`));
  }
}

/** PostgreSQL does not run as root: there, its own user has the folder. */
function ownerOf(folder: string): { uid?: number; gid?: number } {
  if (getuid?.() !== 0) return {};
  const line = readFileSync("/etc/passwd", "utf8").match(/^postgres:[^:]*:(\d+):(\d+):/m);
  if (line === null) throw new Error("there is no user postgres: install postgresql");
  const [uid, gid] = [Number(line[1]), Number(line[2])];
  chownSync(folder, uid, gid);
  return { uid, gid };
}
