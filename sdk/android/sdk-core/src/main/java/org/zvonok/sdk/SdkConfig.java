package org.zvonok.sdk;

import java.util.EnumMap;
import java.util.Map;

/**
 * How long the SDK waits, what it lets pass, and how it presents itself. Immutable.
 */
public final class SdkConfig {
    private final Map<Wait, Integer> limits;
    private final boolean spaceInAuthName;
    private final String clientVersion;
    private final String clientOsVersion;

    private SdkConfig(Builder from) {
        limits = new EnumMap<>(from.limits);
        spaceInAuthName = from.spaceInAuthName;
        clientVersion = from.clientVersion;
        clientOsVersion = from.clientOsVersion;
    }

    /**
     * Begins with what suits most.
     *
     * @return to be changed
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * How long one of the waits may be.
     *
     * @param wait which
     * @return milliseconds
     */
    public int limitMillis(Wait wait) {
        Integer limit = limits.get(wait);
        return limit == null ? wait.getUsualMillis() : limit;
    }

    /**
     * Whether a blank is allowed in the authentication name.
     *
     * @return false: it is refused before anything is sent
     */
    public boolean isSpaceInAuthNameAllowed() {
        return spaceInAuthName;
    }

    /**
     * Name and version that the gateway is told.
     *
     * @return such as {@code zvonok-android 0.1}
     */
    public String getClientVersion() {
        return clientVersion;
    }

    /**
     * The system that the gateway is told.
     *
     * @return such as {@code Android 15}; may be empty
     */
    public String getClientOsVersion() {
        return clientOsVersion;
    }

    /** Makes a configuration. */
    public static final class Builder {
        private final Map<Wait, Integer> limits = new EnumMap<>(Wait.class);
        private boolean spaceInAuthName;
        private String clientVersion = "zvonok-android 0.1";
        private String clientOsVersion = "";

        private Builder() {
        }

        /**
         * Gives one of the waits another time than the usual.
         *
         * @param wait which
         * @param millis milliseconds, more than 0
         * @return this
         */
        public Builder limit(Wait wait, int millis) {
            if (millis <= 0) {
                throw new IllegalArgumentException(
                        "the limit of " + wait + " is " + millis + " ms; use more than 0");
            }
            limits.put(wait, millis);
            return this;
        }

        /**
         * Allows a blank in the authentication name, for a gateway that is set so as well.
         *
         * @param allowed true: it is sent
         * @return this
         */
        public Builder allowSpaceInAuthName(boolean allowed) {
            this.spaceInAuthName = allowed;
            return this;
        }

        /**
         * Name and version that the gateway is told.
         *
         * @param clientVersion such as {@code zvonok-android 0.1}
         * @return this
         */
        public Builder clientVersion(String clientVersion) {
            this.clientVersion = Texts.orEmpty(clientVersion);
            return this;
        }

        /**
         * The system that the gateway is told.
         *
         * @param clientOsVersion such as {@code Android 15}; may be empty
         * @return this
         */
        public Builder clientOsVersion(String clientOsVersion) {
            this.clientOsVersion = Texts.orEmpty(clientOsVersion);
            return this;
        }

        /**
         * Makes it.
         *
         * @return the configuration
         */
        public SdkConfig build() {
            return new SdkConfig(this);
        }
    }
}
