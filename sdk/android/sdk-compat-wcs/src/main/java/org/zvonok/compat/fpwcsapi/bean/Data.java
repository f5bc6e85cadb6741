package org.zvonok.compat.fpwcsapi.bean;

/**
 * Application data of a server. There is nothing to ask of it, and Zvonok's gateway sends none: the
 * type is here because {@link org.zvonok.compat.fpwcsapi.session.SessionEvent#onAppData} names it.
 */
public final class Data {
    private Data() {
    }
}
