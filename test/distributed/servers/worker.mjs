import { kill, pid } from "node:process";
import { FlowProducer } from "bullmq";
import { work } from "lanewise/distributed";

/**
 * The process of a worker: its options come as JSON; it says on stdout when it takes jobs, and when it ends.
 * DIE_AT_FLOW has it die as it adds the next stage, "before" or "after".
 */

const when = process.env.DIE_AT_FLOW;
if (when) {
  const { add } = FlowProducer.prototype;
  FlowProducer.prototype.add = async function (...words) {
    if (when === "after") await add.apply(this, words);
    kill(pid, "SIGKILL");
  };
}

const worker = await work({
  ...JSON.parse(process.argv[2]),
  onWarning: (message) => console.error(message),
});
console.log(`ready ${worker.name}`);
process.once("SIGTERM", async () => {
  await worker.close({ grace: Number(process.env.GRACE ?? 5) });
  console.log(`ended ${JSON.stringify(worker.counts)}`);
});
