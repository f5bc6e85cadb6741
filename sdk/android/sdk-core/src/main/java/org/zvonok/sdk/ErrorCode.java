package org.zvonok.sdk;

/**
 * What kind of fault an error is, for code that decides by it. The family is the part before the
 * first underline; {@link SdkError#getCause} is finer, and {@link SdkError#getSentence} is for
 * people.
 */
public enum ErrorCode {
    /** Not a fault: the call or session ended as it should. */
    NONE(false),
    /** The gateway's address cannot be used. */
    NET_BAD_URL(false),
    /** The gateway does not answer. */
    NET_UNREACHABLE(true),
    /** The connection to the gateway was lost and did not come back. */
    NET_LOST(true),
    /** Something did not come in time. */
    NET_TIMEOUT(true),
    /** The gateway's certificate is not trusted. */
    TLS_UNTRUSTED(false),
    /**
     * A field of the account is malformed: {@link SdkError#getField} and {@link SdkError#getFix}.
     */
    ACCOUNT_FIELD(false),
    /** The session has no SIP account. */
    ACCOUNT_MISSING(false),
    /** The SIP server refused login or password. */
    AUTH_REFUSED(false),
    /** The token is not known any more: connect with the account again. */
    AUTH_TOKEN(false),
    /** The SIP server did not tell in time whether it takes the account. */
    REG_TIMEOUT(true),
    /** The number or address to call is malformed. */
    SIP_BAD_CALLEE(false),
    /** Nobody is known under that number. */
    SIP_NOT_FOUND(false),
    /** The far end is busy. */
    SIP_BUSY(true),
    /** The far end, or somebody for it, did not want the call. */
    SIP_REJECTED(false),
    /** Nobody answered. */
    SIP_NO_ANSWER(true),
    /** The far end cannot be reached now. */
    SIP_UNAVAILABLE(true),
    /** The SIP server or its policy forbids it. */
    SIP_FORBIDDEN(false),
    /** The SIP server did not answer, or failed. */
    SIP_SERVER(true),
    /** The far end of a running call is gone. */
    SIP_LOST(true),
    /** The two sides have no codec or no encryption in common. */
    MEDIA_INCOMPATIBLE(false),
    /** No path for sound and picture was found. */
    MEDIA_NO_PATH(true),
    /** The encryption of sound and picture could not be agreed on. */
    MEDIA_ENCRYPTION(true),
    /** Sound stopped to come. */
    MEDIA_SILENT(true),
    /** The media engine could not do what was asked. */
    MEDIA_ENGINE(true),
    /** There is no microphone, or another app has it. */
    DEVICE_MICROPHONE(true),
    /** There is no camera, or another app has it. */
    DEVICE_CAMERA(true),
    /** The app may not use the microphone. */
    PERMISSION_MICROPHONE(false),
    /** The app may not use the camera. */
    PERMISSION_CAMERA(false),
    /** Something was asked for that does not fit the state of session or call. */
    STATE_WRONG(false),
    /** A limit of the gateway is reached. */
    GATEWAY_LIMIT(true),
    /** The gateway is shutting down, or an administrator ended the call. */
    GATEWAY_ENDED(true),
    /** The gateway failed, or gave no reason. */
    GATEWAY_FAILED(true),
    /** The gateway cannot do that. */
    GATEWAY_UNSUPPORTED(false);

    private final boolean retryable;

    ErrorCode(boolean retryable) {
        this.retryable = retryable;
    }

    /**
     * Whether trying again, unchanged, may help.
     *
     * @return true when it may
     */
    public boolean isRetryable() {
        return retryable;
    }
}
