package org.zvonok.sdk;

import java.util.regex.Pattern;

/**
 * Host names of RFC 1123 §2.1 and addresses. No forms of an IPv4 address that only some parsers
 * know, such as {@code 127.1}.
 */
final class Hosts {
    private static final int MOST = 253;
    private static final Pattern LABEL =
            Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?");
    private static final Pattern NUMERIC = Pattern.compile("[0-9]+|0[xX].*");
    private static final Pattern OCTET = Pattern.compile("25[0-5]|2[0-4]\\d|1?\\d?\\d");
    private static final Pattern IPV6 =
            Pattern.compile("\\[?[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*]?");

    private Hosts() {
    }

    static boolean isHost(String host) {
        return isName(host) || isIpv4(host) || isIpv6(host);
    }

    static boolean isHostChar(int c) {
        return c < 0x80 && (Character.isLetterOrDigit(c) || c == '-' || c == '.' || c == '_');
    }

    private static boolean isName(String host) {
        if (host.isEmpty() || host.length() > MOST) {
            return false;
        }
        String[] labels = host.split("\\.", -1);
        for (String label : labels) {
            if (!LABEL.matcher(label).matches()) {
                return false;
            }
        }
        return !NUMERIC.matcher(labels[labels.length - 1]).matches();
    }

    private static boolean isIpv4(String host) {
        String[] octets = host.split("\\.", -1);
        if (octets.length != 4) {
            return false;
        }
        for (String octet : octets) {
            if (!OCTET.matcher(octet).matches()) {
                return false;
            }
        }
        return true;
    }

    /** Its parts are judged by the gateway. */
    private static boolean isIpv6(String host) {
        return host.startsWith("[") == host.endsWith("]") && IPV6.matcher(host).matches();
    }
}
