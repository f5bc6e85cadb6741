// Plugins for all modules, applied where a module needs one; one version for all.
plugins {
    alias(libs.plugins.android.application) apply false
    alias(libs.plugins.android.library) apply false
}

allprojects {
    group = "org.zvonok"
    version = rootProject.libs.versions.zvonok.get()
}
