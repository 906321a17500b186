import { bullmq } from "lanewise/distributed";

/** The process of a producer: engine and run come as JSON; it says when it has begun, and the result. */

const { connection, use, run } = JSON.parse(process.argv[2]);
const engine = bullmq({ connection, use });
const { result } = await engine.run(run);
console.log(`result ${JSON.stringify(result)}`);
await engine.close();
