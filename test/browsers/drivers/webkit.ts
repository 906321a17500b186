import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Driver } from "./driver.js";

/** Milliseconds in which the driver must answer: without a display, for one, it never does. */
const TIMEOUT = 60_000;

/**
 * WebKitGTK, by the WebDriver protocol. It has no mode without a window: a virtual display stands in for the
 * screen.
 */
export const webkit: Driver = {
  name: "webkit",
  title: "WebKitGTK",
  executable: "/usr/bin/WebKitWebDriver",
  packages: ["webkit2gtk-driver", "xvfb", "xauth"],
  async launch() {
    const port = await freePort();
    const driver = spawn("xvfb-run", ["-a", "WebKitWebDriver", `--port=${port}`], {
      detached: true,
      stdio: "ignore",
      // WebKitGTK 2.50 gives isolated pages shared memory only if it is told so.
      env: { ...process.env, JSC_useSharedArrayBuffer: "1" },
    });
    const failed = once(driver, "error").then(([error]) => Promise.reject(error));
    const address = `http://127.0.0.1:${port}`;
    // The display and the driver are a group of processes, which ends as one.
    const stop = () => {
      if (driver.pid !== undefined) process.kill(-driver.pid);
    };
    try {
      await Promise.race([failed, untilReady(address)]);
      const { sessionId, capabilities } = await post<Session>(`${address}/session`, { capabilities: {} });
      const session = `${address}/session/${sessionId}`;
      return {
        version: capabilities.browserVersion,
        async open(url) {
          await post(`${session}/url`, { url });
        },
        evaluate: <Value>(expression: string) =>
          post<Value>(`${session}/execute/sync`, { script: `return (${expression})`, args: [] }),
        async close() {
          await request(session, { method: "DELETE" });
          stop();
        },
      };
    } catch (error) {
      stop();
      throw error;
    }
  },
};

async function untilReady(address: string): Promise<void> {
  const end = performance.now() + TIMEOUT;
  for (;;) {
    try {
      if ((await request<{ ready: boolean }>(`${address}/status`)).ready) return;
    } catch (error) {
      // Nobody listens yet.
      if (performance.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const post = <Value>(url: string, body: object) =>
  request<Value>(url, { method: "POST", body: JSON.stringify(body) });

interface Session {
  readonly sessionId: string;
  readonly capabilities: { readonly browserVersion: string };
}

/** The value of an answer. @throws Error with the driver's own words when it is an error */
async function request<Value>(url: string, init: RequestInit = {}): Promise<Value> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) });
  const { value } = (await response.json()) as { value: Value };
  if (response.ok) return value;
  const { error, message } = value as { error: string; message: string };
  throw new Error(`WebKitWebDriver: ${error}: ${message}`);
}

/** A port that nobody uses, for now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("found no free port");
  return address.port;
}
