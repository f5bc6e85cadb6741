package org.zvonok.sdk;

import java.util.LinkedHashMap;
import java.util.Map;

/** The findings of both legs of a call, and the one that a person should know of. */
final class Findings {
    /** What one leg is found to be. */
    static final class Finding {
        final Leg leg;
        /** Null: nothing is wrong with it any more. */
        final Verdict verdict;

        Finding(Leg leg, Verdict verdict) {
            this.leg = leg;
            this.verdict = verdict;
        }
    }

    private final Map<Leg, Verdict> ofLeg = new LinkedHashMap<>();

    /** Keeps what has been found; true when `worst` has changed by it. */
    boolean take(Finding finding) {
        Verdict before = worst();
        ofLeg.remove(finding.leg);
        if (finding.verdict != null) {
            ofLeg.put(finding.leg, finding.verdict);
        }
        return worst() != before;
    }

    /** The gravest; of two alike the one that was told last. Null: none. */
    Verdict worst() {
        Verdict worst = null;
        for (Verdict verdict : ofLeg.values()) {
            if (worst == null || verdict.getSeverity().compareTo(worst.getSeverity()) >= 0) {
                worst = verdict;
            }
        }
        return worst;
    }
}
