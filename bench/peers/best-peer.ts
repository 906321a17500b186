import type { Blas } from "./blas.js";
import { isRefusal, type Measured, type Order, Peer, type Prepared, type Round } from "./peer.js";
import type { PeerSpec, Setting } from "./registry.js";

/** Rounds of each setting in the choice, of which the fastest counts. */
const TRIES = 2;
/** By which part of the fastest setting's rate a round decides that another one is slower. */
const SLOWER = 0.6;

/**
 * A library in the fastest of its settings. Each setting has a process of its own, because some of them are
 * read when a process starts. A task begins with a choice: every setting is warmed up and has two rounds, or
 * one if that is much slower than the fastest so far.
 */
export class BestPeer implements Measured {
  private readonly processes = new Map<string, Peer>();
  private chosen: { readonly peer: Peer; readonly setting: Setting } | undefined;

  private constructor(
    readonly spec: PeerSpec,
    private readonly threads: number,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly library: string,
    readonly blas: Blas | undefined,
  ) {}

  /** A peer that is ready, or why it is not. */
  static async start(
    spec: PeerSpec,
    threads: number,
    environment: NodeJS.ProcessEnv,
  ): Promise<BestPeer | string> {
    const peer = await Peer.start(spec, environment);
    if (typeof peer === "string") return peer;
    peer.stop();
    return new BestPeer(spec, threads, environment, peer.version, peer.blas);
  }

  get version(): string {
    return this.chosen ? `${this.library} (${this.chosen.setting.name})` : this.library;
  }

  async prepare(order: Order): Promise<Prepared> {
    let fastest: { readonly rate: number; readonly prepared: Prepared } | undefined;
    let failed: Prepared = { missing: "has no setting for this" };
    for (const setting of this.spec.settings?.(order, this.threads) ?? []) {
      const peer = await this.processOf(setting);
      if (typeof peer === "string") {
        failed = { error: peer };
        continue;
      }
      const prepared = await peer.prepare(order);
      const rate = isRefusal(prepared) ? 0 : await rateOf(peer, fastest?.rate ?? 0);
      if (typeof rate === "string") failed = { error: rate };
      else if (isRefusal(prepared)) failed = prepared;
      else if (rate > (fastest?.rate ?? 0)) {
        await this.chosen?.peer.release();
        this.chosen = { peer, setting };
        fastest = { rate, prepared };
        continue;
      }
      await peer.release();
    }
    return fastest?.prepared ?? failed;
  }

  async round(): Promise<Round | string> {
    return this.chosen?.peer.round() ?? "no setting was chosen";
  }

  async release(): Promise<void> {
    await this.chosen?.peer.release();
    this.chosen = undefined;
  }

  stop(): void {
    for (const peer of this.processes.values()) peer.stop();
  }

  private async processOf(setting: Setting): Promise<Peer | string> {
    const known = this.processes.get(setting.name);
    if (known) return known;
    const peer = await Peer.start(this.spec, this.environment, setting);
    if (typeof peer !== "string") this.processes.set(setting.name, peer);
    return peer;
  }
}

/** The calls a second of the fastest round, or why one failed. `fastest`: of the other settings. */
async function rateOf(peer: Peer, fastest: number): Promise<number | string> {
  let rate = 0;
  for (let i = 0; i < TRIES && (i === 0 || rate > SLOWER * fastest); i++) {
    const result = await peer.round();
    if (typeof result === "string") return result;
    rate = Math.max(rate, result.calls / result.seconds);
  }
  return rate;
}
