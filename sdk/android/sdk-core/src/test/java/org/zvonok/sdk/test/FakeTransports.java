package org.zvonok.sdk.test;

import java.util.ArrayList;
import java.util.List;
import org.zvonok.sdk.spi.Transport;
import org.zvonok.sdk.spi.TransportFactory;

/** Opens fake sockets and remembers them. */
public final class FakeTransports implements TransportFactory {
    /** All that were opened, oldest first. */
    public final List<FakeTransport> all = new ArrayList<>();

    /** No sockets yet. */
    public FakeTransports() {
    }

    @Override
    public Transport open(String url, Transport.Listener listener) {
        FakeTransport transport = new FakeTransport(url, listener);
        all.add(transport);
        return transport;
    }

    /**
     * The newest one.
     *
     * @return never null
     * @throws IllegalStateException when none was opened
     */
    public FakeTransport last() {
        if (all.isEmpty()) {
            throw new IllegalStateException("no socket was opened");
        }
        return all.get(all.size() - 1);
    }
}
