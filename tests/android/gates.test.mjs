// Every gate of the Android build refuses what it is there to refuse: one deliberate fault each, made on a copy of what
// ./do android built. A gate that lets its fault pass fails here, and so does one that fails for another reason.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

const ROOT = path.resolve(
  import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname),
  "../..",
);
const SDK = path.join(ROOT, "sdk/android");
const APP = path.join(ROOT, "apps/android-phone-min");
const OUT = path.join(ROOT, "build/android");
const APK = path.join(OUT, "phone-min-check.apk");
const AAPT2 = path.join(SDK, "third-party/android-tools/target/prebuilt/linux/aapt2");
const FRAMEWORK = path.join(SDK, "third-party/android-tools/target/prebuilt/android-framework.jar");
const VERSION = /<revision>(.*)<\/revision>/.exec(
  readFileSync(path.join(SDK, "pom.xml"), "utf8"),
)[1];
const MINUTES = 60_000;

let scratch;
before(() => {
  assert.ok(
    existsSync(APK),
    "there is no build/android/phone-min-check.apk: run ./do android first",
  );
  scratch = mkdtempSync(path.join(os.tmpdir(), "zvonok-gates-"));
});
after(() => scratch && rmSync(scratch, { recursive: true, force: true }));

let folders = 0;
function folder() {
  const place = path.join(scratch, String(++folders));
  mkdirSync(place);
  return place;
}

function run(program, args, options = {}) {
  return execFileSync(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 10 * MINUTES,
    ...options,
  });
}

/** The gate must fail, and say this; gives all that it said. */
function refuses(gate, args, sentence) {
  const ended = spawnSync(path.join(ROOT, "tools/android", gate), args, {
    encoding: "utf8",
    timeout: 10 * MINUTES,
  });
  const said = ended.stdout + ended.stderr;
  assert.equal(ended.error, undefined);
  assert.notEqual(ended.status, 0, `${gate} let the fault pass:\n${said}`);
  assert.match(said, sentence);
  return said;
}

const tool = (name) => readFileSync(path.join(OUT, "tools", name), "utf8").trim();
const jar = (module) => path.join(SDK, module, "target", `${path.basename(module)}-${VERSION}.jar`);
const webrtcJar = path.join(SDK, "third-party/webrtc/target", `third-party-webrtc-${VERSION}.jar`);

function copyOf(file) {
  const copy = path.join(folder(), path.basename(file));
  cpSync(file, copy);
  return copy;
}

/** The packed app without its libraries' entries, and these instead, stored or compressed. */
function repackLibraries(change, level) {
  const place = folder();
  cpSync(path.join(OUT, "apk/content/lib"), path.join(place, "lib"), { recursive: true });
  change(path.join(place, "lib"));
  const apk = path.join(place, "new.apk");
  cpSync(path.join(OUT, "apk/unaligned.apk"), apk);
  run("zip", ["-q", "-d", apk, "lib/*"]);
  run("zip", ["-q", "-X", "-D", level, "-r", apk, "lib"], { cwd: place });
  run("zipalign", ["-f", "16384", apk, path.join(place, "aligned.apk")]);
  return path.join(place, "aligned.apk");
}

/** Lowers the alignment of every loaded segment of an ELF file. */
function alignTo4K(file) {
  const elf = readFileSync(file);
  const table = Number(elf.readBigUInt64LE(32));
  const size = elf.readUInt16LE(54);
  for (let i = 0; i < elf.readUInt16LE(56); i++) {
    const header = table + i * size;
    if (elf.readUInt32LE(header) === 1) elf.writeBigUInt64LE(4096n, header + 48);
  }
  writeFileSync(file, elf);
}

