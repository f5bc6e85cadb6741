package org.zvonok.sdk;

/**
 * The link that a session lives on, and beside one in doubt another that may take its place. What a
 * link says that is neither is not heard.
 */
final class Links implements Link.Events {
    /** What it needs of its session. */
    interface Steps {
        /** To a session that the gateway keeps, as far as we know. */
        boolean returns();

        /** The link is open: it is to be told who we are. */
        void opened();

        void message(Received message);

        /** The link is of no use any more; another may be opening already. */
        void gone(SdkError why);

        /** No link can be opened to that address. */
        void refused(SdkError why);
    }

    private final Platform platform;
    private final SdkConfig config;
    private final Steps steps;
    private final Rival rival;
    private String url = "";
    private Link link;

    Links(Platform platform, SdkConfig config, Steps steps) {
        this.platform = platform;
        this.config = config;
        this.steps = steps;
        rival = new Rival(platform.scheduler(), this::open);
    }

    void setUrl(String url) {
        this.url = url;
    }

    /** Opens a link in place of the one before, unless one is opening already. */
    void attempt() {
        giveUp();
        Link taken = rival.take();
        link = taken == null ? open() : taken;
        if (link != null && link.isOpen()) {
            steps.opened();
        }
    }

    /** Null: the address is none, which was told. */
    private Link open() {
        try {
            String to = steps.returns() ? markReturn(url) : url;
            return new Link(platform, to, config.limitMillis(Wait.SILENCE), this);
        } catch (IllegalArgumentException e) {
            steps.refused(SdkError.builder("bad_url").field("url").throwable(e).build());
            return null;
        }
    }

    /**
     * For a balancer before several gateways, which cannot read the token: only who returns is to
     * reach one that takes nobody new.
     */
    private static String markReturn(String url) {
        return url + (url.contains("?") ? "&" : "?") + "resume=1";
    }

    void send(String text) {
        if (link != null) {
            link.send(text);
        }
    }

    /** A lost link can be returned from, so that losing one too early costs little. */
    void watchClosely() {
        if (link != null) {
            link.setSilence(config.limitMillis(Wait.PAUSE));
        }
    }

    /** The network is another one: what was opened beside the link belongs to the one before. */
    void onNetworkChanged() {
        rival.stop();
    }

    /** The link may be dead: `alive` runs when it is not, else what can return does by another. */
    void doubt(boolean canReturn, Runnable alive) {
        if (link != null) {
            Wait patience = canReturn ? Wait.MOVED : Wait.PROBE;
            link.probe(config.limitMillis(patience), () -> {
                rival.stop();
                alive.run();
            });
        }
        if (canReturn && !rival.isStarted()) {
            rival.start();
        }
    }

    /** Another link is opening, or about to. */
    boolean hasRival() {
        return rival.isStarted();
    }

    /** Says good-bye: the session is over. */
    void close() {
        rival.stop();
        if (link != null) {
            link.close();
            link = null;
        }
    }

    private void giveUp() {
        if (link != null) {
            link.giveUp();
            link = null;
        }
    }

    @Override
    public void opened(Link which) {
        if (which == link) {
            steps.opened();
        } else if (rival.is(which)) {
            steps.gone(SdkError.of("gateway_silent"));
        }
    }

    @Override
    public void message(Link from, Received message) {
        if (from == link) {
            steps.message(message);
        }
    }

    @Override
    public void lost(Link which, SdkError why) {
        if (rival.is(which)) {
            rival.stop();
        }
        if (which == link) {
            link = null;
            steps.gone(why);
        }
    }
}
