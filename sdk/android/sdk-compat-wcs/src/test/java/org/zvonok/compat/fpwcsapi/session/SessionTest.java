package org.zvonok.compat.fpwcsapi.session;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.json.JSONObject;
import org.junit.Test;
import org.zvonok.compat.fpwcsapi.bean.Connection;
import org.zvonok.compat.fpwcsapi.bean.Data;
import org.zvonok.sdk.SdkError;

/** Sessions by the surface of WCS, against a gateway by script. */
public final class SessionTest {
    private final FakeGateway gateway = new FakeGateway();
    private final Session session =
            new Session(new SessionOptions("wss://gateway.example:8443"), gateway);
    private final List<String> told = new ArrayList<>();
    private Connection last;

    @Test
    public void anAccountIsSentAsItWasSet() throws Exception {
        connect(account());
        JSONObject sent = gateway.last("connection");
        assertEquals("1000", sent.getString("sipLogin"));
        assertEquals("secret", sent.getString("sipPassword"));
        assertEquals("sip.example", sent.getString("sipDomain"));
        assertEquals("proxy.example", sent.getString("sipOutboundProxy"));
        assertEquals(5070, sent.getInt("sipPort"));
        assertEquals("defaultApp", sent.getString("appKey"));
        assertTrue(sent.getBoolean("sipRegisterRequired"));
        assertTrue(sent.getBoolean("keepAlive"));
    }

    @Test
    public void connectingAndRegisteringIsTold() {
        connect(account());
        assertEquals(List.of(), told);
        gateway.say("getUserData", "{'sipLogin':'1000','authToken':'t1','status':'ESTABLISHED'}");
        assertEquals(List.of("onConnected ESTABLISHED"), told);
        assertEquals("t1", last.getAuthToken());
        assertNull(last.getError());
        gateway.say("registered", "{'sipLogin':'1000','status':'REGISTERED'}");
        assertEquals(List.of("onConnected ESTABLISHED", "onRegistered REGISTERED"), told);
    }

    @Test
    public void anEventHoldsNoPassword() throws Exception {
        connect(account());
        gateway.say("getUserData", "{'sipLogin':'1000','authToken':'t1','status':'ESTABLISHED'}");
        assertEquals("1000", last.getSipLogin());
        assertEquals("", last.toSdkConnection("wss://gateway.example").getSipPassword());
    }

    @Test
    public void disconnectingIsToldOnce() {
        connect(account());
        gateway.say("getUserData", "{'sipLogin':'1000','authToken':'t1','status':'ESTABLISHED'}");
        session.disconnect();
        session.disconnect();
        gateway.scheduler.run();
        assertEquals(List.of("onConnected ESTABLISHED", "onDisconnection DISCONNECTED"), told);
        assertNull(last.getError());
    }

    @Test
    public void aMalformedLoginIsRefusedBeforeAnythingIsSent() throws Exception {
        Connection account = account();
        account.setSipLogin("Ralf C12441@host.com");
        session.on(new Listener());
        session.connect(account);
        gateway.scheduler.run();
        assertEquals(List.of("onDisconnection FAILED"), told);
        assertEquals("sipLogin", last.getError().getField());
        assertFalse(last.getError().getRemedy().isEmpty());
        assertEquals(0, gateway.count("connection"));
    }

    @Test
    public void aGatewayThatNeverAnswersIsTold() {
        session.on(new Listener());
        session.connect(account());
        gateway.scheduler.advance(120_000);
        assertEquals(List.of("onDisconnection FAILED"), told);
        assertNotNull(last.getError());
    }

    @Test
    public void aTokenIsEnoughToConnect() throws Exception {
        Connection byToken = new Connection();
        byToken.setAuthToken("t1");
        byToken.setKeepAlive(true);
        connect(byToken);
        JSONObject sent = gateway.last("connection");
        assertEquals("t1", sent.getString("authToken"));
        assertFalse(sent.has("sipLogin"));
    }

    @Test
    public void anAppKeyIsEnoughToConnect() throws Exception {
        Connection byKey = new Connection();
        byKey.setAppKey("clickToCallApp");
        connect(byKey);
        assertEquals("clickToCallApp", gateway.last("connection").getString("appKey"));
    }

    @Test
    public void aLostConnectionKeepsItsStatusUntilItIsBack() {
        connect(account());
        gateway.say("getUserData", welcome("t1"));
        gateway.say("registered", "{'sipLogin':'1000','status':'REGISTERED'}");
        told.clear();
        gateway.breakOff();
        assertEquals(List.of("onReconnecting REGISTERED"), told);
        assertNotNull(last.getError());
        gateway.scheduler.advance(5_000);
        gateway.accept();
        gateway.say("getUserData", welcome("t2"));
        gateway.say("zvResumed", "{'calls':[],'replayed':0}");
        assertEquals(List.of("onReconnecting REGISTERED", "onReconnected REGISTERED"), told);
        assertNull(last.getError());
        assertEquals("t2", last.getAuthToken());
    }

    @Test
    public void aSessionWithoutListenersTellsNobody() {
        session.connect(account());
        gateway.accept();
        gateway.say("getUserData", "{'sipLogin':'1000','authToken':'t1','status':'ESTABLISHED'}");
        gateway.say("setRemoteSDP", "'in-1','v=0\\r\\nm=audio 9 RTP/AVP 0\\r\\n',false");
        gateway.say("notifyIncomingCall", "{'callId':'in-1','incoming':true,'status':'RING',"
                + "'caller':'2000','callee':'1000'}");
        session.disconnect();
        gateway.scheduler.run();
        assertEquals(List.of(), told);
    }

    @Test
    public void anotherListenerStandsInForTheFirst() {
        List<String> first = told;
        session.on(new Listener());
        List<String> second = new ArrayList<>();
        session.on(new Listener() {
            @Override
            public void onConnected(Connection connection) {
                second.add("onConnected");
            }
        });
        session.connect(account());
        gateway.accept();
        gateway.say("getUserData", "{'sipLogin':'1000','authToken':'t1','status':'ESTABLISHED'}");
        assertEquals(List.of(), first);
        assertEquals(List.of("onConnected"), second);
    }

    private void connect(Connection connection) {
        session.on(new Listener());
        session.connect(connection);
        gateway.accept();
    }

    private static String welcome(String token) {
        return "{'sipLogin':'1000','authToken':'" + token + "','status':'ESTABLISHED',"
                + "'features':['resume']}";
    }

    private static Connection account() {
        Connection connection = new Connection();
        connection.setSipLogin("1000");
        connection.setSipPassword("secret");
        connection.setSipDomain("sip.example");
        connection.setSipOutboundProxy("proxy.example");
        connection.setSipPort(5070);
        connection.setSipRegisterRequired(true);
        connection.setKeepAlive(true);
        return connection;
    }

    private class Listener implements SessionEvent {
        @Override
        public void onAppData(Data data) {
            told.add("onAppData");
        }

        @Override
        public void onConnected(Connection connection) {
            write("onConnected", connection);
        }

        @Override
        public void onRegistered(Connection connection) {
            write("onRegistered", connection);
        }

        @Override
        public void onDisconnection(Connection connection) {
            write("onDisconnection", connection);
        }

        @Override
        public void onReconnecting(Connection connection) {
            write("onReconnecting", connection);
        }

        @Override
        public void onReconnected(Connection connection) {
            write("onReconnected", connection);
        }

        @Override
        public void onWarning(Connection connection, SdkError error) {
            write("onWarning", connection);
        }

        private void write(String name, Connection connection) {
            last = connection;
            told.add(name + " " + connection.getStatus());
        }
    }
}
