// swift-tools-version: 6.2
import PackageDescription

/// The settings of every Swift target: complete concurrency checks, no warning left, explicit imports.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func floor(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "self-healing-automaton",
    products: [.executable(name: "automaton", targets: ["automaton"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Floor 0: C libraries.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        // Numbers that a seed gives.
        floor("SeededRandom"),
        // Calls that block have threads of their own.
        floor("Threads"),
        // Floor 1: the pure automaton and the ports.
        floor("AutomatonCore"),
        // Floor 2: plugins, configuration, adapters.
        floor("Checks", ["AutomatonCore"]),
        floor("Remediations", ["AutomatonCore"]),
        floor("Rules", ["AutomatonCore", yams]),
        floor("CurlHTTP", ["AutomatonCore", "CCurl", "Threads"]),
        floor("KafkaClient", ["AutomatonCore", "CKafka", "Threads"]),
        floor("PostgresClient", ["AutomatonCore", "CPostgres", "Threads"]),
        floor("Store", ["AutomatonCore", "PostgresClient", grdb]),
        // A real PostgreSQL for the demo and the tests.
        floor("EmbeddedPostgres", ["CPostgres", "Threads"]),
        floor("LocalFiles", ["AutomatonCore", "Threads"]),
        // Floor 3: Kubernetes, the place where effects run, the simulated world.
        floor("KubernetesClient", ["AutomatonCore", "CurlHTTP", "Threads", yams]),
        floor("Engine", ["AutomatonCore", lifecycle, logging, metrics]),
        // What an incident means, in words.
        floor("Analysis", ["AutomatonCore", "CurlHTTP"]),
        // Who is told, of what, and how.
        floor("Notify", ["Analysis", "AutomatonCore", "CurlHTTP", "Rules", "Threads", lifecycle]),
        floor("Simulator", ["AutomatonCore", "SeededRandom"]),
        // Recorded observations, held against rules in virtual time.
        floor("Replay", ["AutomatonCore"]),
        // Floor 4: HTTP faces.
        floor(
            "SimulatedAPI",
            [
                "AutomatonCore", "Simulator", hummingbird, hummingbirdCore, httpTypes, nioCore, nioHTTP1, nioWebSocket, nioHTTPTypes,
                nioHTTPTypesHTTP1, logging, lifecycle,
            ]),
        floor(
            "WebAPI",
            [
                "Analysis", "AutomatonCore", "Engine", hummingbird, hummingbirdCore, httpTypes, nioCore, nioHTTPTypes, logging, metrics,
                coreMetrics, lifecycle,
            ]),
        // The automaton in virtual time, in a world of its own.
        floor("Simulation", ["AutomatonCore", "Checks", "Engine", "Remediations", "SeededRandom", "Store", "Threads"]),
        // Rules held against findings that somebody wrote down, with the decisions that are expected of them.
        floor("Rehearsal", ["AutomatonCore", "Engine", "Rules"]),
        // Floor 5: composition root and command line.
        .executableTarget(
            name: "automaton",
            dependencies: [
                "Analysis", "AutomatonCore", "Checks", "CurlHTTP", "EmbeddedPostgres", "Engine", "KafkaClient", "KubernetesClient",
                "LocalFiles", "Notify", "PostgresClient", "Rehearsal", "Remediations", "Replay", "Rules", "SimulatedAPI", "Simulation",
                "Simulator", "Store", "Threads", "WebAPI",
                argumentParser, lifecycle, logging, metrics, signals,
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "AutomatonCore", "Checks", "CurlHTTP", "Engine", "KafkaClient", "KubernetesClient", "Remediations", "Replay",
                "SeededRandom", "SimulatedAPI", "Simulator", "Store", "Threads", "WebAPI",
                lifecycle, logging,
            ],
            path: "Benchmarks",
            exclude: ["Data", "Kafka"],
            swiftSettings: strict
        ),
        // Tests: one target a target.
        tests("AutomatonCoreTests", ["AutomatonCore", "SeededRandom"]),
        tests("ChecksTests", ["AutomatonCore", "Checks", "SeededRandom"]),
        tests("RemediationsTests", ["AutomatonCore", "Remediations", "SeededRandom"]),
        tests("RulesTests", ["AutomatonCore", "Checks", "Remediations", "Rules", "SeededRandom"]),
        .target(name: "BlockingTests", path: "Tests/BlockingTests", swiftSettings: strict),
        .target(name: "LoopbackServer", dependencies: ["Threads"], path: "Tests/LoopbackServer", swiftSettings: strict),
        .target(name: "PrometheusServer", dependencies: ["CurlHTTP"], path: "Tests/PrometheusServer", swiftSettings: strict),
        // The check of docs/writing-a-check.md, as somebody else would write it.
        .target(name: "ExamplePlugins", dependencies: ["AutomatonCore"], path: "Tests/ExamplePlugins", swiftSettings: strict),
        tests("ExamplePluginsTests", ["AutomatonCore", "ExamplePlugins", "Remediations", "Rules"]),
        // What strangers may send.
        .target(name: "Malformed", dependencies: ["SeededRandom"], path: "Tests/Malformed", swiftSettings: strict),
        tests("SeededRandomTests", ["SeededRandom"]),
        tests("ThreadsTests", ["Threads"]),
        tests("CurlHTTPTests", ["CurlHTTP", "LoopbackServer"]),
        tests("KafkaClientTests", ["AutomatonCore", "BlockingTests", "KafkaClient", "CKafka"], resources: [.copy("Scripts")]),
        tests("PostgresClientTests", ["AutomatonCore", "Checks", "EmbeddedPostgres", "LoopbackServer", "PostgresClient", "Remediations"]),
        tests("StoreTests", ["AutomatonCore", "EmbeddedPostgres", "PostgresClient", "SeededRandom", "Store", grdb]),
        tests("LocalFilesTests", ["AutomatonCore", "BlockingTests", "LocalFiles"]),
        tests(
            "KubernetesClientTests", ["AutomatonCore", "CurlHTTP", "KubernetesClient", "LoopbackServer", "Remediations", "SeededRandom"],
            resources: [.copy("Fixtures")]),
        tests("EngineTests", ["AutomatonCore", "Engine", "SeededRandom", "Simulator", lifecycle, logging, metrics, coreMetrics]),
        tests(
            "AnalysisTests",
            ["Analysis", "AutomatonCore", "CurlHTTP", "LoopbackServer", "Malformed", "SeededRandom"],
            resources: [.copy("Corpus")]),
        tests(
            "NotifyTests",
            ["Analysis", "AutomatonCore", "CurlHTTP", "LoopbackServer", "Notify", "Rules", "SeededRandom", lifecycle, logging]),
        tests("RehearsalTests", ["AutomatonCore", "Checks", "Rehearsal", "Remediations", "Rules"]),
        tests("SimulatorTests", ["AutomatonCore", "Simulator"]),
        tests("ReplayTests", ["AutomatonCore", "Replay"]),
        tests("SimulationTests", ["AutomatonCore", "Checks", "Engine", "Remediations", "Simulation"]),
        tests(
            "SimulatedAPITests",
            [
                "AutomatonCore", "Checks", "CurlHTTP", "KubernetesClient", "SimulatedAPI", "Simulator", lifecycle, logging, nioCore,
                nioHTTP1,
                nioPosix, nioWebSocket,
            ],
            resources: [.copy("Corpus")]),
        tests(
            "AutomatonTests",
            [
                "automaton", "Analysis", "AutomatonCore", "Checks", "CurlHTTP", "EmbeddedPostgres", "Engine", "ExamplePlugins",
                "KubernetesClient", "LoopbackServer", "Notify", "PostgresClient", "PrometheusServer", "Remediations", "Replay", "Rules",
                "SeededRandom", "SimulatedAPI", "Simulator", "Store", "WebAPI", argumentParser, lifecycle, logging,
            ]),
        tests(
            "WebAPITests",
            [
                "AutomatonCore", "Engine", "Malformed", "PrometheusServer", "SeededRandom", "WebAPI", httpTypes, lifecycle, logging,
                metrics, coreMetrics, nioCore, nioPosix,
            ],
            resources: [.copy("Browser")]),
    ]
)
