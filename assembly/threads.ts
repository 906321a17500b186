// The module of lanewise/threads. It imports the kernels of any build, and the memory that they share.
export { activate, finish, publish, recover, stop, work } from "./threads/queue";
