package org.zvonok.sdk;

import java.util.List;
import org.zvonok.sdk.spi.IceServer;

/** A call's session as the call sees it. Only on the scheduler's thread, but for the first two. */
interface Line {
    Platform platform();

    SdkConfig config();

    /** The account's user part, as the gateway tells it. */
    String login();

    /** The name that others see, where a call has none of its own; may be empty. */
    String visibleName();

    List<IceServer> iceServers();

    /** The gateway keeps calls of a lost connection and takes new offers. */
    boolean canResume();

    /** The gateway is there, as far as is known. */
    boolean isUp();

    /** Without effect while the gateway is away. */
    void send(String text);

    /** The call's media is interrupted: perhaps the gateway is gone as well. */
    void doubt();

    /** Why it may not begin; null: it has begun. */
    SdkError started(CallMachine call);

    /** Something about it has changed that the audio device should know. */
    void changed();

    void ended(CallMachine call);
}
