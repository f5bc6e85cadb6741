package org.zvonok.phonemin;

import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.app.Activity;
import android.app.AlertDialog;
import android.content.DialogInterface;
import android.content.pm.PackageManager;
import android.os.Bundle;
import android.os.Looper;
import android.view.View;
import android.widget.EditText;
import android.widget.TextView;
import java.util.Arrays;
import org.robolectric.Robolectric;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.shadows.ShadowActivity;
import org.robolectric.shadows.ShadowAlertDialog;

/** The real screen under a finger: fields are filled in, buttons pressed, what it says is read. */
final class Screen implements AutoCloseable {
    final TestPhoneApp app = (TestPhoneApp) RuntimeEnvironment.getApplication();
    final FakeGateway gateway = app.gateway;
    private final ActivityController<PhoneActivity> controller;

    Screen() {
        this(null);
    }

    /** With what an earlier screen left behind. */
    Screen(Bundle state) {
        controller = Robolectric.buildActivity(PhoneActivity.class);
        if (state == null) {
            controller.setup();
        } else {
            controller.setup(state);
        }
        settle();
    }

    /** The activity of now: a turn makes another one. */
    PhoneActivity activity() {
        return controller.get();
    }

    ActivityController<PhoneActivity> controller() {
        return controller;
    }

    static void settle() {
        shadowOf(Looper.getMainLooper()).idle();
    }

    <T extends View> T view(int id) {
        return activity().findViewById(id);
    }

    Screen type(int field, String text) {
        this.<EditText>view(field).setText(text);
        return this;
    }

    Screen press(int button) {
        View view = view(button);
        if (!view.isEnabled()) {
            throw new AssertionError(text(button) + " is off");
        }
        view.performClick();
        settle();
        return this;
    }

    String text(int id) {
        return this.<TextView>view(id).getText().toString();
    }

    boolean isOn(int button) {
        return view(button).isEnabled();
    }

    String string(int id, Object... of) {
        return activity().getString(id, of);
    }

    /* ---- the microphone's permission ---- */

    Screen allowMicrophone() {
        shadowOf(app).grantPermissions(Manifest.permission.RECORD_AUDIO);
        return this;
    }

    /** The person's answer to the question that the screen has asked. */
    void replyToQuestion(boolean allowed) {
        ShadowActivity.PermissionsRequest asked =
                shadowOf((Activity) activity()).getLastRequestedPermission();
        int[] results = new int[asked.requestedPermissions.length];
        Arrays.fill(results, PackageManager.PERMISSION_DENIED);
        if (allowed) {
            allowMicrophone();
            results[0] = PackageManager.PERMISSION_GRANTED;
        }
        activity().onRequestPermissionsResult(asked.requestCode, asked.requestedPermissions,
                results);
        settle();
    }

    /* ---- the dialog ---- */

    AlertDialog dialog() {
        return ShadowAlertDialog.getLatestAlertDialog();
    }

    String dialogText() {
        return shadowOf(dialog()).getMessage().toString();
    }

    void pressInDialog(int which) {
        dialog().getButton(which).performClick();
        settle();
    }

    void answer() {
        pressInDialog(DialogInterface.BUTTON_POSITIVE);
    }

    void decline() {
        pressInDialog(DialogInterface.BUTTON_NEGATIVE);
    }

    /* ---- steps that many tests begin with ---- */

    Screen fillIn() {
        return type(R.id.wcs_url, "wss://gateway.example.org:8443")
                .type(R.id.sip_login, "1001").type(R.id.sip_password, "secret-of-1001")
                .type(R.id.sip_domain, "sip.example.org").type(R.id.callee, "1002");
    }

    Screen register() {
        fillIn().press(R.id.connect);
        gateway.accepts("token-of-1001");
        gateway.registers();
        settle();
        return this;
    }

    Screen talk() {
        allowMicrophone().register().press(R.id.call);
        gateway.reports("notifyTryingResponse", "TRYING");
        gateway.answers();
        settle();
        return this;
    }

    Screen ring() {
        register();
        gateway.calls("in-1", "1003");
        settle();
        return this;
    }

    @Override
    public void close() {
        controller.close();
        settle();
    }
}
