package org.zvonok.compat.fpwcsapi.layout;

import static org.junit.Assert.assertEquals;

import android.content.Context;
import android.graphics.Rect;
import android.util.AttributeSet;
import android.view.View;
import android.view.ViewGroup;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;

/** Where a layout of 400 by 200 shows its children. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = {26, 35})
public final class PercentFrameLayoutRobolectricTest {
    private static final AttributeSet NO_ATTRIBUTES = null;

    private PercentFrameLayout layout;
    private View child;

    @Before
    public void addChild() {
        Context context = RuntimeEnvironment.getApplication();
        layout = new PercentFrameLayout(context, NO_ATTRIBUTES);
        child = new View(context);
        layout.addView(child, new ViewGroup.LayoutParams(-1, -1));
    }

    @Test
    public void atFirstTheyFillIt() {
        assertEquals(new Rect(0, 0, 400, 200), place());
    }

    @Test
    public void theyFillTheirPart() {
        layout.setPosition(75, 10, 20, 50);
        assertEquals(new Rect(300, 20, 380, 120), place());
    }

    @Test
    public void aSmallerOneStandsInTheMiddleOfItsPart() {
        child.setLayoutParams(new ViewGroup.LayoutParams(40, 20));
        layout.setPosition(50, 0, 50, 100);
        assertEquals(new Rect(280, 90, 320, 110), place());
    }

    @Test
    public void aPositionCanChange() {
        layout.setPosition(0, 0, 50, 50);
        place();
        layout.setPosition(50, 50, 50, 50);
        assertEquals(new Rect(200, 100, 400, 200), place());
    }

    @Test
    public void whatIsOutsideOfTheWholeCountsAsItsEdge() {
        layout.setPosition(-5, 0, 130, 100);
        assertEquals(new Rect(0, 0, 400, 200), place());
    }

    @Test
    public void whatIsGoneIsLeftOut() {
        child.setVisibility(View.GONE);
        assertEquals(new Rect(0, 0, 0, 0), place());
    }

    @Test
    @Config(qualifiers = "ar-ldrtl")
    public void aPictureDoesNotMoveWhereTextRunsTheOtherWay() {
        layout.setPosition(75, 0, 25, 100);
        assertEquals(new Rect(300, 0, 400, 200), place());
    }

    private Rect place() {
        int exactly = View.MeasureSpec.EXACTLY;
        layout.measure(
                View.MeasureSpec.makeMeasureSpec(400, exactly),
                View.MeasureSpec.makeMeasureSpec(200, exactly));
        layout.layout(0, 0, 400, 200);
        return new Rect(child.getLeft(), child.getTop(), child.getRight(), child.getBottom());
    }
}
