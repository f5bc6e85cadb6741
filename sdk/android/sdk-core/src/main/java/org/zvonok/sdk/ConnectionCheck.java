package org.zvonok.sdk;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.function.IntPredicate;

/**
 * Judges what an app wants to connect with, before anything is sent: each field against its own
 * grammar (RFC 3261 §25.1 {@code user} for the login), with the place of the first offence and a
 * value to try. The gateway judges again; whoever fills in a form need not wait for it.
 */
final class ConnectionCheck {
    private static final int MAX_USER = 128;
    private static final String USER = "-_.!~*'()&=+$,;?/";
    private static final String[] SCHEMES = {"wss", "ws"};

    private ConnectionCheck() {
    }

    /** Null: nothing is wrong that can be seen from here. */
    static SdkError findMistake(Connection connection, boolean allowSpaceInAuthName) {
        SdkError mistake = checkUrl(connection.getUrl());
        boolean isWithout = connection.getSipLogin().isEmpty()
                && connection.getSipDomain().isEmpty()
                && connection.getSipAuthenticationName().isEmpty()
                && connection.getSipPassword().isEmpty();
        if (mistake != null || !connection.getAuthToken().isEmpty() || isWithout) {
            return mistake;
        }
        return checkAccount(connection, allowSpaceInAuthName);
    }

    private static SdkError checkUrl(String url) {
        try {
            URI uri = new URI(url);
            for (String scheme : SCHEMES) {
                if (scheme.equalsIgnoreCase(uri.getScheme()) && uri.getHost() != null
                        && uri.getPort() <= 0xffff) {
                    return null;
                }
            }
        } catch (URISyntaxException e) {
            return SdkError.builder("bad_url").field("url").throwable(e).build();
        }
        return SdkError.builder("bad_url").field("url").build();
    }

    private static SdkError checkAccount(Connection from, boolean allowSpaceInAuthName) {
        SdkError mistake = checkLogin(from.getSipLogin());
        if (mistake == null) {
            mistake = checkAuthName(from.getSipAuthenticationName(), allowSpaceInAuthName);
        }
        if (mistake == null) {
            mistake = new TextField("sipPassword", from.getSipPassword()).tooLong(MAX_USER);
        }
        if (mistake == null) {
            mistake = checkHost("sipDomain", from.getSipDomain());
        }
        if (mistake == null) {
            mistake = checkPort(from.getSipPort());
        }
        return mistake != null ? mistake : checkProxy(from.getSipOutboundProxy());
    }

    /* ---- the login ---- */

    private static boolean isUserChar(int c) {
        return c < 0x80 && (Character.isLetterOrDigit(c) || USER.indexOf(c) >= 0);
    }

    private static SdkError checkLogin(String login) {
        TextField field = new TextField("sipLogin", login);
        SdkError mistake = field.missing();
        if (mistake == null) {
            mistake = field.tooLong(MAX_USER);
        }
        int at = mistake == null ? field.firstOffence(ConnectionCheck::isUserChar, true) : -1;
        return at < 0 ? mistake : suggestLogin(field.offence(at), login);
    }

    /** "Ralf C12441@host.com": try Ralf_C12441; "@host.com" belongs to sipDomain. */
    private static SdkError suggestLogin(SdkError.Builder fault, String login) {
        int atSign = login.indexOf('@');
        String name = atSign < 0 ? login : login.substring(0, atSign);
        String host = atSign < 0 ? "" : login.substring(atSign + 1);
        if (name.regionMatches(true, 0, "sip:", 0, 4)) {
            name = name.substring(4);
        }
        String value = TextField.suggest(name, ConnectionCheck::isUserChar);
        if (value.isEmpty()) {
            return fault.remedy("Use letters, digits and -_.!~*'()&=+$,").build();
        }
        String more = Hosts.isHost(host) ? "; \"@" + host + "\" belongs to sipDomain." : ".";
        return fault.fix(value).remedy("Try " + value + more).build();
    }

    private static SdkError checkAuthName(String name, boolean allowSpace) {
        TextField field = new TextField("sipAuthenticationName", name);
        IntPredicate isAllowed = c -> (allowSpace && c == ' ')
                || (c > ' ' && c != 0x7f && "<>\"\\".indexOf(c) < 0);
        SdkError mistake = field.tooLong(MAX_USER);
        int at = mistake == null ? field.firstOffence(isAllowed, false) : -1;
        if (at < 0) {
            return mistake;
        }
        String value = TextField.suggest(name, isAllowed);
        return field.offence(at).fix(value)
                .remedy(value.isEmpty() ? "" : "Try " + value + ".").build();
    }

    /* ---- hosts and ports ---- */

    private static SdkError checkHost(String name, String host) {
        TextField field = new TextField(name, host);
        SdkError mistake = field.missing();
        if (mistake != null || Hosts.isHost(host)) {
            return mistake;
        }
        int at = field.firstOffence(Hosts::isHostChar, false);
        SdkError.Builder fault = at < 0
                ? field.fault(name + " is not a host name or an IP address") : field.offence(at);
        return suggestHost(fault, host);
    }

    private static SdkError suggestHost(SdkError.Builder fault, String host) {
        int colon = host.indexOf(':');
        String before = colon < 0 ? "" : host.substring(0, colon);
        String after = colon < 0 ? "" : host.substring(colon + 1);
        if (before.equalsIgnoreCase("sip") && Hosts.isHost(after)) {
            return fault.fix(after).remedy("Try " + after + ".").build();
        }
        if (Hosts.isHost(before) && after.matches("\\d{1,5}")) {
            return fault.fix(before)
                    .remedy("Try " + before + "; the port " + after + " belongs to sipPort.")
                    .build();
        }
        return fault.remedy("Write it like sip.example.org or 192.0.2.1.").build();
    }

    private static SdkError checkPort(int port) {
        return port >= 0 && port <= 0xffff ? null
                : new TextField("sipPort", "").fault("sipPort is not a port number")
                        .remedy("Use a number from 1 to 65535, or 0 to find the port by DNS.")
                        .build();
    }

    /** {@code host[:port][;transport=udp]}; empty: none. */
    private static SdkError checkProxy(String proxy) {
        if (proxy.isEmpty()) {
            return null;
        }
        int semicolon = proxy.indexOf(';');
        String place = semicolon < 0 ? proxy : proxy.substring(0, semicolon);
        int colon = place.lastIndexOf(':');
        boolean hasPort = colon > 0 && place.substring(colon + 1).matches("\\d{1,5}")
                && (place.indexOf(':') == colon || place.charAt(colon - 1) == ']');
        return checkHost("sipOutboundProxy", hasPort ? place.substring(0, colon) : place);
    }
}
