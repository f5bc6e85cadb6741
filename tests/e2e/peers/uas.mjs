// A SIP server of a few lines that says yes to everything at once: for tests that need many calls and no media, or
// only what was asked.
import dgram from "node:dgram";

const SDP =
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";

/** The answer to a request, or undefined to an ACK and to answers. */
function answer(text, port) {
  const [first, ...rest] = text.split("\r\n\r\n", 1)[0].split("\r\n");
  const method = first.split(" ", 1)[0];
  if (method === "ACK" || method === "SIP/2.0") return undefined;
  const copied = rest.filter((line) => /^(via|from|call-id|cseq):/i.test(line));
  const to = rest.find((line) => /^to:/i.test(line));
  const tag = /;tag=/i.test(to) ? "" : ";tag=uas";
  const body = method === "INVITE" ? SDP : "";
  const lines = ["SIP/2.0 200 OK", ...copied, `${to}${tag}`];
  if (body) lines.push(`Contact: <sip:uas@127.0.0.1:${port}>`, "Content-Type: application/sdp");
  lines.push(`Content-Length: ${body.length}`, "", body);
  return lines.join("\r\n");
}

/** `{port, seen, mute(), close()}`; `seen` has every message that came, as text; mute: it hears and says nothing any more. */
export async function startAnsweringServer() {
  const socket = dgram.createSocket("udp4");
  await new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", resolve);
  });
  const { port } = socket.address();
  const seen = [];
  let isMute = false;
  socket.on("message", (bytes, from) => {
    seen.push(bytes.toString());
    const text = answer(seen.at(-1), port);
    if (text && !isMute) socket.send(text, from.port, from.address);
  });
  const close = () => new Promise((resolve) => socket.close(resolve));
  return { port, seen, mute: () => (isMute = true), close };
}
