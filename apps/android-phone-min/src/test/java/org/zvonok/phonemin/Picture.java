package org.zvonok.phonemin;

import static org.junit.Assert.assertTrue;

import android.app.Dialog;
import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.os.Build;
import android.view.View;
import android.view.ViewGroup;
import android.widget.ScrollView;
import android.widget.TextView;
import com.google.android.apps.common.testing.accessibility.framework.AccessibilityCheckPreset;
import com.google.android.apps.common.testing.accessibility.framework.AccessibilityCheckResult.AccessibilityCheckResultType;
import com.google.android.apps.common.testing.accessibility.framework.AccessibilityHierarchyCheck;
import com.google.android.apps.common.testing.accessibility.framework.AccessibilityHierarchyCheckResult;
import com.google.android.apps.common.testing.accessibility.framework.Parameters;
import com.google.android.apps.common.testing.accessibility.framework.checks.DuplicateSpeakableTextCheck;
import com.google.android.apps.common.testing.accessibility.framework.uielement.AccessibilityHierarchyAndroid;
import com.google.android.apps.common.testing.accessibility.framework.utils.contrast.BitmapImage;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** Paints a screen as it is into target/pictures, and lets the accessibility checks look at it. */
final class Picture {
    private static final File FOLDER = new File("target/pictures");
    private final PhoneActivity activity;
    private final Bitmap bitmap;

    Picture(PhoneActivity activity) {
        this.activity = activity;
        activity.getWindow().getDecorView().jumpDrawablesToCurrentState(); // boxes are animated
        bitmap = paint(activity.getWindow().getDecorView());
    }

    private static Bitmap paint(View view) {
        Bitmap bitmap = Bitmap.createBitmap(view.getWidth(), view.getHeight(),
                Bitmap.Config.ARGB_8888);
        view.draw(new Canvas(bitmap));
        return bitmap;
    }

    /** Scrolls a view up to the edge, as who calls would. */
    static void scrollTo(PhoneActivity activity, int id) {
        View form = activity.findViewById(R.id.form);
        ((ScrollView) form.getParent()).scrollTo(0, activity.findViewById(id).getTop());
    }

    /** A dialog is a window of its own: it is laid over the middle of the darkened screen. */
    Picture withDialog(Dialog dialog) {
        View view = dialog.getWindow().getDecorView();
        Canvas canvas = new Canvas(bitmap);
        canvas.drawARGB(0x99, 0, 0, 0);
        canvas.drawBitmap(paint(view), (bitmap.getWidth() - view.getWidth()) / 2f,
                (bitmap.getHeight() - view.getHeight()) / 2f, null);
        return this;
    }

    Picture keep(String name) throws IOException {
        FOLDER.mkdirs();
        File file = new File(FOLDER,
                "android-phone-min-" + name + "-" + Build.VERSION.SDK_INT + ".png");
        try (OutputStream out = new FileOutputStream(file)) {
            assertTrue(bitmap.compress(Bitmap.CompressFormat.PNG, 100, out));
        }
        return this;
    }

    /**
     * What the checks find: errors and warnings, with the view; their texts are not at hand. Two
     * findings are none: that views speak the same (a label and its field do, and the two buttons
     * that disconnect), and the contrast of what the edge of the picture cuts off.
     */
    List<String> faults() {
        return faultsOf(activity.findViewById(android.R.id.content), bitmap);
    }

    /** The same of a dialog, which the checks of its screen do not see. */
    static List<String> faultsOf(Dialog dialog) {
        View view = dialog.getWindow().getDecorView();
        return faultsOf(view, paint(view));
    }

    private static List<String> faultsOf(View view, Bitmap bitmap) {
        AccessibilityHierarchyAndroid seen = AccessibilityHierarchyAndroid.newBuilder(view).build();
        Parameters parameters = new Parameters();
        parameters.putScreenCapture(new BitmapImage(bitmap));
        List<String> faults = new ArrayList<>();
        for (AccessibilityHierarchyCheck check : AccessibilityCheckPreset
                .getAccessibilityHierarchyChecksForPreset(AccessibilityCheckPreset.LATEST)) {
            for (AccessibilityHierarchyCheckResult result
                    : check.runCheckOnHierarchy(seen, null, parameters)) {
                boolean isFault = result.getType() == AccessibilityCheckResultType.ERROR
                        || result.getType() == AccessibilityCheckResultType.WARNING;
                boolean isCut = String.valueOf(result.getMetadata())
                        .contains("KEY_IS_AGAINST_SCROLLABLE_EDGE=true");
                if (isFault && !isCut && !(check instanceof DuplicateSpeakableTextCheck)) {
                    faults.add(check.getClass().getSimpleName() + " " + result.getType() + " "
                            + result.getResultId() + " at "
                            + result.getElement().getResourceName() + " "
                            + result.getMetadata());
                }
            }
        }
        return faults;
    }

    /** Texts that are cut off: a button, box or line that is lower than its text. */
    List<String> cutTexts() {
        List<String> cut = new ArrayList<>();
        ViewGroup form = activity.findViewById(R.id.form);
        for (int i = 0; i < form.getChildCount(); i++) {
            TextView view = (TextView) form.getChildAt(i);
            if (view.getLayout() != null && view.getLayout().getHeight()
                    > view.getHeight() - view.getCompoundPaddingTop()
                    - view.getCompoundPaddingBottom()) {
                cut.add(view.getText().toString());
            }
        }
        return cut;
    }
}
