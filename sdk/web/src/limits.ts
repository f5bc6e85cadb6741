/** Every wait of the SDK, in milliseconds: no state but the final ones lasts longer than its limit. */
export interface Limits {
  /** From `connect` until the socket is open and the gateway has taken the account. */
  readonly connect: number;
  /** From there until the SIP server's verdict; the gateway's own bound is 32 s. */
  readonly register: number;
  /** Without a message for half this time the gateway is asked, after all of it it counts as gone. */
  readonly silence: number;
  /** The same where a lost connection can be resumed, so that losing one too early costs little. */
  readonly pause: number;
  /** For a sign of life when there is reason to doubt the connection. */
  readonly probe: number;
  /** The same when the network has changed and a lost connection can be resumed: then it is most likely dead. */
  readonly moved: number;
  /**
   * For the session to return. The gateway keeps it for 60 s from when it notices the loss, which may take it 50 s more:
   * after this it is surely gone.
   */
  readonly resume: number;
  /** For the person to allow microphone and camera. */
  readonly microphone: number;
  /** For each step of the browser's own peer connection. */
  readonly setup: number;
  /** From the call message until the gateway's first word about it. */
  readonly trying: number;
  /** From the first word until the answer; the gateway's own bounds are 32 s and 180 s. */
  readonly answer: number;
  /** An incoming call that nobody answers; the gateway's own bound is 60 s. */
  readonly incoming: number;
  /** From the local answer until the gateway's confirmation. */
  readonly confirm: number;
  /** From the exchange of the descriptions until audio can flow; the gateway's own bound is 15 s. */
  readonly media: number;
  /** From an offer to renew a call's audio until the gateway's answer. */
  readonly update: number;
  /** Between two attempts to find a new path for a call's audio. */
  readonly retry: number;
  /** From the loss of a call's audio until it is back, while the gateway is there; its own bound is 30 s. */
  readonly repair: number;
  /** From the local hang-up until the gateway's confirmation. */
  readonly hangup: number;
}

export const DEFAULT_LIMITS: Limits = {
  connect: 10_000,
  register: 40_000,
  silence: 30_000,
  pause: 12_000,
  probe: 3_000,
  moved: 1_500,
  resume: 120_000,
  microphone: 60_000,
  setup: 10_000,
  trying: 10_000,
  answer: 240_000,
  incoming: 90_000,
  confirm: 30_000,
  media: 20_000,
  update: 10_000,
  retry: 5_000,
  repair: 45_000,
  hangup: 5_000,
};

/** Remote descriptions that may wait for their incoming call. */
export const MAX_PENDING_SDP = 8;
/** Calls that a session holds at once. */
export const MAX_CALLS = 8;
/** Calls that have ended and are remembered for what may follow: a report, the refusal of an offer. */
export const MAX_ENDED = 8;
/** Calls of a returned session that are read. */
export const MAX_RESUMED = 32;
/** Calls ended here that are remembered, in case the gateway was not told. */
export const MAX_ABANDONED = 8;
/** Legs of a call whose quality is read. */
export const MAX_LEGS = 4;
/** STUN and TURN servers that are used, and addresses of each. */
export const MAX_ICE_SERVERS = 8;
/** The first wait before the session tries to return; each further one is twice as long, up to the longest. */
export const FIRST_RETURN_MS = 300;
export const LONGEST_RETURN_MS = 5_000;
/** By itself an old link may show within this that it lives, before another is opened beside it. */
export const HEAD_START_MS = 150;
/** Between two looks at how many packets a call has received. */
export const LOOK_MS = 200;
/** So many looks in a row with packets: the far end sends all the time. */
export const LOOKS_STEADY = 5;
/** So many without after that: something is wrong. */
export const LOOKS_SILENT = 2;
/** From one doubt about a call's packets to the next. */
export const DOUBT_PAUSE_MS = 3_000;
/** Changes of the network that come within this time count as one. */
export const NETWORK_CALM_MS = 1_000;
/** After one, tries count from here: the first wait is a quarter of the usual. */
export const NETWORK_TRIES = -2;
/** For the answer to the newest offer to follow one that may be of an offer before. */
export const LATE_ANSWER_MS = 1_000;
/** Between two looks at what the pictures of a call are. */
export const PICTURES_MS = 2_000;
/** Longest message that is read. */
export const MAX_MESSAGE_CHARS = 262_144;