/** An APK with the app's resources and a changed manifest. */
function withManifest(change) {
  const place = folder();
  const manifest = readFileSync(path.join(APP, "target/AndroidManifest.xml"), "utf8");
  const changed = change(manifest);
  assert.notEqual(changed, manifest, "the fault did not change the manifest");
  writeFileSync(path.join(place, "AndroidManifest.xml"), changed);
  const link = [
    "link",
    "-I",
    FRAMEWORK,
    "--manifest",
    path.join(place, "AndroidManifest.xml"),
    "--auto-add-overlay",
  ];
  const resources = ["sdk-res.zip", "res.zip"].map((name) => path.join(APP, "target", name));
  run(AAPT2, [...link, "-o", path.join(place, "out.apk"), ...resources]);
  // The native libraries count as facts, too.
  cpSync(path.join(OUT, "apk/content/lib"), path.join(place, "lib"), { recursive: true });
  run("zip", ["-q", "-X", "-D", "-0", "-r", "out.apk", "lib"], { cwd: place });
  return path.join(place, "out.apk");
}

/** An APK whose dex is made of these jars and class folders. */
function withDex(inputs) {
  const place = folder();
  const jdk = path.dirname(
    path.dirname(
      run("readlink", ["-f", run("which", ["javac"]).toString().trim()])
        .toString()
        .trim(),
    ),
  );
  const libraries = ["--lib", jdk, "--lib", tool("platform")];
  const output = ["--min-api", "26", ...libraries, "--output", place];
  run("java", [
    "-cp",
    tool("classpath"),
    "com.android.tools.r8.D8",
    "--release",
    ...output,
    ...inputs,
  ]);
  const apk = path.join(place, "new.apk");
  cpSync(path.join(APP, "target/res.apk"), apk);
  run("zip", ["-q", "-X", apk, ...readdirSync(place).filter((name) => name.endsWith(".dex"))], {
    cwd: place,
  });
  return apk;
}

function compile(name, source) {
  const place = folder();
  writeFileSync(path.join(place, `${name}.java`), source);
  run("javac", ["--release", "17", "-d", place, path.join(place, `${name}.java`)]);
  return path.join(place, `${name}.class`);
}

function aarWithout(module, entry) {
  const aar = copyOf(
    path.join(OUT, "maven/org/zvonok", module, VERSION, `${module}-${VERSION}.aar`),
  );
  run("zip", ["-q", "-d", aar, entry]);
  return aar;
}

describe("signature", () => {
  test("an unsigned APK", () =>
    refuses("check-signed", [path.join(OUT, "apk/aligned.apk")], /no valid signature/));
  test("an APK signed by v2 alone", () => {
    const apk = path.join(folder(), "v2.apk");
    const key = ["--ks", path.join(OUT, "debug.p12"), "--ks-pass", "pass:android"];
    const schemes = [
      "--min-sdk-version",
      "26",
      "--v3-signing-enabled",
      "false",
      "--v4-signing-enabled",
      "false",
    ];
    run("apksigner", ["sign", ...schemes, ...key, "--out", apk, path.join(OUT, "apk/aligned.apk")]);
    refuses("check-signed", [apk], /not signed by scheme v3/);
  });
});

describe("16 KB", () => {
  test("entries aligned to 4 bytes", () => {
    const apk = path.join(folder(), "new.apk");
    run("zipalign", ["-f", "4", path.join(OUT, "apk/unaligned.apk"), apk]);
    refuses("check-aligned", [apk], /not aligned to 16 KB/);
  });
  test("compressed libraries", () =>
    refuses("check-aligned", [repackLibraries(() => undefined, "-1")], /compressed native/));
  test("a library for pages of 4 KB", () => {
    const apk = repackLibraries(
      (lib) => alignTo4K(path.join(lib, "arm64-v8a/libjingle_peerconnection_so.so")),
      "-0",
    );
    refuses("check-aligned", [apk], /arm64-v8a\/.* aligned to 0x1000/);
  });
});

describe("dex", () => {
  const app = path.join(APP, "target", `android-phone-min-${VERSION}.jar`);
  const all = [app, jar("sdk-core"), jar("sdk-android"), webrtcJar];
  test("method handles", () => {
    const source =
      "class Handles { static Object f() { return java.lang.invoke.MethodHandles.lookup(); } }";
    refuses("check-dex", [withDex([...all, compile("Handles", source)])], /java\.lang\.invoke/);
  });
  test("an activity that is not there", () => {
    refuses("check-dex", [withDex(all.slice(1))], /lacks the class org\.zvonok\.phonemin\./);
  });
});

