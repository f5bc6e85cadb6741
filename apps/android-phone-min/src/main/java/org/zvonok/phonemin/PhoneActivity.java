package org.zvonok.phonemin;

import static android.Manifest.permission.POST_NOTIFICATIONS;
import static android.Manifest.permission.RECORD_AUDIO;
import static android.content.pm.PackageManager.PERMISSION_GRANTED;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.SharedPreferences;
import android.os.Bundle;
import android.text.BidiFormatter;
import android.view.View;
import android.view.inputmethod.InputMethodManager;
import android.widget.Button;
import android.widget.CheckBox;
import android.widget.EditText;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.webrtc.MediaConstraints;
import org.zvonok.sdk.CallOptions;
import org.zvonok.sdk.SdkError;
import org.zvonok.sdk.android.VideoOptions;
import org.zvonok.sdk.android.Zvonok;
import org.zvonok.sdk.android.audio.AudioRoute;
import org.zvonok.sdk.android.audio.CallAudioManager;

/** The one screen: hands presses to the presenter and shows what it says. */
public final class PhoneActivity extends Activity implements PhoneView, CallAudioManager.Listener {
    /** What is kept for the next start: no password, no token. */
    private static final int[] KEPT = {R.id.wcs_url, R.id.sip_login, R.id.sip_domain,
        R.id.sip_port, R.id.invite_parameters, R.id.callee};
    private static final int[] SOUND = {R.id.goog_echo_cancellation, R.id.goog_auto_gain_control,
        R.id.goog_noise_suppression, R.id.goog_highpass_filter};

    private final CallAudioManager audio = Zvonok.getAudioManager();
    private PhonePresenter presenter;
    private AlertDialog incoming;

    @Override protected void onCreate(Bundle state) {
        super.onCreate(state);
        setContentView(R.layout.phone);
        presenter = ((PhoneApp) getApplication()).presenter;
        SharedPreferences kept = getPreferences(MODE_PRIVATE);
        for (int field : KEPT) {
            edit(field).setText(kept.getString(name(field), text(field)));
        }
        box(R.id.sip_register_required)
                .setChecked(kept.getBoolean(name(R.id.sip_register_required), true));
        onPress(R.id.connect, presenter::pressConnect);
        onPress(R.id.connect_with_token, presenter::pressConnectWithToken);
        onPress(R.id.call, presenter::pressCall);
        onPress(R.id.hold, presenter::pressHold);
        onPress(R.id.mute, presenter::pressMute);
        onPress(R.id.send_dtmf, presenter::pressSendDtmf);
        onPress(R.id.route, this::nextRoute);
        onPress(R.id.speaker_phone, () -> audio.setUseSpeakerPhone(isChecked(R.id.speaker_phone)));
        onPress(R.id.proximity, () -> audio.setUseProximitySensor(isChecked(R.id.proximity)));
    }

    /** By now what was typed before the screen was turned is back in its fields. */
    @Override protected void onPostCreate(Bundle state) {
        super.onPostCreate(state);
        audio.setUseProximitySensor(isChecked(R.id.proximity));
        audio.addListener(this);
        presenter.attach(this);
    }

    @Override protected void onDestroy() {
        audio.removeListener(this);
        presenter.detach(isFinishing());
        closeIncoming();
        super.onDestroy();
    }

    private void onPress(int id, Runnable action) {
        findViewById(id).setOnClickListener(view -> {
            getSystemService(InputMethodManager.class)
                    .hideSoftInputFromWindow(view.getWindowToken(), 0);
            if (view.isEnabled()) { // what has ended between finger and click is not there any more
                action.run();
            }
        });
    }

    private EditText edit(int field) { return findViewById(field); }
    private CheckBox box(int box) { return findViewById(box); }

    /** The key under which a field is kept; of a box for the sound, its constraint. */
    private String name(int id) { return (String) findViewById(id).getTag(); }

