package org.zvonok.sdk;

/** Watches one call of the random walk: what it tells must be a life that a call can have. */
final class WalkCall implements CallListener {
    final Call call;
    boolean ended;
    private final boolean isLate;
    private int rank;
    private Boolean away;

    WalkCall(Call call, boolean isLate) {
        this.call = call;
        this.isLate = isLate;
    }

    private void note(int newRank, String event) {
        if (ended) {
            throw new AssertionError(event + " after the end of " + call);
        }
        if (newRank < rank) {
            throw new AssertionError(event + " comes too late for " + call);
        }
        rank = newRank;
        if (rankOf(call.getState()) < newRank) {
            throw new AssertionError(event + " was told before it was so: " + call);
        }
    }

    private static int rankOf(CallState state) {
        switch (state) {
            case NEW:
                return 0;
            case CONNECTING:
                return 1;
            case RINGING:
                return 2;
            case ACTIVE:
            case HELD:
                return 3;
            default:
                return 4;
        }
    }

    @Override
    public void onTrying(Call which) {
        note(1, "trying");
    }

    @Override
    public void onRinging(Call which) {
        // An incoming call rings first, and connects then.
        note(call.isIncoming() ? 0 : 2, "ringing");
    }

    @Override
    public void onEstablished(Call which) {
        note(3, "established");
    }

    @Override
    public void onHold(Call which) {
        note(3, "hold");
    }

    @Override
    public void onReconnecting(Call which, boolean is) {
        note(rank, "reconnecting");
        boolean first = away == null;
        if (first ? !is && !isLate : away == is) {
            throw new AssertionError("reconnecting " + is + " twice for " + call);
        }
        away = is;
    }

    @Override
    public void onQuality(Call which, Quality quality) {
        note(rank, "quality");
    }

    @Override
    public void onVerdict(Call which, Verdict verdict) {
        note(rank, "verdict");
    }

    @Override
    public void onVideo(Call which, boolean has) {
        note(rank, "video");
    }

    @Override
    public void onWarning(Call which, SdkError error) {
        note(rank, "warning");
    }

    @Override
    public void onTransfer(Call which, String status) {
        note(rank, "transfer");
    }

    @Override
    public void onEnded(Call which, CallEnd end) {
        note(4, "ended");
        ended = true;
    }
}
