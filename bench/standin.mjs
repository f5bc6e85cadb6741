// Stands in for the gateway's signalling, so that webload and sipfarm can measure another relay by the very calls that
// they measure the gateway with: WebSocket messages on one side, INVITE and BYE on the other, rtpengine between.
import dgram from "node:dgram";
import { randomUUID } from "node:crypto";
import { WebSocketServer } from "ws";

const ADDRESS = "127.0.0.1";
const RESEND_MS = 500;

/** What the client's description becomes for the SIP side, and the SIP side's for the client. */
async function askRtpengine(rtpengine, command) {
  const answer = await rtpengine.ask(command, 10_000);
  if (answer.result !== "ok") throw new Error(`rtpengine: ${JSON.stringify(answer)}`);
  return answer.sdp;
}

function writeRequest(call, method, body = "") {
  const lines = [
    `${method} sip:farm@${ADDRESS}:${call.farmPort} SIP/2.0`,
    `Via: SIP/2.0/UDP ${ADDRESS}:${call.sip.address().port};branch=z9hG4bK${call.id}${method}`,
    "Max-Forwards: 70",
    `From: <sip:${call.login}@${ADDRESS}>;tag=standin`,
    `To: <sip:farm@${ADDRESS}>${method === "INVITE" ? "" : ";tag=farm"}`,
    `Call-ID: ${call.id}`,
    `CSeq: ${method === "BYE" ? 2 : 1} ${method}`,
    `Contact: <sip:standin@${ADDRESS}:${call.sip.address().port}>`,
  ];
  if (body) lines.push("Content-Type: application/sdp");
  lines.push(`Content-Length: ${body.length}`, "", body);
  return lines.join("\r\n");
}

/** Sends until the 200 comes; its body. */
function request(call, method, body) {
  const text = writeRequest(call, method, body);
  const send = () => call.sip.send(text, call.farmPort, ADDRESS);
  const timer = setInterval(send, RESEND_MS);
  return new Promise((resolve) => {
    call.answered.set(method, (answer) => {
      clearInterval(timer);
      resolve(answer.slice(answer.indexOf("\r\n\r\n") + 4));
    });
    send();
  });
}

async function begin(call, { callId, sdp }) {
  const offer = await askRtpengine(call.rtpengine, {
    command: "offer",
    "call-id": call.id,
    "from-tag": "web",
    sdp,
    ICE: "remove",
    "transport-protocol": "RTP/AVP",
    "rtcp-mux": ["demux"],
  });
  const answer = await request(call, "INVITE", offer);
  call.sip.send(writeRequest(call, "ACK"), call.farmPort, ADDRESS);
  const forClient = await askRtpengine(call.rtpengine, {
    command: "answer",
    "call-id": call.id,
    "from-tag": "web",
    "to-tag": "farm",
    sdp: answer,
    ICE: "force",
    "transport-protocol": "UDP/TLS/RTP/SAVPF",
    "rtcp-mux": ["require"],
  });
  call.say("setRemoteSDP", callId, forClient, false);
  call.say("talk", { callId, status: "ESTABLISHED" });
}

async function end(call, { callId }) {
  await request(call, "BYE");
  await askRtpengine(call.rtpengine, { command: "delete", "call-id": call.id, "from-tag": "web" });
  call.say("finish", { callId, status: "FINISH" });
}

function serve(socket, standin) {
  const call = { ...standin, id: randomUUID() };
  call.say = (message, ...data) => socket.send(JSON.stringify({ message, data }));
  socket.on("message", (bytes) => {
    const { message, data } = JSON.parse(bytes.toString());
    standin.calls.set(call.id, call);
    call.answered ??= new Map();
    const [argument] = data;
    const failed = (error) => {
      console.error(error.message);
      socket.close();
    };
    if (message === "connection") {
      call.login = argument.sipLogin;
      call.say("getUserData", { sipLogin: call.login });
    } else if (message === "call") {
      begin(call, argument).catch(failed);
    } else if (message === "hangup") {
      end(call, argument).catch(failed);
    }
  });
}

/** `ws`: the URL that webload is given. */
export async function startStandin(stage, { rtpengine, farmPort }) {
  const sip = dgram.createSocket("udp4");
  await new Promise((resolve) => sip.bind(0, ADDRESS, resolve));
  const standin = { rtpengine, farmPort, sip, calls: new Map() };
  sip.on("message", (bytes) => {
    const text = bytes.toString();
    const call = standin.calls.get(/^call-id: *(\S+)/im.exec(text)?.[1]);
    const method = /^cseq: *\d+ (\S+)/im.exec(text)?.[1];
    if (text.startsWith("SIP/2.0 200")) call?.answered.get(method)?.(text);
  });
  const server = new WebSocketServer({ host: ADDRESS, port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  server.on("connection", (socket) => serve(socket, standin));
  stage.onClose(async () => {
    for (const client of server.clients) client.terminate();
    server.close();
    sip.close();
  });
  return { ws: `ws://${ADDRESS}:${server.address().port}/` };
}
