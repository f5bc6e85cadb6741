package org.zvonok.compatcheck;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.Test;

/** The surface has each member of {@code wcs-members.txt}, and the check app uses each of them. */
public final class SurfaceTest {
    @Test
    public void theSurfaceHasEachMember() throws Exception {
        assertEquals(List.of(), missing(members()));
    }

    @Test
    public void theCheckAppUsesEachMember() throws Exception {
        assertEquals(List.of(), unused(members()));
    }

    @Test
    public void appsImplementNothingBeyondTheList() throws Exception {
        Set<String> listed = new LinkedHashSet<>();
        Set<Class<?>> types = new LinkedHashSet<>();
        for (SurfaceMember member : members()) {
            if (member.isCallback()) {
                types.add(member.getType());
                listed.add(member.getType().getSimpleName() + "." + member.find().name());
            }
        }
        Set<String> abstractOnes = new LinkedHashSet<>();
        for (Class<?> type : types) {
            for (Method method : type.getMethods()) {
                if (Modifier.isAbstract(method.getModifiers())) {
                    abstractOnes.add(type.getSimpleName() + "." + method.getName());
                }
            }
        }
        assertEquals(listed, abstractOnes);
    }

    @Test
    public void aMemberThatIsNotThereIsFound() throws Exception {
        List<String> wrong = List.of(
                "session.Call * ring()",
                "session.Call int getStatus()",
                "session.Call field DTMF",
                "session.CallOptions new(int)",
                "session.CallStatusEvent callback onReconnecting(.session.Call,boolean)");
        assertEquals(wrong, missing(SurfaceMember.parse(wrong)));
    }

    @Test
    public void aMemberThatIsNotUsedIsFound() throws Exception {
        List<String> idle = List.of("session.Call org.zvonok.sdk.Call getSdkCall()");
        assertEquals(List.of(), missing(SurfaceMember.parse(idle)));
        assertEquals(idle, unused(SurfaceMember.parse(idle)));
    }

    /** What it does cannot need anything that WCS did not have. */
    @Test
    public void theCheckAppUsesTheSurfaceAlone() throws Exception {
        Set<String> foreign = new HashSet<>();
        for (Reference reference : checkAppReferences()) {
            String owner = reference.owner();
            if (owner.startsWith("org/zvonok/")
                    && !owner.startsWith("org/zvonok/compat/fpwcsapi/")
                    && !owner.startsWith("org/zvonok/compatcheck/")) {
                foreign.add(owner);
            }
        }
        assertEquals(Set.of(), foreign);
    }

    private static List<String> missing(List<SurfaceMember> members) {
        List<String> missing = new ArrayList<>();
        for (SurfaceMember member : members) {
            try {
                member.find();
            } catch (ReflectiveOperationException e) {
                missing.add(member.toString());
            }
        }
        return missing;
    }

    private static List<String> unused(List<SurfaceMember> members) throws Exception {
        Set<Reference> references = checkAppReferences();
        List<String> unused = new ArrayList<>();
        for (SurfaceMember member : members) {
            boolean used = member.isCallback()
                    ? isImplemented(member)
                    : references.contains(member.find());
            if (!used) {
                unused.add(member.toString());
            }
        }
        return unused;
    }

    private static boolean isImplemented(SurfaceMember member) throws Exception {
        Reference callback = member.find();
        for (Path file : checkAppClasses()) {
            Class<?> type = load(file);
            if (member.getType().isAssignableFrom(type)
                    && Arrays.stream(type.getDeclaredMethods())
                            .anyMatch(method -> method.getName().equals(callback.name()))) {
                return true;
            }
        }
        return false;
    }

    private static Set<Reference> checkAppReferences() throws Exception {
        Set<Reference> references = new HashSet<>();
        for (Path file : checkAppClasses()) {
            references.addAll(ClassFile.references(file));
        }
        return references;
    }

    private static List<Path> checkAppClasses() throws IOException, URISyntaxException {
        Path folder = classesFolder().resolve("org/zvonok/compatcheck");
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> classes = files.filter(file -> file.toString().endsWith(".class")).toList();
            assertTrue("no classes in " + folder, classes.size() > 2);
            return classes;
        }
    }

    private static Class<?> load(Path file) throws Exception {
        String path = classesFolder().relativize(file).toString();
        String name = path.substring(0, path.length() - ".class".length()).replace('/', '.');
        return Class.forName(name, false, CheckPhone.class.getClassLoader());
    }

    private static Path classesFolder() throws URISyntaxException {
        CodeSource source = CheckPhone.class.getProtectionDomain().getCodeSource();
        return Path.of(source.getLocation().toURI());
    }

    private static List<SurfaceMember> members() throws IOException {
        try (InputStream in = SurfaceTest.class.getResourceAsStream("/wcs-members.txt")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return SurfaceMember.parse(text.lines().toList());
        }
    }
}
