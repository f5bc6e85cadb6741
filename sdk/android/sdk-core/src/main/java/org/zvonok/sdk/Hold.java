package org.zvonok.sdk;

/**
 * The person's wish to put a call aside, or to take it up again, and what has become of it. The
 * wish works here at once: who presses hold is not heard from then on. The gateway answers with how
 * the call stands, and before or after that with a failure where the far end did not agree. A call
 * is held as long as either side holds it: how it stands does not say whose hold it is, unless it
 * is held by nobody.
 */
final class Hold {
    /** What it needs of its call. */
    interface Steps {
        void ask(boolean on);

        void setHeld(boolean held);

        /** The call stays as it was; null: the gateway has said why. */
        void failed(SdkError why);
    }

    private final long limitMillis;
    private final Steps steps;
    private final Deadline deadline;
    /** Put aside by us; while a wish is open, what is wished for. */
    private boolean held;
    private boolean open;
    /** The wish left the call held: it came true, or was refused and the far end holds. */
    private boolean doubtful;

    Hold(Line line, Steps steps) {
        limitMillis = line.config().limitMillis(Wait.HOLD);
        this.steps = steps;
        deadline = new Deadline(line.platform().scheduler());
    }

    void ask(boolean on) {
        if (open && held == on) {
            return;
        }
        held = on;
        steps.setHeld(on);
        tell();
    }

    /** The far end did not agree; how the call stands may have been told before. */
    void onRefused() {
        if (open) {
            fail(null);
        } else if (doubtful) {
            doubtful = false;
            undo();
        }
    }

    /** How the call stands, by the gateway. True: that is the answer to a wish. */
    boolean onStatus(boolean isHeld) {
        boolean isAnswer = open;
        close();
        doubtful = isAnswer && isHeld;
        if (held && !isHeld) {
            undo();
        }
        return isAnswer;
    }

    void onLost() {
        deadline.pause();
    }

    /** The gateway is there again, and the call stands so. True: the wish was said again. */
    boolean onReturn(boolean isHeld) {
        deadline.resume();
        if (!open || held == isHeld) {
            return false;
        }
        tell();
        return true;
    }

    void close() {
        open = false;
        deadline.clear();
    }

    private void tell() {
        open = true;
        doubtful = false;
        deadline.set(limitMillis, () -> fail(SdkError.of("hold_timeout")));
        steps.ask(held);
    }

    private void fail(SdkError why) {
        close();
        undo();
        steps.failed(why);
    }

    private void undo() {
        held = !held;
        steps.setHeld(held);
    }
}
