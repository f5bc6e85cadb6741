package org.zvonok.sdk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;

import org.junit.Test;

/** What is wrong with an account, where, and what to type instead; the gateway says the same. */
public class ConnectionCheckTest {
    private static SdkError check(Connection connection) {
        return ConnectionCheck.findMistake(connection, false);
    }

    private static void expect(Connection connection, String field, String sentence, String fix,
            String remedy) {
        SdkError error = check(connection);
        assertNotNull(sentence, error);
        assertEquals("bad_account", error.getCause());
        assertEquals(ErrorCode.ACCOUNT_FIELD, error.getCode());
        assertEquals(field, error.getField());
        assertEquals(sentence, error.getSentence());
        assertEquals(fix, error.getFix());
        assertEquals(remedy, error.getRemedy());
    }

    /** Login, sentence, fix, remedy. */
    private static final String[][] LOGINS = {
        {"Ralf C12441@host.com", "sipLogin: a blank at position 5 is not allowed.", "Ralf_C12441",
            "Try Ralf_C12441; \"@host.com\" belongs to sipDomain."},
        {"1001@sip.example", "sipLogin: the character \"@\" at position 5 is not allowed.", "1001",
            "Try 1001; \"@sip.example\" belongs to sipDomain."},
        {" 1001", "sipLogin: a blank at position 1 is not allowed.", "1001", "Try 1001."},
        {"sip:1001@sip.example", "sipLogin: the character \":\" at position 4 is not allowed.",
            "1001", "Try 1001; \"@sip.example\" belongs to sipDomain."},
        {"10\r\nVia: evil", "sipLogin: a control character (0x0d) at position 3 is not allowed.",
            "10_Via_evil", "Try 10_Via_evil."},
        {"10%0d%0aVia", "sipLogin: a \"%\" that begins no valid escape at position 3 is not"
            + " allowed.", "10_0d_0aVia", "Try 10_0d_0aVia."},
        {"10%ff", "sipLogin: a \"%\" that begins no valid escape at position 3 is not allowed.",
            "10_ff", "Try 10_ff."},
        {"100%", "sipLogin: the character \"%\" at position 4 is not allowed.", "100", "Try 100."},
        {"Ян", "sipLogin: the character \"Я\" at position 1 is not allowed.", "",
            "Use letters, digits and -_.!~*'()&=+$,"},
        {"ivan☎7", "sipLogin: the character \"☎\" at position 5 is not allowed.", "ivan_7",
            "Try ivan_7."},
        {"a@b@c", "sipLogin: the character \"@\" at position 2 is not allowed.", "a", "Try a."},
        {"a\ud83d\ude00b c", "sipLogin: the character \"\ud83d\ude00\" at position 2 is not"
            + " allowed.", "a_b_c", "Try a_b_c."},
        {"", "sipLogin is missing.", "", "Fill in sipLogin."},
    };

    @Test
    public void aLoginIsJudgedCharacterByCharacter() {
        for (String[] row : LOGINS) {
            expect(Stage.account().sipLogin(row[0]).build(), "sipLogin", row[1], row[2], row[3]);
        }
        for (String login : new String[] {"1001", "a.b-c_d~e", "anna;x=1", "%D0%AF", "a%41"}) {
            assertNull(login, check(Stage.account().sipLogin(login).build()));
        }
    }

    @Test
    public void anAuthenticationNameMayHoldMore() {
        expect(Stage.account().sipAuthenticationName("Ralf C12441").build(),
                "sipAuthenticationName",
                "sipAuthenticationName: a blank at position 5 is not allowed.", "Ralf_C12441",
                "Try Ralf_C12441.");
        assertNull(check(Stage.account().sipAuthenticationName("Ян@host:5").build()));
        Connection spaced = Stage.account().sipAuthenticationName("Ralf C12441").build();
        assertNull(ConnectionCheck.findMistake(spaced, true));
        expect(Stage.account().sipAuthenticationName("a\"b").build(), "sipAuthenticationName",
                "sipAuthenticationName: the character \"\"\" at position 2 is not allowed.", "a_b",
                "Try a_b.");
    }

    @Test
    public void aHostIsAHost() {
        expect(Stage.account().sipDomain("sip:sip.example").build(), "sipDomain",
                "sipDomain: the character \":\" at position 4 is not allowed.", "sip.example",
                "Try sip.example.");
        expect(Stage.account().sipDomain("sip.example:5070").build(), "sipDomain",
                "sipDomain: the character \":\" at position 12 is not allowed.", "sip.example",
                "Try sip.example; the port 5070 belongs to sipPort.");
        String[] bad = {"127.1", "0x7f000001", "2130706433", "-a", "a..b", "256.1.1.1", "a b"};
        for (String host : bad) {
            SdkError error = check(Stage.account().sipDomain(host).build());
            assertNotNull(host, error);
            assertEquals("sipDomain", error.getField());
        }
        for (String host : new String[] {"sip.example", "192.0.2.1", "[2001:db8::1]", "::1"}) {
            assertNull(host, check(Stage.account().sipDomain(host).build()));
        }
        expect(Stage.account().sipDomain("").build(), "sipDomain", "sipDomain is missing.", "",
                "Fill in sipDomain.");
    }

    @Test
    public void aProxyMayHaveAPort() {
        for (String proxy : new String[] {"", "proxy.example", "proxy.example:5070",
            "[2001:db8::1]:5070", "192.0.2.1;transport=udp"}) {
            assertNull(proxy, check(Stage.account().sipOutboundProxy(proxy).build()));
        }
        assertEquals("sipOutboundProxy",
                check(Stage.account().sipOutboundProxy("a b").build()).getField());
    }

    @Test
    public void numbersAndLengthsHaveBounds() {
        assertEquals("sipPort", check(Stage.account().sipPort(65_536).build()).getField());
        assertEquals("sipPort", check(Stage.account().sipPort(-1).build()).getField());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 129; i++) {
            text.append('x');
        }
        expect(Stage.account().sipLogin(text.toString()).build(), "sipLogin",
                "sipLogin is 129 bytes long, at most 128 are allowed.", "", "Shorten it.");
        assertEquals("sipPassword",
                check(Stage.account().sipPassword(text.toString()).build()).getField());
    }

    @Test
    public void anAddressIsThatOfAWebSocket() {
        for (String url : new String[] {"", "gateway", "https://gateway.example", "wss://",
            "wss://a b", "wss://h:99999"}) {
            SdkError error = check(Connection.builder(url).build());
            assertNotNull(url, error);
            assertEquals("bad_url", error.getCause());
            assertEquals("url", error.getField());
        }
        assertNull(check(Connection.builder(" wss://gateway.example:8443 ").build()));
    }

    @Test
    public void aSessionNeedsNoAccount() {
        assertNull(check(Connection.builder("wss://gateway.example").build()));
        assertNull(check(Connection.builder("wss://gateway.example").authToken("x").build()));
    }
}
