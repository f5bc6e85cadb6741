import com.android.build.api.dsl.LibraryExtension
import com.android.build.gradle.LibraryPlugin

apply<LibraryPlugin>()

configure<LibraryExtension> {
    namespace = "org.zvonok.sdk.android"
    compileSdk = libs.versions.compileSdk.get().toInt()
    defaultConfig {
        minSdk = libs.versions.minSdk.get().toInt()
        consumerProguardFiles("proguard.txt")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }
    testOptions.unitTests.isIncludeAndroidResources = true
    publishing.singleVariant("release") {
        withSourcesJar()
        withJavadocJar()
    }
}

dependencies {
    "api"(project(":sdk-core"))
    "api"(libs.webrtc)
    "testImplementation"(project(":sdk-core", "standIns"))
    "testImplementation"(libs.junit)
    "testImplementation"(libs.robolectric)
    "testImplementation"(libs.monitor)
}
