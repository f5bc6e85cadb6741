package org.zvonok.sdk;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The gateway to connect to, and the SIP account to connect with. Immutable.
 *
 * <p>What is malformed is told by {@link SessionListener#onDisconnected}, with the field and a
 * value to try, before anything is sent.
 */
public final class Connection {
    private final String url;
    private final String sipLogin;
    private final String sipAuthenticationName;
    private final String sipPassword;
    private final String sipDomain;
    private final String sipOutboundProxy;
    private final int sipPort;
    private final boolean sipRegisterRequired;
    private final String sipVisibleName;
    private final String sipContactParams;
    private final boolean keepAlive;
    private final String appKey;
    private final String authToken;
    private final Map<String, Object> custom;

    private Connection(Builder from) {
        url = from.url;
        sipLogin = from.sipLogin;
        sipAuthenticationName = from.sipAuthenticationName;
        sipPassword = from.sipPassword;
        sipDomain = from.sipDomain;
        sipOutboundProxy = from.sipOutboundProxy;
        sipPort = from.sipPort;
        sipRegisterRequired = from.sipRegisterRequired;
        sipVisibleName = from.sipVisibleName;
        sipContactParams = from.sipContactParams;
        keepAlive = from.keepAlive;
        appKey = from.appKey;
        authToken = from.authToken;
        custom = Collections.unmodifiableMap(new LinkedHashMap<>(from.custom));
    }

    /**
     * Begins with the address.
     *
     * @param url the gateway, as {@code wss://host:port}
     * @return to be completed
     */
    public static Builder builder(String url) {
        return new Builder(url);
    }

    /**
     * The gateway.
     *
     * @return as {@code wss://host:port}
     */
    public String getUrl() {
        return url;
    }

    /**
     * User part of the SIP account.
     *
     * @return empty: a session without an account
     */
    public String getSipLogin() {
        return sipLogin;
    }

    /**
     * User name for the SIP server's password check.
     *
     * @return empty: the login
     */
    public String getSipAuthenticationName() {
        return sipAuthenticationName;
    }

    /**
     * Password of the SIP account.
     *
     * @return never written to a log
     */
    public String getSipPassword() {
        return sipPassword;
    }

    /**
     * Domain of the SIP account.
     *
     * @return a host name or an address
     */
    public String getSipDomain() {
        return sipDomain;
    }

    /**
     * Where SIP is sent.
     *
     * @return empty: to the domain
     */
    public String getSipOutboundProxy() {
        return sipOutboundProxy;
    }

    /**
     * Port of the SIP server.
     *
     * @return 0: found by DNS, or 5060
     */
    public int getSipPort() {
        return sipPort;
    }

    /**
     * Whether to register at the SIP server, so that calls come in.
     *
     * @return false: calls only go out
     */
    public boolean isSipRegisterRequired() {
        return sipRegisterRequired;
    }

    /**
     * The name that others see.
     *
     * @return empty: the login
     */
    public String getSipVisibleName() {
        return sipVisibleName;
    }

    /**
     * Parameters that the Contact of REGISTER gets.
     *
     * @return empty: none
     */
    public String getSipContactParams() {
        return sipContactParams;
    }

    /**
     * Whether the gateway keeps the SIP account registered when the connection is gone, to be taken
     * up again with the token.
     *
     * @return true: it does
     */
    public boolean isKeepAlive() {
        return keepAlive;
    }

    /**
     * Which application of the integrator's backend is meant.
     *
     * @return {@code defaultApp} unless set
     */
    public String getAppKey() {
        return appKey;
    }

    /**
     * Token of a session that is to be taken up again; then no account is needed.
     *
     * @return empty: a new session
     */
    public String getAuthToken() {
        return authToken;
    }

    /**
     * What the integrator's backend gets with the connection.
     *
     * @return by name; may be empty
     */
    public Map<String, Object> getCustom() {
        return custom;
    }

    /** Tells whom it is for, and no secret. */
    @Override
    public String toString() {
        return "Connection " + url + " " + sipLogin + "@" + sipDomain;
    }

    /** Makes a connection. */
    public static final class Builder {
        private final String url;
        private String sipLogin = "";
        private String sipAuthenticationName = "";
        private String sipPassword = "";
        private String sipDomain = "";
        private String sipOutboundProxy = "";
        private int sipPort = 0;
        private boolean sipRegisterRequired = true;
        private String sipVisibleName = "";
        private String sipContactParams = "";
        private boolean keepAlive = false;
        private String appKey = "defaultApp";
        private String authToken = "";
        private Map<String, Object> custom = Collections.emptyMap();

        private Builder(String url) {
            this.url = url == null ? "" : url.trim();
        }

        /**
         * User part of the SIP account.
         *
         * @param sipLogin empty: a session without an account
         * @return this
         */
        public Builder sipLogin(String sipLogin) {
            this.sipLogin = Texts.orEmpty(sipLogin);
            return this;
        }

        /**
         * User name for the SIP server's password check.
         *
         * @param sipAuthenticationName empty: the login
         * @return this
         */
        public Builder sipAuthenticationName(String sipAuthenticationName) {
            this.sipAuthenticationName = Texts.orEmpty(sipAuthenticationName);
            return this;
        }

        /**
         * Password of the SIP account.
         *
         * @param sipPassword never written to a log
         * @return this
         */
        public Builder sipPassword(String sipPassword) {
            this.sipPassword = Texts.orEmpty(sipPassword);
            return this;
        }

        /**
         * Domain of the SIP account.
         *
         * @param sipDomain a host name or an address
         * @return this
         */
        public Builder sipDomain(String sipDomain) {
            this.sipDomain = Texts.orEmpty(sipDomain);
            return this;
        }

        /**
         * Where SIP is sent.
         *
         * @param sipOutboundProxy empty: to the domain
         * @return this
         */
        public Builder sipOutboundProxy(String sipOutboundProxy) {
            this.sipOutboundProxy = Texts.orEmpty(sipOutboundProxy);
            return this;
        }

        /**
         * Port of the SIP server.
         *
         * @param sipPort 0: found by DNS, or 5060
         * @return this
         */
        public Builder sipPort(int sipPort) {
            this.sipPort = sipPort;
            return this;
        }

        /**
         * Whether to register at the SIP server, so that calls come in.
         *
         * @param sipRegisterRequired false: calls only go out
         * @return this
         */
        public Builder sipRegisterRequired(boolean sipRegisterRequired) {
            this.sipRegisterRequired = sipRegisterRequired;
            return this;
        }

        /**
         * The name that others see.
         *
         * @param sipVisibleName empty: the login
         * @return this
         */
        public Builder sipVisibleName(String sipVisibleName) {
            this.sipVisibleName = Texts.orEmpty(sipVisibleName);
            return this;
        }

        /**
         * Parameters that the Contact of REGISTER gets.
         *
         * @param sipContactParams empty: none
         * @return this
         */
        public Builder sipContactParams(String sipContactParams) {
            this.sipContactParams = Texts.orEmpty(sipContactParams);
            return this;
        }

        /**
         * Whether the gateway keeps the SIP account registered when the connection is gone, to be
         * taken up again with the token.
         *
         * @param keepAlive true: it does
         * @return this
         */
        public Builder keepAlive(boolean keepAlive) {
            this.keepAlive = keepAlive;
            return this;
        }

        /**
         * Which application of the integrator's backend is meant.
         *
         * @param appKey {@code defaultApp} unless set
         * @return this
         */
        public Builder appKey(String appKey) {
            this.appKey = Texts.orEmpty(appKey);
            return this;
        }

        /**
         * Token of a session that is to be taken up again; then no account is needed.
         *
         * @param authToken empty: a new session
         * @return this
         */
        public Builder authToken(String authToken) {
            this.authToken = Texts.orEmpty(authToken);
            return this;
        }

        /**
         * What the integrator's backend gets with the connection.
         *
         * @param custom values that JSON can hold, by name; null: nothing
         * @return this
         */
        public Builder custom(Map<String, Object> custom) {
            this.custom = custom == null ? Collections.emptyMap() : custom;
            return this;
        }

        /**
         * Makes it.
         *
         * @return the connection
         */
        public Connection build() {
            return new Connection(this);
        }
    }
}
