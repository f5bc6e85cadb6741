package org.zvonok.compatcheck;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One line of {@code wcs-members.txt}, and what of it the compiled classes have. */
final class SurfaceMember {
    private static final String PREFIX = "org.zvonok.compat.fpwcsapi.";
    private static final Pattern METHOD = Pattern.compile("(\\S+) (\\S+) (\\w+)\\((.*)\\)");
    private static final Pattern CONSTRUCTOR = Pattern.compile("(\\S+) new\\((.*)\\)");
    private static final Pattern FIELD = Pattern.compile("(\\S+) field (\\w+)");

    private final String line;

    SurfaceMember(String line) {
        this.line = line;
    }

    static List<SurfaceMember> parse(List<String> lines) {
        List<SurfaceMember> members = new ArrayList<>();
        for (String line : lines) {
            if (!line.isBlank() && !line.startsWith("#")) {
                members.add(new SurfaceMember(line.trim()));
            }
        }
        return members;
    }

    boolean isCallback() {
        return line.contains(" callback ");
    }

    /** The type that the member belongs to. */
    Class<?> getType() throws ClassNotFoundException {
        return load("." + line.substring(0, line.indexOf(' ')));
    }

    /**
     * The member as a class file refers to it.
     *
     * @throws ReflectiveOperationException there is no such member, or it is another one
     */
    Reference find() throws ReflectiveOperationException {
        Matcher constructor = CONSTRUCTOR.matcher(line);
        if (constructor.matches()) {
            return Reference.of(getType().getConstructor(types(constructor.group(2))));
        }
        Matcher field = FIELD.matcher(line);
        if (field.matches()) {
            return Reference.of(getType().getField(field.group(2)));
        }
        Matcher method = METHOD.matcher(line);
        if (!method.matches()) {
            throw new IllegalArgumentException("wcs-members.txt: not understood: " + line);
        }
        return Reference.of(findMethod(method));
    }

    private Method findMethod(Matcher parts) throws ReflectiveOperationException {
        Method found = getType().getMethod(parts.group(3), types(parts.group(4)));
        if (isCallback() && !Modifier.isAbstract(found.getModifiers())) {
            throw new NoSuchMethodException(line + ": has a default");
        }
        String result = parts.group(2);
        if (!isCallback() && !"*".equals(result) && found.getReturnType() != load(result)) {
            throw new NoSuchMethodException(line + ": returns " + found.getReturnType());
        }
        return found;
    }

    private static Class<?>[] types(String list) throws ClassNotFoundException {
        if (list.isEmpty()) {
            return new Class<?>[0];
        }
        String[] names = list.split(",");
        Class<?>[] types = new Class<?>[names.length];
        for (int i = 0; i < names.length; i++) {
            types[i] = load(names[i]);
        }
        return types;
    }

    private static Class<?> load(String name) throws ClassNotFoundException {
        for (Class<?> primitive : Arrays.asList(boolean.class, int.class)) {
            if (primitive.getName().equals(name)) {
                return primitive;
            }
        }
        String full = name.startsWith(".") ? PREFIX + name.substring(1) : name;
        return Class.forName(full, false, SurfaceMember.class.getClassLoader());
    }

    @Override
    public String toString() {
        return line;
    }
}
