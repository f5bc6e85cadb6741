package org.zvonok.sdk.android;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks code that looks at {@code SDK_INT} before it uses what the oldest supported platform lacks.
 * The build's API check does not understand such guards and skips what is marked, so it belongs on
 * the smallest method or class that holds the guard.
 */
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.METHOD, ElementType.CONSTRUCTOR, ElementType.TYPE})
public @interface ApiGuarded {
}
