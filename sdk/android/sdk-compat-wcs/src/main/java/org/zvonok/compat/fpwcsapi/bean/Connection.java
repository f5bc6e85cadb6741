package org.zvonok.compat.fpwcsapi.bean;

import org.zvonok.sdk.SdkError;

/**
 * The account of a session: what is asked of the server, and, in the callbacks of a session, what
 * has become of it.
 *
 * <p>A callback gets a connection of its own, which stays as it was when the event happened, and
 * which has no password.
 */
public class Connection {
    private static final String DEFAULT_APP_KEY = "defaultApp";

    private String appKey = DEFAULT_APP_KEY;
    private String authToken = "";
    private String sipLogin;
    private String sipAuthenticationName;
    private String sipPassword;
    private String sipDomain;
    private String sipOutboundProxy;
    private Integer sipPort;
    private String sipVisibleName;
    private boolean sipRegisterRequired = true;
    private boolean keepAlive;
    private String status = "PENDING";
    private SdkError error;

    /** An account without a field; with registration, as WCS has it. */
    public Connection() {
    }

    /**
     * An account as an event tells it.
     *
     * @param account what the session was connected with
     * @param status of the session at this event
     * @param authToken to return with; empty: none yet
     * @param error why it is so; null: nothing is wrong
     */
    public Connection(Connection account, String status, String authToken, SdkError error) {
        appKey = account.appKey;
        sipLogin = account.sipLogin;
        sipAuthenticationName = account.sipAuthenticationName;
        sipDomain = account.sipDomain;
        sipOutboundProxy = account.sipOutboundProxy;
        sipPort = account.sipPort;
        sipVisibleName = account.sipVisibleName;
        sipRegisterRequired = account.sipRegisterRequired;
        keepAlive = account.keepAlive;
        this.status = status;
        this.authToken = authToken;
        this.error = error;
    }

    /**
     * How the session stands: {@code PENDING} before it is connected, then {@code ESTABLISHED},
     * {@code REGISTERED}, {@code DISCONNECTED} or {@code FAILED}.
     *
     * @return never null
     */
    public String getStatus() {
        return status;
    }

    /**
     * Why the session ended, or is reconnecting: a sentence, a remedy, the field that is to blame.
     *
     * @return null: nothing is wrong
     */
    public SdkError getError() {
        return error;
    }

    /**
     * The token to return with after the connection was lost.
     *
     * @return empty: none
     */
    public String getAuthToken() {
        return authToken;
    }

    /**
     * Returns to a session of before; no other field is needed then.
     *
     * @param authToken from {@link #getAuthToken}
     */
    public void setAuthToken(String authToken) {
        this.authToken = authToken;
    }

    /**
     * Which application of the server is meant.
     *
     * @return never null
     */
    public String getAppKey() {
        return appKey;
    }

    /**
     * Names the application of the server that is meant.
     *
     * @param appKey such as {@code clickToCallApp}; null: the default one
     */
    public void setAppKey(String appKey) {
        this.appKey = appKey == null ? DEFAULT_APP_KEY : appKey;
    }

    /**
     * User part of the SIP account.
     *
     * @return null: no account
     */
    public String getSipLogin() {
        return sipLogin;
    }

    /**
     * User part of the SIP account.
     *
     * @param sipLogin without spaces and angle brackets
     */
    public void setSipLogin(String sipLogin) {
        this.sipLogin = sipLogin;
    }

    /**
     * User name for the password check.
     *
     * @return null: the login
     */
    public String getSipAuthenticationName() {
        return sipAuthenticationName;
    }

    /**
     * User name for the SIP server's password check.
     *
     * @param sipAuthenticationName null: the login
     */
    public void setSipAuthenticationName(String sipAuthenticationName) {
        this.sipAuthenticationName = sipAuthenticationName;
    }

    /**
     * Password of the SIP account.
     *
     * @param sipPassword never written to a log
     */
    public void setSipPassword(String sipPassword) {
        this.sipPassword = sipPassword;
    }

    /**
     * Domain of the SIP account.
     *
     * @return null: none
     */
    public String getSipDomain() {
        return sipDomain;
    }

    /**
     * Domain of the SIP account.
     *
     * @param sipDomain a host name or an address
     */
    public void setSipDomain(String sipDomain) {
        this.sipDomain = sipDomain;
    }

    /**
     * Where SIP is sent.
     *
     * @return null: to the domain
     */
    public String getSipOutboundProxy() {
        return sipOutboundProxy;
    }

    /**
     * Where SIP is sent.
     *
     * @param sipOutboundProxy null: to the domain
     */
    public void setSipOutboundProxy(String sipOutboundProxy) {
        this.sipOutboundProxy = sipOutboundProxy;
    }

    /**
     * Port of the SIP server.
     *
     * @return null: found by DNS, or 5060
     */
    public Integer getSipPort() {
        return sipPort;
    }

    /**
     * Port of the SIP server.
     *
     * @param sipPort null or 0: found by DNS, or 5060
     */
    public void setSipPort(Integer sipPort) {
        this.sipPort = sipPort;
    }

    /**
     * The name that others see.
     *
     * @return null: the login
     */
    public String getSipVisibleName() {
        return sipVisibleName;
    }

    /**
     * The name that others see.
     *
     * @param sipVisibleName null: the login
     */
    public void setSipVisibleName(String sipVisibleName) {
        this.sipVisibleName = sipVisibleName;
    }

    /**
     * Whether to register at the SIP server.
     *
     * @return false: calls only go out
     */
    public boolean isSipRegisterRequired() {
        return sipRegisterRequired;
    }

    /**
     * Whether to register at the SIP server, so that calls come in.
     *
     * @param sipRegisterRequired false: calls only go out
     */
    public void setSipRegisterRequired(boolean sipRegisterRequired) {
        this.sipRegisterRequired = sipRegisterRequired;
    }

    /**
     * Whether the server keeps the registration when the connection is gone.
     *
     * @return true: it does
     */
    public boolean isKeepAlive() {
        return keepAlive;
    }

    /**
     * Whether the server keeps the registration when the connection is gone, for one to return to
     * by the token.
     *
     * @param keepAlive true: it does
     */
    public void setKeepAlive(boolean keepAlive) {
        this.keepAlive = keepAlive;
    }

    /**
     * The same for Zvonok's own SDK.
     *
     * @param url the gateway's WebSocket
     * @return without what an event told
     */
    public org.zvonok.sdk.Connection toSdkConnection(String url) {
        return org.zvonok.sdk.Connection.builder(url)
                .appKey(appKey)
                .authToken(authToken)
                .sipLogin(sipLogin)
                .sipAuthenticationName(sipAuthenticationName)
                .sipPassword(sipPassword)
                .sipDomain(sipDomain)
                .sipOutboundProxy(sipOutboundProxy)
                .sipPort(sipPort == null ? 0 : sipPort)
                .sipVisibleName(sipVisibleName)
                .sipRegisterRequired(sipRegisterRequired)
                .keepAlive(keepAlive)
                .build();
    }
}
