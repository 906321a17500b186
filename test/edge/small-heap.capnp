# The example with so little room for objects, in MB, that V8 looks for garbage often: what stays is what is kept.
using Workerd = import "/workerd/workerd.capnp";
using Example = import "../../examples/edge/config.capnp";

const config :Workerd.Config = (
  v8Flags = ["--max-old-space-size=16", "--max-semi-space-size=1"],
  services = [(name = "digits", worker = Example.digits)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "digits")],
);
