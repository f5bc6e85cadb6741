// Keys both ways, as telephone-events and by INFO of either kind.
import assert from "node:assert/strict";

const peer = "scripted";
const EVENTS = { formats: "0 101", lines: ["a=rtpmap:101 telephone-event/8000"] };
const send = (client, dtmf, type) =>
  client.tell(`sendDtmf ${JSON.stringify(type ? { dtmf, type } : { dtmf })}`);
const pressed = (client, digit) =>
  client.line(`the key ${digit}`, (line) => line.message === "zvDtmf" && line.digit === digit);

const byInfo = (name, type, contentType, bodies) => ({
  name,
  rfc: "6086, 2976",
  peer,
  asserts: `one INFO a key, in order, ${contentType}`,
  async play(world) {
    const { client, call } = await world.talk();
    send(client, "4#", type);
    for (const body of bodies) {
      const info = await call.request("INFO");
      assert.equal(info.header("Content-Type"), contentType);
      assert.match(info.body, body);
      world.peer.reply(info, 200);
    }
    await world.farHangsUp(client, call);
  },
});

const heardByInfo = (name, type, body, digit) => ({
  name,
  rfc: "6086, 2976",
  peer,
  asserts: "200, the key reaches the client once",
  async play(world) {
    const { client, call } = await world.talk();
    const { status } = await call.dialog().ask("INFO", { type, body });
    assert.equal(status, 200);
    assert.equal((await pressed(client, digit)).via, "info");
    await world.farHangsUp(client, call);
    assert.equal(client.lines().filter(({ message }) => message === "zvDtmf").length, 1);
  },
});

/** An event packet (RFC 4733 §2.3). */
function eventPacket({ seq, timestamp, event, isEnd, duration, isFirst }) {
  const packet = Buffer.alloc(16);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(101 | (isFirst ? 0x80 : 0), 1);
  packet.writeUInt16BE(seq, 2);
  packet.writeUInt32BE(timestamp, 4);
  packet.writeUInt32BE(77, 8);
  packet.writeUInt8(event, 12);
  packet.writeUInt8((isEnd ? 0x80 : 0) | 10, 13);
  packet.writeUInt16BE(duration, 14);
  return packet;
}

export const digits = [
  byInfo("keys by INFO, dtmf-relay", "INFO_RELAY", "application/dtmf-relay", [
    /^Signal=4\r?$/m,
    /^Signal=#\r?$/m,
  ]),
  byInfo("keys by INFO, dtmf", "INFO", "application/dtmf", [/^4\r?$/m, /^#\r?$/m]),
  byInfo(
    "keys of the client's choice where no events are taken",
    undefined,
    "application/dtmf-relay",
    [/^Signal=4\r?$/m, /^Signal=#\r?$/m],
  ),
  {
    name: "a far end that takes neither INFO",
    rfc: "6086 §4.2.2",
    peer,
    asserts: "each kind once, the client is told dtmf_refused, sound goes on",
    async play(world) {
      const { client, call } = await world.talk();
      send(client, "1");
      for (const type of ["application/dtmf-relay", "application/dtmf"]) {
        const info = await call.request("INFO");
        assert.equal(info.header("Content-Type"), type);
        world.peer.reply(info, 415);
      }
      await client.line("the refusal", ({ cause }) => cause === "dtmf_refused");
      await world.hears(client, Date.now());
      await world.farHangsUp(client, call);
    },
  },
  heardByInfo(
    "INFO with dtmf-relay comes",
    "application/dtmf-relay",
    "Signal=7\r\nDuration=160\r\n",
    "7",
  ),
  heardByInfo("INFO with dtmf comes", "application/dtmf", "9", "9"),
  {
    name: "keys as telephone-events",
    rfc: "4733 §2.5",
    peer,
    asserts: "each event once, in order, its end three times; sound goes on; no INFO",
    async play(world) {
      const { client, call } = await world.talk({ describedBy: EVENTS });
      const [media] = call.medias;
      const events = [];
      media.onPacket = (bytes) => {
        const isEvent = (bytes.readUInt8(1) & 0x7f) === 101;
        if (isEvent)
          events.push({
            key: bytes.readUInt8(12),
            isEnd: Boolean(bytes.readUInt8(13) & 0x80),
            at: bytes.readUInt32BE(4),
          });
      };
      send(client, "5*");
      const endsOf = (key) => events.filter((event) => event.isEnd && event.key === key);
      await world.peer.until("both ends", () => endsOf(5).length >= 3 && endsOf(10).length >= 3);
      assert.equal(endsOf(5).length, 3);
      assert.deepEqual([...new Set(events.map(({ key }) => key))], [5, 10]);
      assert.equal(new Set(events.map(({ at }) => at)).size, 2, "one time stamp a key");
      media.onPacket = undefined;
      await world.hears(client, Date.now());
      assert.equal(world.peer.requests("INFO").length, 0);
      await world.farHangsUp(client, call);
    },
  },
  {
    name: "telephone-events come",
    rfc: "4733 §2.5",
    peer,
    asserts: "the key reaches the client once, though its end comes three times",
    async play(world) {
      const { client, call } = await world.talk({ describedBy: EVENTS });
      const [media] = call.medias;
      media.isEchoing = false; // its sound stops, the keys come in its place
      const packet = (i, isEnd) =>
        eventPacket({
          seq: 30_000 + i,
          timestamp: 999,
          event: 8,
          isEnd,
          isFirst: i === 0,
          duration: 160 * (Math.min(i, 5) + 1),
        });
      for (let i = 0; i < 8; i++) media.say(packet(i, i >= 5));
      assert.equal((await pressed(client, "8")).via, "rfc4733");
      media.isEchoing = true;
      await world.hears(client, Date.now());
      assert.equal(client.lines().filter(({ message }) => message === "zvDtmf").length, 1);
      await world.farHangsUp(client, call);
    },
  },
];
