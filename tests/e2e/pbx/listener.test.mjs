// Asterisk over TCP and TLS, with a gateway that listens for TLS as well.
import { freePort } from "../peers/index.mjs";
import { playStreams } from "./streams.mjs";

playStreams("pbx-listener", { tls_listen: `127.0.0.1:${await freePort()}` });
