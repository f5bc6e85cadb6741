/*
 * The table of configuration keys. Included several times with X defined:
 *   X(section, name, type, min, max, form, default as written, reload class, help)
 * Durations: min and max in microseconds. `form`: of a number its unit, of a text or list an
 * example;
 * "" where there is none, or the default shows it. This file has no guard on purpose.
 */

/* clang-format off */
X(sip, allow, LIST, 0, 0, "[sip.example.org, 192.0.2.0/24]", "", RELOAD,
  "Where clients may send SIP: domains (sip.example.org) and networks (192.0.2.0/24).\n"
  "A domain in the list vouches for the addresses it resolves to; any other address must\n"
  "lie in a listed network. [public] allows every public address. There is no default:\n"
  "zvonokd does not start without it.")
X(sip, listen, TEXT, 0, 0, "", "0.0.0.0:5066", RESTART,
  "Address and UDP port for SIP. 0.0.0.0 listens on every IPv4 address; port 0 takes a free one.")
X(sip, tcp, BOOL, 0, 0, "", "true", RESTART,
  "Take SIP by TCP too, on the port of sip.listen (RFC 3261 18.2.1). Servers that are called by TCP\n"
  "call back there.")
X(sip, transport, TRANSPORT, 0, 0, "", "any", RELOAD,
  "What SIP goes by to servers for which `trunks` says nothing: udp, tcp, tls, or any: what DNS\n"
  "says of the server (RFC 3263), and UDP where it says nothing. Clients cannot choose it. A change\n"
  "holds for accounts that connect from then on.")
X(sip, udp_max_request, INT, 0, 65535, "bytes", "1300", RESTART,
  "A request of more bytes goes by TCP although UDP was chosen, where the server takes that\n"
  "(RFC 3261 18.1.1); needs sip.tcp. 0: none does.")
X(sip, tls_listen, TEXT, 0, 0, "0.0.0.0:5061", "", RESTART,
  "Address and TCP port for SIP over TLS, such as 0.0.0.0:5061. Empty: none; servers then reach us\n"
  "by the connection that we made to them.")
X(sip, tls_ca, TEXT, 0, 0, "/etc/zvonok/sip-ca.pem", "", RELOAD,
  "PEM file with the CAs that a SIP server's certificate must be signed by. Empty: the system's.\n"
  "Certificates are always verified. A reload reads this and the next two files anew.")
X(sip, tls_certificate, TEXT, 0, 0, "/etc/zvonok/certs/server.crt", "", RELOAD,
  "PEM file: our certificate for SIP over TLS, then its chain. sip.tls_listen needs one; servers that\n"
  "ask for it get it.")
X(sip, tls_private_key, TEXT, 0, 0, "/etc/zvonok/certs/server.key", "", RELOAD, "PEM file: the key of sip.tls_certificate.")
X(sip, max_connections, INT, 1, 1000000, "", "4096", RESTART, "SIP connections (TCP, TLS) at once.")
X(sip, max_connections_per_address, INT, 1, 1000000, "", "64", RESTART,
  "SIP connections at once that come from one address.")
X(sip, user_agent, TEXT, 0, 0, "", "Zvonok", RESTART, "User-Agent and Server header of SIP messages.")
X(sip, register_expires, DURATION, 10000000, 86400000000, "", "300s", RESTART,
  "Expiry asked for in REGISTER; the registrar may shorten it.")
X(sip, session_expires, DURATION, 0, 86400000000, "", "1800s", RESTART,
  "How long a call stands without a sign of the SIP side (RFC 4028): half-way it is refreshed, and\n"
  "it ends where nobody answers any more. The other side may want it shorter or longer. 0s: none\n"
  "is asked for; otherwise at least 90s.")
X(sip, follow_redirects, BOOL, 0, 0, "", "false", RESTART,
  "Follow a SIP server that sends a call elsewhere (300, 301, 302): three times at most, and only\n"
  "to where sip.allow lets clients send. Otherwise such a call ends there. Whoever is called may\n"
  "then send the call on to any number of the account's domain, and the account pays for that one.")
X(sip, t1, DURATION, 100000, 4000000, "", "500ms", RESTART,
  "The round trip that SIP reckons with (T1 of RFC 3261): a message that is not answered within\n"
  "it is sent again, and given up after 64 times as long. Longer for a server behind a satellite.")
