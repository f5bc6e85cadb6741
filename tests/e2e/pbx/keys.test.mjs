// Keys both ways with a real Asterisk, in each of its modes: its Read() says what came, its SendDTMF() is heard.
import assert from "node:assert/strict";
import { until } from "../peers/index.mjs";
import { PAGE_HZ } from "../call/setting.mjs";
import { MILLIWATT_HZ, usePbx } from "./setting.mjs";

/** Mode of the account; how the keys pass then. */
const MODES = [
  ["1001", "rfc4733", "rfc4733"],
  ["1003", "info", "info"],
  ["1004", "auto", "rfc4733"],
  ["1005", "auto_info", "rfc4733"],
];

const { setting, scene } = usePbx("pbx-keys", {
  accounts: Object.fromEntries(MODES.map(([user, mode]) => [user, { dtmf_mode: mode }])),
});

for (const [user, mode, via] of MODES) {
  scene(`Asterisk reads a client's keys in mode ${mode}`, async () => {
    const client = setting.steered(user, { call: "read", tone: PAGE_HZ });
    await client.told("talk", "ESTABLISHED");
    client.press("1590");
    const { Digits } = await setting.asterisk.manager.next("UserEvent", ({ UserEvent }) => {
      return UserEvent === "Keys";
    });
    assert.equal(Digits, "1590");
    await client.hears(MILLIWATT_HZ); // the sound goes on behind them
    client.order("hangup");
    await client.ends("local");
    await setting.leaveNothing();
  });

  scene(`a client hears Asterisk's keys in mode ${mode}`, async () => {
    const client = setting.steered(user, { call: "keys", tone: PAGE_HZ });
    await until(15_000, "four keys", () => client.keys().length >= 4);
    await client.hears(MILLIWATT_HZ);
    assert.deepEqual(
      client.keys().map((key) => `${key.digit} ${key.via}`),
      [..."15*#"].map((digit) => `${digit} ${via}`),
    );
    client.order("hangup");
    await client.ends("local");
    await setting.leaveNothing();
  });
}
