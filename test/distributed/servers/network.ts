import { connect, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/**
 * A network between a client and a server of this machine, which can drop all that it is given: connections
 * stay open, and nothing comes through, as when a cable is pulled.
 */
export class Network {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private isDropping = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static start(port: number): Promise<Network> {
    return new Promise((resolve, reject) => {
      const server = createServer();
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        const own = typeof address === "object" && address ? address.port : 0;
        const network = new Network(server, `redis://127.0.0.1:${own}`);
        server.on("connection", (client) => network.take(client, port));
        onTestFinished(() => network.close());
        resolve(network);
      });
    });
  }

  drop(): void {
    this.isDropping = true;
  }

  /** The network is there again: what was lost stays lost, as its connections find out. */
  heal(): void {
    this.isDropping = false;
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  private take(client: Socket, port: number): void {
    const server = connect(port, "127.0.0.1");
    const pair = [client, server] as const;
    this.pairs.add(pair);
    const pipe = (from: Socket, to: Socket): void => {
      from.on("data", (chunk) => {
        if (!this.isDropping) to.write(chunk);
      });
      from.on("error", () => undefined);
      from.on("close", () => {
        this.pairs.delete(pair);
        to.destroy();
      });
    };
    pipe(client, server);
    pipe(server, client);
  }

  private close(): void {
    this.heal();
    this.server.close();
  }
}
