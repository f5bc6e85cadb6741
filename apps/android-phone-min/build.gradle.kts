plugins { alias(libs.plugins.android.application) }

android {
    namespace = "org.zvonok.phonemin"
    compileSdk = libs.versions.compileSdk.get().toInt()
    defaultConfig {
        minSdk = libs.versions.minSdk.get().toInt()
        targetSdk = libs.versions.targetSdk.get().toInt()
        versionCode = libs.versions.versionCode.get().toInt()
        versionName = libs.versions.zvonok.get()
    }
    buildTypes.named("release") {
        isMinifyEnabled = true
        proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }
    testOptions.unitTests.isIncludeAndroidResources = true
}

dependencies {
    implementation(project(":sdk-android"))
    testImplementation(project(":sdk-core", "standIns"))
    testImplementation(libs.junit)
    testImplementation(libs.robolectric)
    testImplementation(libs.monitor)
    testImplementation(libs.accessibility)
}
