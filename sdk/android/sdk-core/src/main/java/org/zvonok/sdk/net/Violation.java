package org.zvonok.sdk.net;

import java.io.IOException;

/** The other side does not speak RFC 6455; the code is that of the close frame that says so. */
final class Violation extends IOException {
    static final int PROTOCOL = 1002;
    static final int NO_BINARY = 1003;
    static final int NO_UTF8 = 1007;
    static final int TOO_BIG = 1009;

    private static final long serialVersionUID = 1;

    final int code;

    Violation(int code, String what) {
        super(what);
        this.code = code;
    }
}