    @Override public String text(int field) { return edit(field).getText().toString().trim(); }
    @Override public boolean isChecked(int box) { return box(box).isChecked(); }

    @Override public void save() {
        SharedPreferences.Editor kept = getPreferences(MODE_PRIVATE).edit();
        for (int field : KEPT) {
            kept.putString(name(field), text(field));
        }
        kept.putBoolean(name(R.id.sip_register_required), isChecked(R.id.sip_register_required));
        kept.apply();
    }

    @Override public CallOptions options(String callee, Map<String, String> inviteParameters) {
        MediaConstraints sound = new MediaConstraints();
        for (int box : SOUND) {
            sound.optional.add(new MediaConstraints.KeyValuePair(
                    name(box), String.valueOf(isChecked(box))));
        }
        return CallOptions.builder(callee).inviteParameters(inviteParameters)
                .mediaOptions(new VideoOptions().setAudioConstraints(sound)).build();
    }

    @Override public void askForMicrophone(int request) {
        if (checkSelfPermission(RECORD_AUDIO) == PERMISSION_GRANTED) {
            presenter.onMicrophone(request, true);
        } else {
            requestPermissions(new String[] {RECORD_AUDIO, POST_NOTIFICATIONS}, request);
        }
    }

    @Override public void onRequestPermissionsResult(int request, String[] names, int[] results) {
        if (results.length > 0) { // else the question was interrupted, and nothing was said
            presenter.onMicrophone(request, results[0] == PERMISSION_GRANTED);
        }
        presenter.refresh();
    }

    private void nextRoute() {
        List<AudioRoute> routes = new ArrayList<>(audio.getRoutes());
        if (!routes.isEmpty()) {
            audio.selectRoute(routes.get((routes.indexOf(audio.getRoute()) + 1) % routes.size()));
        }
    }

    @Override public void onRoute(AudioRoute route, Set<AudioRoute> routes) {
        box(R.id.speaker_phone).setChecked(route == AudioRoute.SPEAKER);
        Button button = findViewById(R.id.route);
        button.setText(getString(R.string.route,
                getResources().getStringArray(R.array.routes)[route.ordinal()]));
    }

    @Override public void setToken(String token) {
        if (!token.equals(text(R.id.auth_token))) {
            edit(R.id.auth_token).setText(token);
        }
    }

    @Override public void mark(int field, int text) {
        edit(field).setError(getString(text));
        edit(field).requestFocus();
    }

    @Override public void showButton(int id, boolean enabled, int text) {
        Button button = findViewById(id);
        button.setEnabled(enabled);
        button.setText(text);
        button.setActivated(text == R.string.hangup); // which is red
    }

    @Override public void showLine(int id, int text, String who, SdkError error) {
        TextView line = findViewById(id);
        line.setVisibility(text == 0 && error == null ? View.GONE : View.VISIBLE);
        line.setTextColor(getColor(error == null ? R.color.ink : R.color.trouble));
        line.setText(error == null ? words(text, who) : getString(R.string.line_with_error,
                words(text, who), error.getSentence(), error.getRemedy()).trim());
    }

    private String words(int text, String who) {
        return text == 0 ? "" : getString(text, BidiFormatter.getInstance().unicodeWrap(who));
    }

    @Override public void showIncoming(boolean rings, int text, String who) {
        if (!rings) {
            closeIncoming();
            return;
        }
        if (incoming == null || !incoming.isShowing()) {
            incoming = new AlertDialog.Builder(this).setTitle(R.string.incoming_call)
                    .setMessage("").setCancelable(false)
                    .setPositiveButton(R.string.answer, (d, which) -> presenter.pressAnswer())
                    .setNegativeButton(R.string.hangup, (d, which) -> presenter.pressHangup())
                    .show();
        }
        incoming.setMessage(words(text, who));
    }

    /** Dismissed, not hidden: a dialog that outlives its screen is a leak. */
    private void closeIncoming() {
        if (incoming != null) {
            incoming.dismiss();
        }
    }
}
