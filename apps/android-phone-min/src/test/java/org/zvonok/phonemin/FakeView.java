package org.zvonok.phonemin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.zvonok.sdk.CallOptions;
import org.zvonok.sdk.SdkError;

/** A screen as the presenter sees it: what was typed, and what was shown last. */
final class FakeView implements PhoneView {
    final Map<Integer, String> fields = new HashMap<>();
    final Set<Integer> boxes = new HashSet<>();
    final Map<Integer, Integer> marks = new HashMap<>();
    final Set<Integer> enabled = new HashSet<>();
    final Map<Integer, Integer> texts = new HashMap<>();
    final Map<Integer, String> names = new HashMap<>();
    final Map<Integer, SdkError> errors = new HashMap<>();
    final List<Integer> asked = new ArrayList<>();
    boolean rings;
    int incomingText;
    String incomingFrom = "";
    int saved;

    FakeView() {
        fields.put(R.id.wcs_url, "wss://gateway.example:8443");
        fields.put(R.id.sip_login, "1001");
        fields.put(R.id.sip_password, "secret");
        fields.put(R.id.sip_domain, "sip.example");
        fields.put(R.id.sip_port, "5060");
        fields.put(R.id.callee, "1002");
        fields.put(R.id.dtmf, "1");
        boxes.add(R.id.sip_register_required);
    }

    @Override
    public String text(int field) {
        return fields.getOrDefault(field, "");
    }

    @Override
    public boolean isChecked(int box) {
        return boxes.contains(box);
    }

    @Override
    public CallOptions options(String callee, Map<String, String> inviteParameters) {
        return CallOptions.builder(callee).inviteParameters(inviteParameters).build();
    }

    @Override
    public void save() {
        saved++;
    }

    @Override
    public void askForMicrophone(int request) {
        asked.add(request);
    }

    @Override
    public void setToken(String token) {
        fields.put(R.id.auth_token, token);
    }

    @Override
    public void mark(int field, int text) {
        marks.put(field, text);
    }

    @Override
    public void showButton(int id, boolean on, int text) {
        texts.put(id, text);
        if (on) {
            enabled.add(id);
        } else {
            enabled.remove(id);
        }
    }

    @Override
    public void showLine(int id, int text, String who, SdkError error) {
        texts.put(id, text);
        names.put(id, who);
        errors.put(id, error);
    }

    @Override
    public void showIncoming(boolean is, int text, String who) {
        rings = is;
        incomingText = text;
        incomingFrom = who;
    }
}
