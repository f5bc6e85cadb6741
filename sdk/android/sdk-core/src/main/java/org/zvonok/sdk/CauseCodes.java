package org.zvonok.sdk;

import java.util.HashMap;
import java.util.Map;

/** The kind of fault behind each cause. A test holds it against the table: every cause has one. */
final class CauseCodes {
    private static final Map<String, ErrorCode> CODES = new HashMap<>();

    static {
        put(ErrorCode.NONE, "none", "normal", "cancelled", "disconnected");
        put(ErrorCode.NET_BAD_URL, "bad_url", "insecure_page");
        put(ErrorCode.NET_UNREACHABLE, "gateway_unreachable");
        put(ErrorCode.NET_LOST, "gateway_lost", "gateway_silent", "client_gone");
        put(ErrorCode.NET_TIMEOUT, "connect_timeout", "call_timeout", "hold_timeout");
        put(ErrorCode.TLS_UNTRUSTED, "tls_untrusted");
        put(ErrorCode.ACCOUNT_FIELD, "bad_account");
        put(ErrorCode.ACCOUNT_MISSING, "no_account");
        put(ErrorCode.AUTH_REFUSED, "sip_auth_failed");
        put(ErrorCode.AUTH_TOKEN, "resume_unknown_token");
        put(ErrorCode.REG_TIMEOUT, "register_timeout");
        put(ErrorCode.SIP_BAD_CALLEE, "bad_callee");
        put(ErrorCode.SIP_NOT_FOUND, "sip_not_found", "sip_unknown_domain");
        put(ErrorCode.SIP_BUSY, "busy");
        put(ErrorCode.SIP_REJECTED, "declined", "sip_rejected", "sip_redirected", "hold_refused",
                "dtmf_refused");
        put(ErrorCode.SIP_NO_ANSWER, "no_answer", "ring_timeout");
        put(ErrorCode.SIP_UNAVAILABLE, "sip_unavailable", "client_offline");
        put(ErrorCode.SIP_FORBIDDEN, "sip_forbidden", "sip_target_denied");
        put(ErrorCode.SIP_SERVER, "sip_server_error", "sip_timeout", "sip_unreachable",
                "sip_untrusted");
        put(ErrorCode.SIP_LOST, "sip_lost", "no_ack");
        put(ErrorCode.MEDIA_INCOMPATIBLE, "no_common_codec", "bad_sip_sdp", "bad_client_sdp",
                "srtp_required", "srtp_off", "srtp_unusable", "offer_refused");
        put(ErrorCode.MEDIA_NO_PATH, "ice_failed", "media_failed");
        put(ErrorCode.MEDIA_ENCRYPTION, "dtls_failed", "dtls_fingerprint");
        put(ErrorCode.MEDIA_SILENT, "no_media");
        put(ErrorCode.MEDIA_ENGINE, "media_engine", "browser_media");
        put(ErrorCode.DEVICE_MICROPHONE, "microphone_missing", "microphone_busy",
                "microphone_timeout");
        put(ErrorCode.DEVICE_CAMERA, "camera_missing", "camera_busy", "camera_timeout",
                "camera_lost");
        put(ErrorCode.PERMISSION_MICROPHONE, "microphone_permission", "microphone_refused");
        put(ErrorCode.PERMISSION_CAMERA, "camera_permission", "camera_refused");
        put(ErrorCode.STATE_WRONG, "session_not_ready", "call_not_active", "bad_request",
                "already_connected", "not_connected", "duplicate_call_id", "no_such_call");
        put(ErrorCode.GATEWAY_LIMIT, "limit_clients", "limit_calls", "limit_client_calls",
                "no_ports");
        put(ErrorCode.GATEWAY_ENDED, "admin_hangup", "shutdown", "draining", "max_duration");
        put(ErrorCode.GATEWAY_FAILED, "failed", "internal_error", "media_setup");
        put(ErrorCode.GATEWAY_UNSUPPORTED, "not_supported");
    }

    private CauseCodes() {
    }

    private static void put(ErrorCode code, String... causes) {
        for (String cause : causes) {
            CODES.put(cause, code);
        }
    }

    static boolean knows(String cause) {
        return CODES.containsKey(cause);
    }

    /** A later gateway may have causes of its own: then the hop tells the family. */
    static ErrorCode codeOf(String cause, String hop) {
        ErrorCode code = CODES.get(cause);
        if (code != null) {
            return code;
        }
        switch (hop) {
            case "client":
                return ErrorCode.STATE_WRONG;
            case "sip_server":
                return ErrorCode.SIP_SERVER;
            case "far_end":
                return ErrorCode.SIP_UNAVAILABLE;
            default:
                return ErrorCode.GATEWAY_FAILED;
        }
    }
}
