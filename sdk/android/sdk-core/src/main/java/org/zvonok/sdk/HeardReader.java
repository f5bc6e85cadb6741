package org.zvonok.sdk;

import java.util.ArrayList;
import java.util.List;
import org.zvonok.sdk.Findings.Finding;
import org.zvonok.sdk.Received.Kind;

/** Reads what the gateway measures of a running call: what is wrong with it, and how good it is. */
final class HeardReader {
    private HeardReader() {
    }

    static Received readVerdict(Fields first) {
        Leg leg = leg(first);
        String code = first.text("code");
        String text = Texts.sentence(first.text("text"));
        boolean isFault = !code.isEmpty() && !code.equals("ok") && !text.isEmpty();
        Verdict verdict = !isFault ? null : new Verdict(leg, code, severity(first), text,
                Texts.sentence(first.text("remedy")), first.count("since"));
        Received message = new Received(Kind.VERDICT, first.text("callId"), "");
        message.finding = new Finding(leg, verdict);
        return message;
    }

    static Received readQuality(Fields first) {
        List<Quality.LegQuality> legs = new ArrayList<>();
        for (Object value : first.list("legs", Limits.MAX_LEGS)) {
            legs.add(readLeg(Fields.of(value)));
        }
        Received message = new Received(Kind.QUALITY, first.text("callId"), "");
        message.quality = new Quality(legs);
        return message;
    }

    private static Quality.LegQuality readLeg(Fields fields) {
        Fields video = Fields.of(fields.get("video"));
        Fields reported = Fields.of(fields.get("reported"));
        return new Quality.LegQuality(leg(fields), readArrival(fields), fields.figure("rttMs"),
                fields.figure("kbps"), video.isEmpty() ? null : readVideo(video),
                reported.isEmpty() ? null : readArrival(reported));
    }

    private static Quality.Arrival readArrival(Fields fields) {
        return new Quality.Arrival(fields.figure("mos"), fields.figure("loss"),
                fields.figure("jitterMs"));
    }

    private static Quality.Video readVideo(Fields fields) {
        return new Quality.Video(fields.figure("width"), fields.figure("height"),
                fields.figure("fps"), fields.figure("kbps"), fields.figure("freezes"));
    }

    private static Leg leg(Fields fields) {
        return fields.text("leg").equals("sip") ? Leg.SIP : Leg.WEB;
    }

    private static Verdict.Severity severity(Fields fields) {
        switch (fields.text("severity")) {
            case "info":
                return Verdict.Severity.INFO;
            case "error":
                return Verdict.Severity.ERROR;
            default:
                return Verdict.Severity.WARNING;
        }
    }
}
