package org.zvonok.compatcheck;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** The members that a class file refers to, from its constant pool (JVMS §4.4). */
final class ClassFile {
    private static final int UTF8 = 1;
    private static final int INTEGER = 3;
    private static final int FLOAT = 4;
    private static final int LONG = 5;
    private static final int DOUBLE = 6;
    private static final int CLASS = 7;
    private static final int STRING = 8;
    private static final int FIELD = 9;
    private static final int METHOD = 10;
    private static final int INTERFACE_METHOD = 11;
    private static final int NAME_AND_TYPE = 12;
    private static final int METHOD_HANDLE = 15;
    private static final int METHOD_TYPE = 16;
    private static final int INVOKE_DYNAMIC = 18;

    private final int[] tags;
    private final int[] first;
    private final int[] second;
    private final String[] texts;

    private ClassFile(DataInputStream in) throws IOException {
        in.skipNBytes(8); // magic, version
        int count = in.readUnsignedShort();
        tags = new int[count];
        first = new int[count];
        second = new int[count];
        texts = new String[count];
        for (int i = 1; i < count; i++) {
            tags[i] = in.readUnsignedByte();
            readEntry(in, i);
            if (tags[i] == LONG || tags[i] == DOUBLE) {
                i++; // they take two places
            }
        }
    }

    static Set<Reference> references(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new ClassFile(new DataInputStream(in)).references();
        }
    }

    private void readEntry(DataInputStream in, int i) throws IOException {
        switch (tags[i]) {
            case UTF8 -> texts[i] = in.readUTF();
            case INTEGER, FLOAT -> in.skipNBytes(4);
            case LONG, DOUBLE -> in.skipNBytes(8);
            case CLASS, STRING, METHOD_TYPE -> first[i] = in.readUnsignedShort();
            case METHOD_HANDLE -> in.skipNBytes(3);
            case FIELD, METHOD, INTERFACE_METHOD, NAME_AND_TYPE, INVOKE_DYNAMIC -> {
                first[i] = in.readUnsignedShort();
                second[i] = in.readUnsignedShort();
            }
            default -> throw new IOException("constant pool: tag " + tags[i]);
        }
    }

    private Set<Reference> references() {
        Set<Reference> found = new HashSet<>();
        for (int i = 1; i < tags.length; i++) {
            if (tags[i] == FIELD || tags[i] == METHOD || tags[i] == INTERFACE_METHOD) {
                int nameAndType = second[i];
                String owner = texts[first[first[i]]];
                String name = texts[first[nameAndType]];
                found.add(new Reference(owner, name, texts[second[nameAndType]]));
            }
        }
        return found;
    }
}