describe("badging", () => {
  const expected = path.join(APP, "badging.txt");
  const service = "component service org.zvonok.sdk.android.call.CallService";
  const faults = {
    "one more permission": {
      change: (xml) =>
        xml.replace(
          "<application",
          '<uses-permission android:name="android.permission.CAMERA"/><application',
        ),
      found: ["+feature android.hardware.camera", "+permission android.permission.CAMERA"], // one implies the other
    },
    "an exported service": {
      change: (xml) => xml.replace(/(<service[^>]*android:exported=)"false"/, '$1"true"'),
      found: [`+${service} exported=true type=0x00000084`],
    },
    "a foreground service without the microphone": {
      change: (xml) =>
        xml.replace(/foregroundServiceType="[^"]*"/, 'foregroundServiceType="phoneCall"'),
      found: [`+${service} exported=false type=0x00000004`],
    },
    "an older platform": {
      change: (xml) => xml.replace('minSdkVersion="26"', 'minSdkVersion="21"'),
      found: ["+min 21"],
    },
    "an old target": {
      change: (xml) => xml.replace('targetSdkVersion="36"', 'targetSdkVersion="33"'),
      found: ["+target 33"],
    },
  };
  for (const [name, { change, found }] of Object.entries(faults)) {
    test(name, () => {
      const said = refuses("check-badging", [withManifest(change), expected], /is not what/);
      assert.deepEqual(said.match(/^\+[a-z].*$/gm), found);
    });
  }
});

describe("AAR", () => {
  for (const entry of [
    "proguard.txt",
    "LICENSE",
    "R.txt",
    "licences/libwebrtc/NOTICES",
    "licences/libwebrtc/PATENTS",
  ]) {
    test(`without ${entry}`, () =>
      refuses("check-aar", [aarWithout("sdk-android", entry)], new RegExp(`lacks ${entry}`)));
  }
  test("with rules that keep nothing", () => {
    const aar = aarWithout("sdk-android", "proguard.txt");
    writeFileSync(
      path.join(path.dirname(aar), "proguard.txt"),
      "-dontwarn androidx.annotation.**\n",
    );
    run("zip", ["-q", aar, "proguard.txt"], { cwd: path.dirname(aar) });
    refuses("check-aar", [aar], /lacks the rule: -keep class org\.webrtc/);
  });
  test("with an R class of fixed ids", () => {
    const aar = aarWithout("sdk-android", "classes.jar");
    const place = path.dirname(aar);
    mkdirSync(path.join(place, "org/zvonok/sdk/android"), { recursive: true });
    writeFileSync(path.join(place, "org/zvonok/sdk/android/R.class"), "");
    run("zip", ["-q", "classes.jar", "org/zvonok/sdk/android/R.class"], { cwd: place });
    run("zip", ["-q", aar, "classes.jar"], { cwd: place });
    refuses("check-aar", [aar], /holds an R class/);
  });
});

describe("shrinker", () => {
  function rules(keep) {
    const file = path.join(folder(), "proguard.txt");
    const ours = readFileSync(path.join(SDK, "sdk-android/proguard.txt"), "utf8").split("\n");
    writeFileSync(file, ours.filter(keep).join("\n"));
    return file;
  }
  test("rules that let libwebrtc go", () => {
    refuses(
      "check-shrunk",
      [rules((line) => !line.startsWith("-keep class org.webrtc"))],
      /removed \d+ of \d+ classes of org\.webrtc/,
    );
  });
  test("rules that miss what is absent", () => {
    refuses(
      "check-shrunk",
      [rules((line) => !line.startsWith("-dontwarn"))],
      /R8 stops under the rules/,
    );
  });
});

