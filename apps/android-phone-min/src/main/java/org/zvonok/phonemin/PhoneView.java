package org.zvonok.phonemin;

import java.util.Map;
import org.zvonok.sdk.CallOptions;
import org.zvonok.sdk.SdkError;

/** What the presenter wants of a screen. Views and texts are named by their ids; text 0 is none. */
interface PhoneView {
    /** What stands in a field, without spaces at its ends. */
    String text(int field);

    boolean isChecked(int box);

    /** A call whose sound is as the boxes want it. */
    CallOptions options(String callee, Map<String, String> inviteParameters);

    /** Keeps the fields for the next start, but no secret. */
    void save();

    /** Leads to {@link PhonePresenter#onMicrophone}, at once where it is allowed already. */
    void askForMicrophone(int request);

    void setToken(String token);

    /** Says at a field what is wrong with it. */
    void mark(int field, int text);

    void showButton(int id, boolean enabled, int text);

    /** Shows a text about somebody, and what is wrong, if anything is. */
    void showLine(int id, int text, String who, SdkError error);

    /** Shows the question whether to answer, or takes it away. */
    void showIncoming(boolean rings, int text, String who);
}