X(sip, rate_per_source, INT, 1, 100000, "messages per second", "100", RESTART,
  "SIP messages that one address (IPv6: one /64) may send in a second, two seconds' worth at once;\n"
  "what is beyond is dropped and counted. 20 times as many for the servers of accounts, and for all\n"
  "strangers together; no bound for what sip.allow lists by network or by name.")
X(sip, invites_per_source, INT, 1, 100000, "INVITEs per second", "10", RESTART,
  "The same of INVITEs alone, which are counted as messages, too; and of TLS handshakes, which are\n"
  "refused beyond it.")
X(sip, unknown_sources, TEXT, 0, 0, "", "answer", RESTART,
  "What becomes of requests for nobody here, from addresses that are no account's server and that\n"
  "sip.allow does not list: answer (404, 405, 481 ...), so that whoever set up the far end sees why,\n"
  "or drop, without a word. Either way they are counted.")
X(dns, servers, LIST, 0, 0, "[192.0.2.53, \"[2001:db8::53]:53\"]", "", RESTART,
  "DNS servers as address or address:port. Empty: those of /etc/resolv.conf.")
X(dns, timeout, DURATION, 100000, 10000000, "", "1500ms", RESTART, "Wait for one answer of one server.")
X(dns, tries, INT, 1, 5, "", "2", RESTART, "Tries per server.")
X(dns, total, DURATION, 500000, 30000000, "", "5s", RESTART, "Bound on one whole look-up (NAPTR, SRV and addresses).")

X(http, wss_listen, LIST, 0, 0, "", "[\"[::]:8443\"]", RESTART,
  "Addresses for Secure WebSocket. [::] takes IPv4 as well. With those of the next three keys at\n"
  "most 8.")
X(http, https_listen, LIST, 0, 0, "", "[\"[::]:8444\"]", RESTART,
  "Addresses for the phone page over https; Secure WebSocket is served there too.")
X(http, ws_listen, LIST, 0, 0, "", "[\"127.0.0.1:8080\"]", RESTART,
  "Addresses for WebSocket without TLS. Keep it on loopback.")
X(http, admin_listen, LIST, 0, 0, "", "[\"127.0.0.1:8081\"]", RESTART,
  "Addresses for operators: /metrics (Prometheus), /livez, /readyz, over http. Loopback only,\n"
  "since nobody is asked for a password there. []: none.")
X(http, certificate, TEXT, 0, 0, "/etc/zvonok/certs/server.crt", "", RELOAD,
  "PEM file: the server's certificate, then its chain. zvonokd --make-cert DIR makes one. A reload\n"
  "reads it and its key anew: new connections use it, those that stand do not notice.")
X(http, private_key, TEXT, 0, 0, "/etc/zvonok/certs/server.key", "", RELOAD, "PEM file: the key of http.certificate.")
X(http, allowed_origins, LIST, 0, 0, "[\"https://app.example.org\"]", "", RELOAD,
  "Origins (https://app.example.org) whose pages may connect, beside the server's own host.")
X(http, trusted_proxies, LIST, 0, 0, "[10.0.0.5, 10.0.1.0/28]", "", RESTART,
  "Reverse proxies in front of this gateway (HAProxy, nginx), as addresses or networks. What they say\n"
  "in X-Forwarded-For is the client's address, by which its connections are counted and logged.\n"
  "They themselves may ask /readyz on the listeners above. Name nobody else: who is named here may\n"
  "say that he is anybody.")
X(http, max_connections, INT, 1, 1000000, "", "10000", RESTART, "Connections at once.")
X(http, max_connections_per_address, INT, 1, 1000000, "", "64", RESTART, "Connections at once from one address.")
X(http, max_message_bytes, INT, 65536, 262144, "bytes", "262144", RESTART, "Largest message from a client.")
X(http, max_messages_per_second, INT, 5, 10000, "messages per second", "50", RESTART, "Messages a second from one client.")
X(http, first_message_timeout, DURATION, 1000000, 600000000, "", "10s", RESTART,
  "A connection that sends no valid `connection` message in this time is closed.")
X(keep_alive, server_interval, DURATION, 1000000, 600000000, "", "5s", RESTART, "Time between pings to a client.")
X(keep_alive, probes, INT, 1, 1000, "", "10", RESTART, "Unanswered pings after which the connection is closed.")

