package org.zvonok.compatcheck;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.content.Intent;
import android.os.Looper;
import android.view.View;
import android.view.ViewGroup;
import android.widget.Button;
import android.widget.TextView;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.zvonok.compat.fpwcsapi.Flashphoner;
import org.zvonok.compat.fpwcsapi.layout.PercentFrameLayout;

/** The check app on Android's own classes and the real SDK; nobody is at the gateway's address. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = {26, 35})
public final class CheckActivityRobolectricTest {
    private static final long LIMIT_MILLIS = 30_000;

    @After
    public void forget() {
        Flashphoner.setBackend(null);
    }

    @Test
    public void itShowsHowItsSessionEnds() throws Exception {
        ActivityController<CheckActivity> controller = start();
        TextView status = find(root(controller.get()), TextView.class);
        long endMillis = System.currentTimeMillis() + LIMIT_MILLIS;
        while (status.getText().length() == 0 && System.currentTimeMillis() < endMillis) {
            shadowOf(Looper.getMainLooper()).idle();
            Thread.sleep(5);
        }
        assertEquals("FAILED", status.getText().toString());
        controller.pause().stop().destroy();
    }

    @Test
    public void itAsksForTheMicrophoneBeforeItCalls() throws Exception {
        CheckActivity activity = start().get();
        find(root(activity), Button.class).performClick();
        assertArrayEquals(
                new String[] {Manifest.permission.RECORD_AUDIO},
                shadowOf(activity).getLastRequestedPermission().requestedPermissions);
    }

    @Test
    public void itsPicturesStandSideBySide() throws Exception {
        ViewGroup column = root(start().get());
        column.measure(
                View.MeasureSpec.makeMeasureSpec(400, View.MeasureSpec.EXACTLY),
                View.MeasureSpec.makeMeasureSpec(800, View.MeasureSpec.EXACTLY));
        column.layout(0, 0, 400, 800);
        PercentFrameLayout remote =
                (PercentFrameLayout) column.getChildAt(column.getChildCount() - 1);
        assertEquals(200, remote.getChildAt(0).getLeft());
        assertEquals(400, remote.getChildAt(0).getRight());
    }

    private static ActivityController<CheckActivity> start() throws Exception {
        Intent intent = new Intent();
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String url = "wss://127.0.0.1:" + closed.getLocalPort();
            intent.putExtra(CheckActivity.EXTRA_URL, url);
        }
        intent.putExtra(CheckActivity.EXTRA_CALLEE, "1002");
        return Robolectric.buildActivity(CheckActivity.class, intent).setup();
    }

    private static ViewGroup root(CheckActivity activity) {
        ViewGroup content = activity.findViewById(android.R.id.content);
        return (ViewGroup) content.getChildAt(0);
    }

    private static <T extends View> T find(ViewGroup parent, Class<T> type) {
        for (int i = 0; i < parent.getChildCount(); i++) {
            if (parent.getChildAt(i).getClass() == type) {
                return type.cast(parent.getChildAt(i));
            }
        }
        throw new AssertionError("no " + type.getSimpleName());
    }
}
