package org.zvonok.compat.fpwcsapi.layout;

import android.content.Context;
import android.util.AttributeSet;
import android.view.View;
import android.view.ViewGroup;

/**
 * Shows its children in a part of itself that is given in percent.
 *
 * <p>A child may be as large as that part and stands in its middle, so that a renderer keeps the
 * shape of its picture. The position counts from the left in every language: a picture does not
 * move when the text runs the other way. Padding is not regarded.
 */
public class PercentFrameLayout extends ViewGroup {
    private static final int WHOLE = 100;

    private int xPercent;
    private int yPercent;
    private int widthPercent = WHOLE;
    private int heightPercent = WHOLE;

    /**
     * A layout made by code.
     *
     * @param context of the activity
     */
    public PercentFrameLayout(Context context) {
        super(context);
    }

    /**
     * A layout made from XML.
     *
     * @param context of the activity
     * @param attrs from the XML
     */
    public PercentFrameLayout(Context context, AttributeSet attrs) {
        super(context, attrs);
    }

    /**
     * A layout made from XML, with a style.
     *
     * @param context of the activity
     * @param attrs from the XML
     * @param defStyleAttr the theme's attribute that has the style; 0: none
     */
    public PercentFrameLayout(Context context, AttributeSet attrs, int defStyleAttr) {
        super(context, attrs, defStyleAttr);
    }

    /**
     * Says where the children are shown; the whole of the layout until then. A value below 0 counts
     * as 0, one above 100 as 100.
     *
     * @param xPercent from the left
     * @param yPercent from the top
     * @param widthPercent of the layout's width
     * @param heightPercent of the layout's height
     */
    public void setPosition(int xPercent, int yPercent, int widthPercent, int heightPercent) {
        this.xPercent = clamp(xPercent);
        this.yPercent = clamp(yPercent);
        this.widthPercent = clamp(widthPercent);
        this.heightPercent = clamp(heightPercent);
        requestLayout();
    }

    @Override
    public boolean shouldDelayChildPressedState() {
        return false;
    }

    @Override
    protected void onMeasure(int widthMeasureSpec, int heightMeasureSpec) {
        int width = getDefaultSize(getSuggestedMinimumWidth(), widthMeasureSpec);
        int height = getDefaultSize(getSuggestedMinimumHeight(), heightMeasureSpec);
        setMeasuredDimension(width, height);
        int widthSpec = atMost(part(width, widthPercent));
        int heightSpec = atMost(part(height, heightPercent));
        for (int i = 0; i < getChildCount(); i++) {
            View child = getChildAt(i);
            if (child.getVisibility() != GONE) {
                LayoutParams wish = child.getLayoutParams();
                child.measure(
                        getChildMeasureSpec(widthSpec, 0, wish.width),
                        getChildMeasureSpec(heightSpec, 0, wish.height));
            }
        }
    }

    @Override
    protected void onLayout(boolean changed, int left, int top, int right, int bottom) {
        int width = right - left;
        int height = bottom - top;
        int boxLeft = part(width, xPercent);
        int boxTop = part(height, yPercent);
        int boxWidth = part(width, widthPercent);
        int boxHeight = part(height, heightPercent);
        for (int i = 0; i < getChildCount(); i++) {
            View child = getChildAt(i);
            if (child.getVisibility() != GONE) {
                int childLeft = boxLeft + (boxWidth - child.getMeasuredWidth()) / 2;
                int childTop = boxTop + (boxHeight - child.getMeasuredHeight()) / 2;
                child.layout(
                        childLeft,
                        childTop,
                        childLeft + child.getMeasuredWidth(),
                        childTop + child.getMeasuredHeight());
            }
        }
    }

    private static int clamp(int percent) {
        return Math.max(0, Math.min(WHOLE, percent));
    }

    private static int part(int whole, int percent) {
        return whole * percent / WHOLE;
    }

    private static int atMost(int size) {
        return MeasureSpec.makeMeasureSpec(size, MeasureSpec.AT_MOST);
    }
}