X(media, workers, INT, 0, 63, "", "0", RESTART, "Media threads; 0: one per core.")
X(media, web_port, INT, 0, 65000, "", "30000", RESTART,
  "Port for clients' media, UDP and TCP; each further worker takes the next. 0: any free ones.")
X(media, port_from, INT, 1024, 65534, "", "10000", RESTART,
  "First UDP port for media towards SIP. Keep the range clear of net.ipv4.ip_local_port_range.")
X(media, port_to, INT, 1025, 65535, "", "29999", RESTART, "Last UDP port for media towards SIP. A call takes two.")
X(media, port_rest, DURATION, 0, 600000000, "", "30s", RESTART, "A freed port is not used again for this long.")
X(media, addresses, LIST, 0, 0, "[192.0.2.10, 2001:db8::10]", "", RESTART,
  "Local addresses to offer to clients. Empty: those that are up, not loopback, not link-local, at most 4.")
X(media, public_address, TEXT, 0, 0, "203.0.113.5, 2001:db8::5", "", RESTART,
  "The public address of a 1:1 NAT in front of this machine; offered to clients first.\n"
  "One for each family where there are two: 203.0.113.5, 2001:db8::5")
X(media, tcp, BOOL, 0, 0, "", "true", RESTART,
  "Take clients' media by TCP too, on the port numbers of media.web_port, for networks that let\n"
  "no UDP out. Open them in the firewall as well.")
X(media, strict, BOOL, 0, 0, "", "false", RELOAD,
  "Accept media from SIP only from the address and port of the session description.\n"
  "Recommended where a stranger could reach the ports first.")
X(media, srtp, SRTP, 0, 0, "", "off", RELOAD,
  "SRTP towards SIP, with keys in the session description (SDES). off: never, calls that insist\n"
  "on it are refused; optional: where the other side can; required: always, or no call. The keys\n"
  "travel with the SIP messages, in clear over UDP: see operations.md.")

X(video, enabled, BOOL, 0, 0, "", "true", RESTART,
  "Carry video where both sides of a call want it and have a codec in common (H.264, VP8).\n"
  "Without it every call is an audio call.")
X(video, max_kbps, INT, 64, 20000, "kbit/s", "2000", RESTART,
  "What one side of a call may send of video, in kbit/s; the other side may ask for less.")

X(turn, urls, LIST, 0, 0, "[\"turn:turn.example.org:3478?transport=udp\"]", "", RELOAD,
  "A TURN server for clients that ask for `iceServers`, such as\n"
  "[\"turn:turn.example.org:3478?transport=udp\", \"turns:turn.example.org:5349?transport=tcp\"].")
X(turn, secret_file, TEXT, 0, 0, "/etc/zvonok/turn-secret", "", RELOAD,
  "File of mode 0600 with the secret of that server (coturn: use-auth-secret, static-auth-secret).\n"
  "Clients get a password made by it, not the secret.")
X(turn, secret, SECRET, 0, 0, "${TURN_SECRET}", "", RELOAD,
  "The same secret in place of a file: an entry of the secrets file, or a variable of the environment.")
X(turn, ttl, DURATION, 60000000, 2592000000000, "", "24h", RELOAD,
  "A client's password for the TURN server is good for this long after it connected.")

X(timers, trying, DURATION, 1000000, 86400000000, "", "32s", RESTART, "Outgoing call without any answer from SIP.")
X(timers, ringing_out, DURATION, 1000000, 86400000000, "", "180s", RESTART, "Outgoing call rings at most this long.")
X(timers, ringing_in, DURATION, 1000000, 86400000000, "", "60s", RESTART, "Incoming call rings at most this long.")
X(timers, answering, DURATION, 1000000, 86400000000, "", "10s", RESTART,
  "From the client's answer to the SIP side's acknowledgement; also other short waits of a call.")
X(timers, ice, DURATION, 1000000, 86400000000, "", "15s", RESTART,
  "ICE and DTLS must be up this long after the session descriptions were exchanged.")
X(timers, dtls_wait, DURATION, 1000000, 86400000000, "", "1500ms", RESTART,
  "The 200 OK of an incoming call waits for DTLS at most this long.")
X(timers, no_media, DURATION, 1000000, 86400000000, "", "30s", RESTART, "A call without any media ends after this.")
X(timers, client_gone, DURATION, 1000000, 86400000000, "", "15s", RESTART,
  "Calls of a client whose connection was lost end after this, if it cannot take them up again\n"
  "(session.resume_window is for those that can).")
