import { work } from "lanewise/distributed";

/** The process of a worker: its options come as JSON; it says on stdout when it takes jobs, and when it ends. */

const worker = await work({
  ...JSON.parse(process.argv[2]),
  onWarning: (message) => console.error(message),
});
console.log(`ready ${worker.name}`);
process.once("SIGTERM", async () => {
  await worker.close({ grace: Number(process.env.GRACE ?? 5) });
  console.log(`ended ${JSON.stringify(worker.counts)}`);
});
