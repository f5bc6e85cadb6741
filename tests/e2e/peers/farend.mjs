// A far end of SIP calls by script: says 200 to every INVITE with the description that the test gives it, sends RTP and RTCP
// from where the test wants, and may hold. One call at a time; for what no honest phone does.
import dgram from "node:dgram";
import { until } from "./stage.mjs";

const PACKET_MS = 20;
const PAYLOAD_BYTES = 160;

async function openSocket() {
  const socket = dgram.createSocket("udp4");
  await new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", resolve);
  });
  return socket;
}

const header = (text, name) => new RegExp(`^${name} *: *(.*)$`, "im").exec(text)?.[1] ?? "";
const copied = (text) =>
  text.split("\r\n").filter((line) => /^(via|from|call-id|cseq):/i.test(line));

/** An RTP packet (RFC 3550 §5.1) of 20 ms. */
function rtp({ payloadType, seq, ssrc }) {
  const packet = Buffer.alloc(12 + PAYLOAD_BYTES, 0xd5);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(payloadType, 1);
  packet.writeUInt16BE(seq & 0xffff, 2);
  packet.writeUInt32BE((seq * PAYLOAD_BYTES) >>> 0, 4);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

/** A receiver report without a block (RFC 3550 §6.4.2). */
function receiverReport(ssrc) {
  const packet = Buffer.alloc(8);
  packet.writeUInt32BE(0x80c90001, 0);
  packet.writeUInt32BE(ssrc, 4);
  return packet;
}

/** The lines of an audio description; `lines` come after m=. */
export function describeAudio(
  port,
  { formats = "0", profile = "RTP/AVP", lines = [], version = 1 } = {},
) {
  return [
    "v=0",
    `o=- 1 ${version} IN IP4 127.0.0.1`,
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=audio ${port} ${profile} ${formats}`,
    ...lines,
    "",
  ].join("\r\n");
}

/** `answer(offer, far)`: the description for the 200; PCMU at `far.media` by default. */
export async function startFarEnd({
  answer = (_, far) => describeAudio(far.media.address().port),
} = {}) {
  const sip = await openSocket();
  const far = {
    port: sip.address().port,
    media: await openSocket(), // where its description says
    control: await openSocket(), // RTCP, as its description may say
    elsewhere: await openSocket(),
    theirs: undefined, // the gateway's end of the media, once it has called
    answers: [], // final answers to requests of ours
  };
  const timers = new Set();
  let dialog;
  let cseq = 0;

  function takeOffer(text) {
    const body = text.split("\r\n\r\n")[1] ?? "";
    const port = Number(/^m=audio (\d+)/m.exec(body)?.[1]);
    const address = /^c=IN IP4 (\S+)/m.exec(body)?.[1];
    far.theirs = { port, address };
    return body;
  }

  function reply(text, from) {
    const isInvite = /^INVITE /.test(text);
    const to = `To: ${header(text, "to")}${/;tag=/i.test(header(text, "to")) ? "" : ";tag=far"}`;
    const body = isInvite ? answer(takeOffer(text), far) : "";
    const lines = ["SIP/2.0 200 OK", ...copied(text), to];
    if (isInvite) {
      dialog = {
        from,
        callId: header(text, "call-id"),
        us: to.slice(4),
        them: header(text, "from"),
      };
      dialog.contact = /<([^>]*)>/.exec(header(text, "contact"))[1];
      lines.push(`Contact: <sip:far@127.0.0.1:${far.port}>`, "Content-Type: application/sdp");
    }
    lines.push(`Content-Length: ${body.length}`, "", body);
    sip.send(lines.join("\r\n"), from.port, from.address);
  }

  function request(method, number, body) {
    const lines = [
      `${method} ${dialog.contact} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${far.port};branch=z9hG4bK${method}${number}x${far.port}`,
      "Max-Forwards: 70",
      `From: ${dialog.us}`,
      `To: ${dialog.them}`,
      `Call-ID: ${dialog.callId}`,
      `CSeq: ${number} ${method}`,
      `Contact: <sip:far@127.0.0.1:${far.port}>`,
      ...(body ? ["Content-Type: application/sdp"] : []),
      `Content-Length: ${body.length}`,
      "",
      body,
    ];
    sip.send(lines.join("\r\n"), dialog.from.port, dialog.from.address);
  }

  sip.on("message", (bytes, from) => {
    const text = bytes.toString();
    const status = Number(/^SIP\/2\.0 (\d+)/.exec(text)?.[1] ?? 0);
    if (!status && !/^ACK /.test(text)) reply(text, from);
    if (status < 200) return;
    const [number, method] = header(text, "cseq").split(" ");
    if (method === "INVITE") request("ACK", Number(number), "");
    far.answers.push({ status, cseq: Number(number) });
  });

  /** Something every `ms` from now on; gives the function that stops it. */
  function repeat(ms, action) {
    const timer = setInterval(action, ms);
    timers.add(timer);
    return () => clearInterval(timer);
  }

  /** Sends sound, 50 packets a second, until the returned function is called. `edit(packet)` may spoil it. */
  far.send = ({ from = far.media, payloadType = 0, ssrc = 7, edit = (packet) => packet } = {}) => {
    let seq = far.seq ?? 1;
    return repeat(PACKET_MS, () => {
      const packet = edit(rtp({ payloadType, seq: seq++, ssrc }));
      far.seq = seq;
      from.send(packet, far.theirs.port, far.theirs.address);
    });
  };
  /** Sends RTCP alone, twice a second, to the port behind that of RTP. */
  far.report = ({ from = far.control, ssrc = 7 } = {}) =>
    repeat(500, () => from.send(receiverReport(ssrc), far.theirs.port + 1, far.theirs.address));
  /** A re-INVITE with this description: resolves when it was accepted. */
  far.describe = async (sdp) => {
    const number = ++cseq;
    request("INVITE", number, sdp);
    const found = await until(5_000, "the gateway answers a re-INVITE", () =>
      far.answers.find((one) => one.cseq === number),
    );
    if (found.status !== 200) throw new Error(`the re-INVITE got ${found.status}`);
  };
  far.close = async () => {
    for (const timer of timers) clearInterval(timer);
    for (const socket of [sip, far.media, far.control, far.elsewhere]) socket.close();
  };
  return far;
}
