// For Android Studio: open this folder. The sources, manifests and rules are those of the Maven build (pom.xml), which is what
// CI runs; these files are run by people (docs/android.md says with which versions last).
pluginManagement {
    repositories { google(); mavenCentral(); gradlePluginPortal() }
}
dependencyResolutionManagement {
    repositoriesMode = RepositoriesMode.FAIL_ON_PROJECT_REPOS
    repositories { google(); mavenCentral() }
}
rootProject.name = "zvonok-android"
include(":sdk-core", ":sdk-android", ":sdk-compat-wcs", ":android-phone-min")
project(":android-phone-min").projectDir = file("../../apps/android-phone-min")
