// A page of ours on the published SDK of Flashphoner: every event is written down with its time.
/* global Flashphoner */
(function () {
  const { SESSION_STATUS, CALL_STATUS } = Flashphoner.constants;
  const events = [];
  let began = 0;
  let session;
  let call;

  function note(kind, status, detail) {
    events.push({ kind, status, detail, at: Math.round(performance.now() - began) });
  }

  function watchCall(watched) {
    call = watched;
    for (const status of Object.values(CALL_STATUS)) {
      watched.on(status, () => note("call", status));
    }
    return watched;
  }

  const options = ({ video = false, ...more } = {}) => ({
    localVideoDisplay: document.getElementById("local"),
    remoteVideoDisplay: document.getElementById("remote"),
    constraints: { audio: true, video },
    receiveAudio: true,
    receiveVideo: video,
    ...more,
  });

  window.phone = {
    events,
    connect(urlServer, sipOptions) {
      began = performance.now();
      session = Flashphoner.createSession({ urlServer, sipOptions });
      for (const status of Object.values(SESSION_STATUS)) {
        if (status === SESSION_STATUS.INCOMING_CALL) continue;
        // WARN alone hands over its detail as the first argument.
        session.on(status, (first, second) => {
          const detail = status === SESSION_STATUS.WARN ? first : second;
          note("session", status, JSON.stringify(detail ?? null));
        });
      }
      session.on(SESSION_STATUS.INCOMING_CALL, (incoming) => {
        note("session", SESSION_STATUS.INCOMING_CALL, incoming.caller());
        watchCall(incoming);
      });
    },
    disconnect: () => session.disconnect(),
    call: (callee, more) => watchCall(session.createCall({ callee, ...options(more) })).call(),
    answer: (more) => call.answer(options(more)),
    hangup: () => call.hangup(),
  };
  Flashphoner.init({});
})();
