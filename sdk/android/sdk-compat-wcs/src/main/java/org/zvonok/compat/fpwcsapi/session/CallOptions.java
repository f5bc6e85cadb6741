package org.zvonok.compat.fpwcsapi.session;

import java.util.Map;
import org.zvonok.compat.fpwcsapi.constraints.Constraints;

/**
 * Whom to call, and how. {@link Session#createCall} reads an outgoing call's options, {@link
 * Call#answer} an incoming one's.
 */
public class CallOptions {
    private final String callee;
    private Constraints constraints = new Constraints(true, false);
    private Map<String, String> inviteParameters;

    /**
     * A call with sound and without a picture.
     *
     * @param callee a number, a login or a SIP address
     */
    public CallOptions(String callee) {
        this.callee = callee;
    }

    /**
     * Whom to call.
     *
     * @return as it was given
     */
    public String getCallee() {
        return callee;
    }

    /**
     * Which media the call is made with.
     *
     * @return never null
     */
    public Constraints getConstraints() {
        return constraints;
    }

    /**
     * Says which media the call is made with.
     *
     * @param constraints null: sound alone, as at first
     */
    public void setConstraints(Constraints constraints) {
        this.constraints = constraints == null ? new Constraints(true, false) : constraints;
    }

    /**
     * Headers for the INVITE.
     *
     * @return null: none
     */
    public Map<String, String> getInviteParameters() {
        return inviteParameters;
    }

    /**
     * Adds headers to the INVITE.
     *
     * @param inviteParameters value by name; null: none
     */
    public void setInviteParameters(Map<String, String> inviteParameters) {
        this.inviteParameters = inviteParameters;
    }
}
