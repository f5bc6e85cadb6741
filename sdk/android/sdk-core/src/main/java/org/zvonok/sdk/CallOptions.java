package org.zvonok.sdk;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.zvonok.sdk.spi.MediaOptions;

/** Whom to call, and how. Immutable. */
public final class CallOptions {
    private final String callee;
    private final boolean video;
    private final String visibleName;
    private final Map<String, String> inviteParameters;
    private final List<String> sipSdp;
    private final Map<String, Object> custom;
    private final MediaOptions mediaOptions;

    private CallOptions(Builder from) {
        callee = from.callee;
        video = from.video;
        visibleName = from.visibleName;
        inviteParameters = Collections.unmodifiableMap(new LinkedHashMap<>(from.inviteParameters));
        sipSdp = Collections.unmodifiableList(new ArrayList<>(from.sipSdp));
        custom = Collections.unmodifiableMap(new LinkedHashMap<>(from.custom));
        mediaOptions = from.mediaOptions;
    }

    /**
     * Begins with a call of sound.
     *
     * @param callee number, user part or SIP address
     * @return to be completed
     */
    public static Builder builder(String callee) {
        return new Builder(callee);
    }

    /**
     * Whom to call.
     *
     * @return number, user part or SIP address
     */
    public String getCallee() {
        return callee;
    }

    /**
     * Whether to offer a picture.
     *
     * @return false: a call of sound
     */
    public boolean hasVideo() {
        return video;
    }

    /**
     * The name that the far end sees.
     *
     * @return empty: that of the connection
     */
    public String getVisibleName() {
        return visibleName;
    }

    /**
     * SIP headers of the INVITE.
     *
     * @return by name; may be empty
     */
    public Map<String, String> getInviteParameters() {
        return inviteParameters;
    }

    /**
     * Bandwidth that the SIP side is told.
     *
     * @return lines such as {@code b=AS:500}; may be empty
     */
    public List<String> getSipSdp() {
        return sipSdp;
    }

    /**
     * What the integrator's backend gets with the call.
     *
     * @return by name; may be empty
     */
    public Map<String, Object> getCustom() {
        return custom;
    }

    /**
     * The engine's own options.
     *
     * @return null: none
     */
    public MediaOptions getMediaOptions() {
        return mediaOptions;
    }

    /** Makes the options. */
    public static final class Builder {
        private final String callee;
        private boolean video;
        private String visibleName = "";
        private Map<String, String> inviteParameters = Collections.emptyMap();
        private List<String> sipSdp = Collections.emptyList();
        private Map<String, Object> custom = Collections.emptyMap();
        private MediaOptions mediaOptions;

        private Builder(String callee) {
            this.callee = callee == null ? "" : callee.trim();
        }

        /**
         * Offer a picture.
         *
         * @param video true: with one
         * @return this
         */
        public Builder video(boolean video) {
            this.video = video;
            return this;
        }

        /**
         * The name that the far end sees.
         *
         * @param name null or empty: that of the connection
         * @return this
         */
        public Builder visibleName(String name) {
            this.visibleName = Texts.orEmpty(name);
            return this;
        }

        /**
         * SIP headers of the INVITE; the gateway takes names that begin with {@code X-}.
         *
         * @param parameters by name, 16 of them at most; null: none
         * @return this
         */
        public Builder inviteParameters(Map<String, String> parameters) {
            this.inviteParameters = parameters == null ? Collections.emptyMap() : parameters;
            return this;
        }

        /**
         * Bandwidth that the SIP side is told.
         *
         * @param lines such as {@code b=AS:500}; null: none
         * @return this
         */
        public Builder sipSdp(List<String> lines) {
            this.sipSdp = lines == null ? Collections.emptyList() : lines;
            return this;
        }

        /**
         * What the integrator's backend gets with the call.
         *
         * @param custom values that JSON can hold, by name; null: nothing
         * @return this
         */
        public Builder custom(Map<String, Object> custom) {
            this.custom = custom == null ? Collections.emptyMap() : custom;
            return this;
        }

        /**
         * The engine's own options.
         *
         * @param options null: none
         * @return this
         */
        public Builder mediaOptions(MediaOptions options) {
            this.mediaOptions = options;
            return this;
        }

        /**
         * Makes them.
         *
         * @return the options
         */
        public CallOptions build() {
            return new CallOptions(this);
        }
    }
}
