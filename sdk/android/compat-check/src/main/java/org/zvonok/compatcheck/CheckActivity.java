package org.zvonok.compatcheck;

import android.Manifest;
import android.app.Activity;
import android.content.Context;
import android.content.pm.PackageManager;
import android.os.Bundle;
import android.util.AttributeSet;
import android.view.View;
import android.widget.Button;
import android.widget.LinearLayout;
import android.widget.TextView;
import java.util.Collections;
import org.webrtc.SurfaceViewRenderer;
import org.zvonok.compat.fpwcsapi.Flashphoner;
import org.zvonok.compat.fpwcsapi.layout.PercentFrameLayout;

/**
 * An Activity as an app for WCS has one: buttons, two pictures, the sound's switches, and a
 * {@link CheckPhone}. It shows that the surface compiles against the real platform and the real
 * libwebrtc; it is not an example to follow, which is {@code apps/android-phone-min}.
 */
public final class CheckActivity extends Activity implements CheckPhone.Screen {
    /** Intent extras: the gateway, and whom to call. */
    static final String EXTRA_URL = "url";
    static final String EXTRA_CALLEE = "callee";

    private static final int CALL_PERMISSION = 100;
    private static final AttributeSet NO_ATTRIBUTES = null;

    private CheckPhone phone;
    private TextView status;

    @Override
    protected void onCreate(Bundle saved) {
        super.onCreate(saved);
        Flashphoner.init(this);
        SurfaceViewRenderer local = new SurfaceViewRenderer(this);
        SurfaceViewRenderer remote = new SurfaceViewRenderer(this);
        setContentView(createViews(local, remote));
        Flashphoner.getAudioManager().setUseProximitySensor(true);
        Flashphoner.getAudioManager().setUseSpeakerPhone(false);
        Flashphoner.getAudioManager().setUseBluetoothSco(true);
        phone = new CheckPhone(this);
        phone.open(getIntent().getStringExtra(EXTRA_URL), local, remote);
        phone.connectAsApp("clickToCallApp");
    }

    @Override
    public void onRequestPermissionsResult(int code, String[] permissions, int[] results) {
        if (code == CALL_PERMISSION
                && results.length > 0
                && results[0] == PackageManager.PERMISSION_GRANTED) {
            call();
        }
    }

    @Override
    public void show(String callback, String text) {
        runOnUiThread(() -> status.setText(text));
    }

    @Override
    protected void onDestroy() {
        phone.disconnect();
        super.onDestroy();
    }

    private View createViews(SurfaceViewRenderer local, SurfaceViewRenderer remote) {
        Context context = this;
        LinearLayout column = new LinearLayout(context);
        column.setOrientation(LinearLayout.VERTICAL);
        status = new TextView(context);
        column.addView(status);
        Button callButton = new Button(context);
        callButton.setText(R.string.action_call);
        callButton.setOnClickListener(view -> callIfAllowed());
        column.addView(callButton);
        column.addView(createPicture(local, 0), new LinearLayout.LayoutParams(-1, 0, 1));
        column.addView(createPicture(remote, 50), new LinearLayout.LayoutParams(-1, 0, 1));
        return column;
    }

    private View createPicture(SurfaceViewRenderer renderer, int xPercent) {
        PercentFrameLayout frame = new PercentFrameLayout(this, NO_ATTRIBUTES);
        frame.setPosition(xPercent, 0, 50, 100);
        frame.addView(renderer);
        return frame;
    }

    private void callIfAllowed() {
        if (checkSelfPermission(Manifest.permission.RECORD_AUDIO)
                == PackageManager.PERMISSION_GRANTED) {
            call();
        } else {
            requestPermissions(new String[] {Manifest.permission.RECORD_AUDIO}, CALL_PERMISSION);
        }
    }

    private void call() {
        String callee = getIntent().getStringExtra(EXTRA_CALLEE);
        phone.call(callee, Collections.singletonList("googEchoCancellation"), null);
    }
}