X(timers, video_answer, DURATION, 1000000, 15000000, "", "5s", RESTART,
  "A client answers an offer of video in a running call within this, or the call goes on without.\n"
  "The SIP side waits as long for the answer to its re-INVITE.")
X(timers, max_duration, DURATION, 1000000, 604800000000, "", "4h", RESTART, "Longest call.")
X(timers, register, DURATION, 1000000, 86400000000, "", "32s", RESTART, "A registration succeeds or fails within this.")

X(session, resume_window, DURATION, 1000000, 86400000000, "", "60s", RESTART,
  "A client whose connection was lost may return for this long: its registration stays, and its\n"
  "calls go on if it can take them up again.")
X(session, keep_alive_window, DURATION, 1000000, 604800000000, "", "1h", RESTART,
  "The same for the registration of a client that asked for keepAlive.")

X(limits, clients, INT, 1, 1000000, "", "5000", RESTART, "Clients at once.")
X(limits, calls, INT, 1, 1000000, "", "1000", RESTART, "Calls at once.")
X(limits, calls_per_client, INT, 1, 1000, "", "8", RELOAD, "Calls at once of one client.")

X(drain, timeout, DURATION, 0, 86400000000, "", "30s", RELOAD,
  "When zvonokd is to stop (SIGTERM, zvonokctl drain) it takes no new calls and clients; calls that\n"
  "go on have this long to end, then they are ended. It stops once there is none. 0s: at once.")

X(accounts, allow_space_in_auth_name, BOOL, 0, 0, "", "false", RELOAD,
  "Allow blanks inside SIP authentication names.")
X(calls, send_busy_when_on_call, BOOL, 0, 0, "", "false", RELOAD,
  "Answer 486 to a second incoming call of a client instead of offering it.")

X(trace, record, BOOL, 0, 0, "", "true", RESTART,
  "Keep a trace of each call: its messages, states and media milestones, without secrets.")
X(trace, calls, INT, 0, 100000, "", "500", RESTART,
  "Traces of finished calls kept, the youngest; of refused ones at most a quarter.")
X(trace, keep, DURATION, 1000000, 604800000000, "", "1h", RESTART, "Traces of finished calls are kept this long.")
X(trace, bytes_per_call, INT, 4096, 1048576, "bytes", "65536", RESTART,
  "Memory for one trace. The first half keeps the call's beginning, the rest its last events.")
X(trace, reports, BOOL, 0, 0, "", "true", RESTART,
  "Give clients that ask the ladder of their ended calls, without addresses.")

X(capture, media, BOOL, 0, 0, "", "false", RESTART,
  "Write what is said in calls into captures. Without it they hold SIP and RTP headers only.")
X(capture, max, INT, 0, 64, "", "4", RESTART, "Captures at once.")
X(capture, max_bytes, INT, 65536, 1099511627776, "bytes", "67108864", RESTART, "A capture stops at this size.")

X(admin, socket, TEXT, 0, 0, "", "/run/zvonok/admin.sock", RESTART,
  "Unix socket for zvonokctl. Empty: none.")
X(admin, group, TEXT, 0, 0, "zvonok", "", RESTART,
  "Group whose members may use zvonokctl. Empty: the user that zvonokd runs as, and root.")

X(log, level, TEXT, 0, 0, "", "info", RELOAD, "error, warn, info or debug.")
X(log, levels, LIST, 0, 0, "[sip=debug, http=warn]", "", RELOAD,
  "Levels of single modules, over log.level: MODULE=LEVEL, such as [sip=debug, http=warn].\n"
  "Modules: main, http, call, sip, media, dns; all stands for every one.")
X(log, format, TEXT, 0, 0, "", "text", RESTART, "text: lines for people; json: one JSON object a line.")
X(log, repeats, INT, 0, 1000000, "lines per 10 s", "100", RESTART,
  "Lines of one place in the program that may pass in 10 s; more are held back and reported by\n"
  "one line. Only warnings, errors and lines that a stranger can cause. 0: nothing is held back.")
X(log, numbers, BOOL, 0, 0, "", "true", RELOAD,
  "Write logins, numbers and names of callers in full; false: masked, such as ***67.")
X(log, addresses, BOOL, 0, 0, "", "true", RELOAD,
  "Write addresses of clients and SIP servers in full; false: masked, such as 192.0.x.x.")
/* clang-format on */
