/*
 * The table of keys that an entry of the section `trunks` may have. Included several times with X
 * defined:
 *   X(name, type, form, key that holds where this one is not set, help)
 * `form`: an example of a text
 * This file has no guard on purpose.
 */

/* clang-format off */
X(strict, BOOL, "", "media.strict",
  "Accept media only from the address and port of the session description.")
X(srtp, SRTP, "", "media.srtp",
  "SRTP with keys in the session description (SDES); a call that does not comply is refused.")
X(transport, TRANSPORT, "", "sip.transport", "What SIP goes by: any (what DNS says, RFC 3263), udp, tcp or tls. A change holds for accounts that\n"
  "connect from then on.")
X(ca, TEXT, "/etc/zvonok/pbx-ca.pem", "sip.tls_ca", "PEM file with the CAs that the server's certificate must be signed by.")
/* clang-format on */
