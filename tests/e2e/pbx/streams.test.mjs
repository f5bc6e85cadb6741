// Asterisk over TCP and TLS, with a gateway that does not listen for TLS.
import { playStreams } from "./streams.mjs";

playStreams("pbx-streams", {});
