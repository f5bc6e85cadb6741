// A wire that can be cut: TCP to a server of this machine, passed on byte by byte until a test says otherwise.
import net from "node:net";

/** The wire to 127.0.0.1:`port`; what connects to the port that it has reaches the server. */
export async function openWire(stage, port) {
  const pairs = new Set();
  const wire = {
    /** Connections are refused. */
    away: false,
    /** Connections that were begun. */
    opened: 0,
    /** Cuts what is open, as a router does that has forgotten a connection. */
    reset() {
      for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
    },
    /** From now on nothing passes on what is open, and nobody is told. */
    silence() {
      for (const [near, far] of pairs) {
        near.unpipe(far).pause();
        far.unpipe(near).pause();
      }
    },
  };
  const server = net.createServer((near) => {
    wire.opened++;
    if (wire.away) {
      near.resetAndDestroy();
      return;
    }
    const pair = [near, net.connect(port, "127.0.0.1")];
    const end = () => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    pairs.add(pair);
    for (const socket of pair) socket.setNoDelay().on("error", end).on("close", end);
    pair[0].pipe(pair[1]).pipe(pair[0]);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  stage.onClose(() => {
    wire.reset();
    server.close();
  });
  wire.port = server.address().port;
  return wire;
}
