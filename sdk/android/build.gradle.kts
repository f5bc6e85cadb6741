// The Android Gradle plugin, for all modules: apps apply it by its id, libraries by its class.
plugins {
    alias(libs.plugins.android.application) apply false
}

allprojects {
    group = "org.zvonok"
    version = rootProject.libs.versions.zvonok.get()
}
