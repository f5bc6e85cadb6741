plugins { `java-library` }

java {
    withSourcesJar()
    withJavadocJar()
}
tasks.withType<JavaCompile>().configureEach {
    options.encoding = "UTF-8"
    options.release = 8
}
tasks.compileTestJava { options.release = 17 }
tasks.test { systemProperty("api.examples", file("../../../api/examples").path) }

// The stand-ins for media, transport and clock, for the tests of other modules.
val standInsJar by tasks.registering(Jar::class) {
    archiveClassifier = "tests"
    from(sourceSets.test.get().output) { include("org/zvonok/sdk/test/**") }
}
val standIns: Configuration by configurations.creating
artifacts.add(standIns.name, standInsJar)

dependencies {
    compileOnly(libs.json) // part of Android
    testImplementation(libs.json)
    testImplementation(libs.junit)
}
