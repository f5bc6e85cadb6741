package org.zvonok.sdk;

/** How deep a text nests: parsers of JSON recurse, and a deep text would exhaust the stack. */
final class JsonDepth {
    /** The gateway takes no deeper message either. */
    static final int MOST = 16;

    private JsonDepth() {
    }

    static boolean isShallow(String text) {
        int depth = 0;
        boolean inText = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (inText && c == '\\') {
                i++;
            } else if (c == '"') {
                inText = !inText;
            } else if (!inText && (c == '{' || c == '[')) {
                if (++depth > MOST) {
                    return false;
                }
            } else if (!inText && (c == '}' || c == ']')) {
                depth--;
            }
        }
        return true;
    }
}
