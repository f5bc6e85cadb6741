// The container file, where no engine is: its steps are done in two bare Debians, and what comes out runs as its instructions say.
// ./do test package runs it, with ZV_PACKAGE set, since it installs a compiler and builds everything once more.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { ROOT, Stage, makeDebian, openMachine, whyNoMachine } from "../peers/index.mjs";
import { buildStages } from "./dockerfile.mjs";

const FILE = path.join(ROOT, "deploy/docker/Dockerfile");
const skip = process.env.ZV_PACKAGE ? whyNoMachine() : "a part of ./do test package";

let stage, image;

before(
  async () => {
    if (skip) return;
    stage = await Stage.open("container");
    await stage.run(async () => {
      const open = async (from) => {
        assert.equal(from, "debian:bookworm-slim");
        const machine = await openMachine(stage, await makeDebian("bookworm"));
        await machine.trust();
        return machine;
      };
      image = await buildStages(FILE, { open });
    });
  },
  { timeout: 3_600_000 },
);
after(() => stage?.close());

/** Its user's shell commands, alone in a network; what they print. */
function runAsUser(commands, env = []) {
  const [uid, gid] = image.USER.split(":");
  const as = `exec setpriv --reuid=${uid} --regid=${gid} --clear-groups --no-new-privs`;
  const quoted = `'${commands.replaceAll("'", "'\\''")}'`;
  return image.machine.prepare(`${as} sh -ec ${quoted}`, {
    env: [...image.env, ...env],
    isAlone: true,
    ms: 60_000,
  });
}
const words = (json) => JSON.parse(json).join(" ");

function scene(name, action) {
  test(name, { skip, timeout: 120_000 }, () => stage.run(action));
}

scene("nobody in it is root, and it is stopped by a drain", async () => {
  assert.match(image.USER, /^[1-9]\d*:[1-9]\d*$/);
  assert.equal(image.STOPSIGNAL, "SIGTERM");
  const config = await image.machine.read("/etc/zvonok/zvonok.yaml");
  const [, seconds] = /^drain:\n {2}timeout: (\d+)s/m.exec(config);
  assert.ok(Number(seconds) + 4 < 10, "it is over before docker stop kills");
});

scene("without SIP_ALLOW it says what is missing", async () => {
  const program = words(image.ENTRYPOINT);
  const said = await runAsUser(`! ${program} 2>&1`);
  assert.match(said, /SIP_ALLOW/);
});

scene(
  "with a certificate of its own making it starts, is healthy, and stops in order",
  async () => {
    const program = words(image.ENTRYPOINT);
    const health = words(/CMD (\[.*\])$/.exec(image.HEALTHCHECK)[1]);
    const said = await runAsUser(
      `${program} --make-cert /etc/zvonok/certs
     ${program} 2>&1 & gateway=$!
     tries=0
     until ${health} 2>/dev/null; do kill -0 $gateway; tries=$((tries + 1)); [ $tries -lt 200 ]; sleep 0.1; done
     kill -TERM $gateway
     wait $gateway && echo "it ended well"`,
      ["SIP_ALLOW=127.0.0.0/8"],
    );
    assert.match(said, /zvonokd \S+ is ready/);
    assert.match(said, /^it ended well$/m);
  },
);
