package org.zvonok.sdk;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.zvonok.sdk.spi.IceServer;

/**
 * STUN and TURN servers that the gateway names. An engine may refuse the whole list for one that is
 * malformed, so those are left out.
 */
final class IceServers {
    private static final Pattern ADDRESS = Pattern.compile("(stun|stuns|turn|turns):\\S+");

    private IceServers() {
    }

    /** Null: there is nothing in it that can be used. */
    static IceServer read(Fields fields) {
        String username = fields.text("username");
        String credential = fields.text("credential");
        boolean isOpen = username.isEmpty() || credential.isEmpty();
        List<String> urls = new ArrayList<>();
        for (String url : urls(fields)) {
            if (ADDRESS.matcher(url).matches() && !(isOpen && url.startsWith("turn"))) {
                urls.add(url);
            }
        }
        if (urls.isEmpty()) {
            return null;
        }
        return isOpen ? new IceServer(urls, "", "") : new IceServer(urls, username, credential);
    }

    private static List<String> urls(Fields fields) {
        List<String> urls = fields.texts("urls", Limits.MAX_ICE_SERVERS);
        if (!fields.text("urls").isEmpty()) {
            urls.add(fields.text("urls"));
        }
        return urls;
    }
}
