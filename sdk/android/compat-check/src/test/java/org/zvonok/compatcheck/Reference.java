package org.zvonok.compatcheck;

import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;

/** A member as a class file names it: owner, name, descriptor. */
record Reference(String owner, String name, String descriptor) {
    static Reference of(Executable member) {
        String owner = internal(member.getDeclaringClass());
        if (member instanceof Constructor) {
            return new Reference(owner, "<init>", descriptor(void.class, member));
        }
        Method method = (Method) member;
        return new Reference(owner, method.getName(), descriptor(method.getReturnType(), member));
    }

    static Reference of(Field field) {
        return new Reference(
                internal(field.getDeclaringClass()),
                field.getName(),
                field.getType().descriptorString());
    }

    private static String descriptor(Class<?> result, Executable member) {
        return MethodType.methodType(result, member.getParameterTypes()).toMethodDescriptorString();
    }

    private static String internal(Class<?> type) {
        return type.getName().replace('.', '/');
    }
}
