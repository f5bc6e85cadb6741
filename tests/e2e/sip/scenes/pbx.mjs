// A PBX as SIPp plays it: it moves the media as soon as it has answered, asks every two seconds whether we are there, and
// asserts who calls.
import assert from "node:assert/strict";

const PAI = 'P-Asserted-Identity: "Front desk" <sip:+4930123@pbx.test>';
const scenario = (steps) =>
  `<?xml version="1.0" encoding="ISO-8859-1"?>\n<scenario name="pbx">\n${steps.join("\n")}\n</scenario>`;

const described = (port, version) => `Content-Type: application/sdp
Content-Length: [len]

v=0
o=pbx 1 ${version} IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [${port}] RTP/AVP 0 101
a=rtpmap:101 telephone-event/8000
a=sendrecv
`;
const EMPTY = "Content-Length: 0\n";
const CONTACT = "Contact: <sip:pbx@[local_ip]:[local_port]>";

const send = (lines, retrans = ' retrans="500"') =>
  `<send${retrans}><![CDATA[\n${lines.join("\n")}\n]]></send>`;

const COPIED = [
  "[last_Via:]",
  "[last_From:]",
  "[last_To:];tag=[call_number]",
  "[last_Call-ID:]",
  "[last_CSeq:]",
];
const says = (status, more, retrans) =>
  send([`SIP/2.0 ${status}`, ...COPIED, CONTACT, PAI, more], retrans);

/** Requests of the one who was called: the ends change places. */
const asks = (method, cseq, more, retrans) =>
  send(
    [
      `${method} [$target] SIP/2.0`,
      "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
      "Max-Forwards: 70",
      "From:[$us];tag=[call_number]",
      "To:[$them]",
      "Call-ID: [call_id]",
      `CSeq: ${cseq} ${method}`,
      CONTACT,
      PAI,
      more,
    ],
    retrans,
  );
const keep = (header, regexp, name) =>
  `<ereg regexp="${regexp}" search_in="hdr" header="${header}:" assign_to="${name}"/>`;

const CALLED = scenario([
  `<recv request="INVITE"><action>${keep("From", ".*", "them")}${keep("To", ".*", "us")}${keep("Contact", "sip:[^&gt;]*", "target")}</action></recv>`,
  says("180 Ringing", EMPTY, ""),
  says("200 OK", described("media_port", 1)),
  '<recv request="ACK"/>',
  asks("INVITE", 1, described("media_port+2", 2)),
  '<recv response="100" optional="true"/>',
  '<recv response="200"/>',
  asks("ACK", 1, EMPTY, ""),
  ...[2, 3].flatMap((cseq) => [
    asks("OPTIONS", cseq, EMPTY),
    '<recv response="200"/>',
    '<pause milliseconds="2000"/>',
  ]),
  asks("OPTIONS", 4, EMPTY),
  '<recv response="200"/>',
  asks("BYE", 5, EMPTY),
  '<recv response="200"/>',
]);

/** Requests of the one who calls `user`. */
const CALLS = (user) => {
  const begin = (method, cseq, more, retrans, uri = "[next_url]", tag = "[peer_tag_param]") =>
    send(
      [
        `${method} ${uri} SIP/2.0`,
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        "Max-Forwards: 70",
        'From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=[call_number]',
        `To: <sip:${user}@[remote_ip]:[remote_port]>${tag}`,
        "Call-ID: [call_id]",
        `CSeq: ${cseq} ${method}`,
        CONTACT,
        PAI,
        "Privacy: id",
        more,
      ],
      retrans,
    );
  const to = `sip:${user}@[remote_ip]:[remote_port]`;
  return scenario([
    begin("INVITE", 1, described("media_port", 1), undefined, to, ""),
    '<recv response="100" optional="true"/>',
    '<recv response="180" optional="true"/>',
    '<recv response="200" rrs="true"/>',
    begin("ACK", 1, EMPTY, ""),
    begin("OPTIONS", 2, EMPTY),
    '<recv response="200"/>',
    '<pause milliseconds="2000"/>',
    begin("BYE", 3, EMPTY),
    '<recv response="200"/>',
  ]);
};

export const pbx = [
  {
    name: "direct media right after the answer, OPTIONS every 2 s",
    rfc: "3261 §14.2, §11",
    peer: "SIPp",
    asserts: "200 to all of it, sound at the second place, where the gateway sends to",
    async play(world) {
      const sipp = await world.sipp(CALLED);
      const client = world.call({ hear: true, port: sipp.port });
      await world.talks(client);
      await world.hears(client, Date.now() + 500);
      const { calls } = await world.gateway.ctlJson("calls");
      const { name } = calls.find(({ caller }) => caller === world.login);
      const { call } = await world.gateway.ctlJson("call", name);
      assert.equal(call.legs.sip.remote, `127.0.0.1:${sipp.port + 12}`);
      await sipp.finished(20_000);
      await world.ends(client, { cause: "normal", endedBy: "remote", ok: true });
    },
  },
  {
    name: "P-Asserted-Identity beside an anonymous From",
    rfc: "3325 §9.1, 3323 §4.1.1.3",
    peer: "SIPp",
    asserts: "ring, both ends talk, sound; OPTIONS in the call gets 200",
    async play(world) {
      const client = await world.wait({ hear: true });
      const user = /^sip:([^@]+)@/.exec(world.peer.contact)[1];
      const { sip } = world.gateway.ports;
      const sipp = await world.sipp(CALLS(user), { address: "127.0.0.1", port: sip });
      await world.hears(client);
      await sipp.finished(20_000);
      await world.ends(client, { cause: "normal", endedBy: "remote", ok: true });
    },
  },
];
