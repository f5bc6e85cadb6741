package org.zvonok.sdk;

import java.util.ArrayList;
import java.util.List;
import org.json.JSONArray;
import org.json.JSONObject;

/**
 * Reading of what the gateway says: tolerant of unknown fields, absent and null being the same, and
 * strict about types: a field of the wrong type reads as absent.
 */
final class Fields {
    private static final JSONObject NONE = new JSONObject();

    private final JSONObject object;

    private Fields(JSONObject object) {
        this.object = object;
    }

    static Fields of(Object value) {
        return new Fields(value instanceof JSONObject ? (JSONObject) value : NONE);
    }

    /** At most `most` values of a list; what is none is empty. */
    static List<Object> list(Object value, int most) {
        List<Object> all = new ArrayList<>();
        if (value instanceof JSONArray) {
            JSONArray array = (JSONArray) value;
            for (int i = 0; i < array.length() && all.size() < most; i++) {
                all.add(array.opt(i));
            }
        }
        return all;
    }

    static String text(Object value) {
        return value instanceof String ? (String) value : "";
    }

    /** NaN: it is no figure. */
    static double figure(Object value) {
        double figure = value instanceof Number ? ((Number) value).doubleValue() : Double.NaN;
        return Double.isInfinite(figure) ? Double.NaN : figure;
    }

    Object get(String name) {
        return object.opt(name);
    }

    boolean isEmpty() {
        return object.length() == 0;
    }

    String text(String name) {
        return text(get(name));
    }

    List<String> texts(String name, int most) {
        List<String> texts = new ArrayList<>();
        for (Object one : list(get(name), most)) {
            if (one instanceof String) {
                texts.add((String) one);
            }
        }
        return texts;
    }

    List<Object> list(String name, int most) {
        return list(get(name), most);
    }

    double figure(String name) {
        return figure(get(name));
    }

    /** 0: it is no number, or less than that. */
    long count(String name) {
        double figure = figure(name);
        return figure > 0 ? (long) figure : 0;
    }

    boolean isTrue(String name) {
        return Boolean.TRUE.equals(get(name));
    }
}
