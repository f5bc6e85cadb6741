package org.zvonok.quickstart;

import android.Manifest;
import android.app.Activity;
import android.os.Bundle;
import android.widget.TextView;
import org.zvonok.sdk.Call;
import org.zvonok.sdk.CallEnd;
import org.zvonok.sdk.CallListener;
import org.zvonok.sdk.CallOptions;
import org.zvonok.sdk.Connection;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.Session;
import org.zvonok.sdk.SessionListener;
import org.zvonok.sdk.android.Zvonok;

public class CallActivity extends Activity implements SessionListener, CallListener {
    private TextView line;
    private Session session;

    @Override protected void onCreate(Bundle state) {
        super.onCreate(state);
        setContentView(line = new TextView(this));
        Zvonok.init(this);
        session = Zvonok.createSession();
        session.addListener(this);
        requestPermissions(new String[] {Manifest.permission.RECORD_AUDIO}, 1);
    }

    @Override public void onRequestPermissionsResult(int request, String[] names, int[] results) {
        session.connect(Connection.builder("wss://gateway.example.org:8443")
                .sipLogin("1001").sipPassword("secret").sipDomain("sip.example.org")
                .sipRegisterRequired(true).build());
    }

    @Override public void onRegistered(Session s) {
        Call call = s.createCall(CallOptions.builder("1002").build());
        call.addListener(this);
        call.call();
    }

    @Override public void onIncomingCall(Session s, Call call) {
        call.addListener(this);
        call.answer();
    }

    @Override protected void onDestroy() {
        session.disconnect();
        super.onDestroy();
    }

    @Override public void onEstablished(Call call) { line.setText(call.getRemoteName()); }
    @Override public void onEnded(Call call, CallEnd end) { line.setText(end.getText()); }
    @Override public void onDisconnected(Session s, SdkError why) { line.setText("" + why); }
}