describe("sources", () => {
  test("a public class without a comment", () => {
    const place = folder();
    writeFileSync(
      path.join(place, "Bare.java"),
      "package org.zvonok.sdk;\npublic class Bare { public void f() { } }\n",
    );
    refuses("make-javadoc", ["sdk-core", place, path.join(place, "pages")], /warning: no comment/);
  });
  test("lint: an activity that nobody wrote", () => {
    const place = path.join(folder(), "app");
    cpSync(path.join(APP, "src/main"), path.join(place, "src/main"), { recursive: true });
    mkdirSync(path.join(place, "target"));
    const manifest = readFileSync(path.join(APP, "target/AndroidManifest.xml"), "utf8");
    const missing =
      '<activity android:name="org.zvonok.phonemin.Nowhere" android:exported="false"/></application>';
    writeFileSync(
      path.join(place, "target/AndroidManifest.xml"),
      manifest.replace("</application>", missing),
    );
    refuses("check-lint", ["android-phone-min", place], /Nowhere[^]*\[MissingClass\]/);
  });
  test("API that the oldest platform lacks or hides", () => {
    const place = folder();
    // Robolectric's platforms are large, and no test runs.
    const filter = (from) => !/\/(platforms|surefire-reports)$/.test(from);
    cpSync(SDK, path.join(place, "sdk/android"), { recursive: true, filter });
    cpSync(path.join(ROOT, "LICENSE"), path.join(place, "LICENSE"));
    mkdirSync(path.join(place, "apps/android-phone-min"), { recursive: true });
    cpSync(path.join(APP, "pom.xml"), path.join(place, "apps/android-phone-min/pom.xml"));
    const source = `package org.zvonok.sdk.android;
final class TooNew {
    static void use(android.media.AudioManager audio) {
        audio.clearCommunicationDevice();
        android.os.SystemProperties.get("hidden");
    }
}
`;
    writeFileSync(
      path.join(place, "sdk/android/sdk-android/src/main/java/org/zvonok/sdk/android/TooNew.java"),
      source,
    );
    const args = ["-B", "-o", "-q", "-Dfast", "-DskipTests", "-pl", "sdk-android", "-am", "verify"];
    const ended = spawnSync("mvn", args, {
      cwd: path.join(place, "sdk/android"),
      encoding: "utf8",
      timeout: 10 * MINUTES,
    });
    const said = ended.stdout + ended.stderr;
    assert.notEqual(ended.status, 0, `the API check let the fault pass:\n${said}`);
    assert.match(said, /clearCommunicationDevice/);
    assert.match(said, /SystemProperties/);
  });
});

describe("numbers", () => {
  test("another version for Android Studio", () => {
    const file = copyOf(path.join(SDK, "gradle/libs.versions.toml"));
    writeFileSync(file, readFileSync(file, "utf8").replace(/^webrtc = ".*"$/m, 'webrtc = "1.0"'));
    refuses("check-versions", [file], /webrtc is "1\.0".* and "\d/);
  });
  test("something outgrows its budget", () => {
    const budget = path.join(folder(), "budget");
    writeFileSync(budget, "apk.all 1000\n");
    refuses(
      "check-sizes",
      [path.join(OUT, "sizes.txt"), budget],
      /apk\.all: \d+, over its budget of 1000/,
    );
  });
  test("a budget for what nobody measures", () => {
    const budget = path.join(folder(), "budget");
    writeFileSync(budget, "apk.mips 1000\n");
    refuses(
      "check-sizes",
      [path.join(OUT, "sizes.txt"), budget],
      /apk\.mips: has a budget and no size/,
    );
  });
});

test("what is published names all that it needs", () => {
  const maven = path.join(folder(), "maven");
  cpSync(path.join(OUT, "maven"), maven, { recursive: true });
  const pom = path.join(maven, "org/zvonok/sdk-android", VERSION, `sdk-android-${VERSION}.pom`);
  writeFileSync(pom, readFileSync(pom, "utf8").replace(/.*io\.github\.webrtc-sdk.*\n/, ""));
  refuses("check-published", [maven], /brings no android-/);
});
