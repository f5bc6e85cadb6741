// The test peers: everything that an end-to-end test or the demo starts beside the gateway.
export { MUSIC_HZ, startAsterisk, whyNoAsterisk } from "./asterisk.mjs";
export { CODECS, startBaresip } from "./baresip.mjs";
export { launchChromium } from "./chromium.mjs";
export { connectClient } from "./client.mjs";
export { openWire } from "./cut.mjs";
export { hasProgram, startDnsmasq } from "./dnsmasq.mjs";
export { describeEcho, openMedia, startEcho } from "./echo.mjs";
export { FLASH_FRAMES, makeFilm } from "./film.mjs";
export { openHepCollector } from "./hep.mjs";
export { findJvmPhone, startJvm } from "./jvm.mjs";
export { openKamailio, passwordOf, runFolder, startKamailio } from "./kamailio.mjs";
export { startLinphone } from "./linphone.mjs";
export { makeDebian, openMachine, whyNoMachine } from "./machine.mjs";
export { Message, describe, writeMessage, writeReply } from "./message.mjs";
export { openNetlab, whyNoNetlab } from "./netlab.mjs";
export { bindingOf, startPeer } from "./peer.mjs";
export { openPhone } from "./phone.mjs";
export { startPages } from "./pages.mjs";
export { readFields, readRtp } from "./pcap.mjs";
export { FPS, PAGE_BARS, PHONE_BARS, WIDTH, nameBars, writeFilm } from "./picture.mjs";
export { freePort, freePorts, isFree, openBlackHole } from "./ports.mjs";
export { runPromtool } from "./promtool.mjs";
export {
  VIDEO_HZ,
  beginsKeyFrame,
  openRtpPair,
  playFilm,
  playTone,
  wallMs,
  writePli,
} from "./rtp.mjs";
export { startRtpengine } from "./rtpengine.mjs";
export { ask, register } from "./sip.mjs";
export { answerScenario, registerScenario, startEchoPhone, startSipp } from "./sipp.mjs";
export { ROOT, Stage, until, within, withStage } from "./stage.mjs";
export { startStreamServer } from "./streamuas.mjs";
export { startTurnserver } from "./turnserver.mjs";
export { openTurn } from "./turnclient.mjs";
export { tapSip, tapWebSocket } from "./taps.mjs";
export { goertzel, makeSpeech, measureTone, readWav, writeWav } from "./wav.mjs";
export { findZvonokd, makeCertificate, startZvonokd } from "./zvonokd.mjs";
