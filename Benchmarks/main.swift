import AutomatonCore

/// `Benchmarks [core|decode|memory|latency|forecast|kafka|store|incidents|dashboard|followers|replay]…`: measures, prints figures and their ratio to a baseline of the same run. Without a name:
/// everything, each in a process of its own, so that none finds the memory as another left it.
let names = Array(CommandLine.arguments.dropFirst())
let known = ["core", "decode", "memory", "latency", "forecast", "kafka", "store", "incidents", "dashboard", "followers", "replay"]
do {
    switch names.first {
    case nil:
        for name in known {
            let benchmark = try ChildServer(name)
            while let line = benchmark.readLine() { print(line) }
            benchmark.stop()
        }
    case "serve-pods": await PodServer.run(copies: names.dropFirst().first.flatMap { Int($0) } ?? 10)
    case "serve-web": await WebStage.run(directory: names.dropFirst().first)
    case "serve-latency": await LatencyServer.run()
    case "core": runCoreBenchmark()
    case "decode": try DecodeBenchmark.run()
    case "memory": try await MemoryBenchmark.run()
    case "forecast": ForecastBenchmark.run()
    case "latency": try await LatencyBenchmark.run()
    case "store": try await StoreBenchmark.run()
    case "incidents": try await IncidentBenchmark.run()
    case "dashboard": try await DashboardBenchmark.run()
    case "followers": try await FollowersBenchmark.run()
    case "kafka": try await KafkaBenchmark.run()
    case "replay": ReplayBenchmark.run()
    case let name?: print("unknown benchmark '\(name)'; known: \(known.joined(separator: ", "))")
    }
} catch {
    print("failed: \(error)")
}
