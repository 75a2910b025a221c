import AutomatonCore

/// `Benchmarks [core|decode|memory|latency]…`: measures, prints figures and their ratio to a baseline of the same run. Without a name:
/// everything.
let names = Array(CommandLine.arguments.dropFirst())
if names.first == "serve-pods" {
    await PodServer.run(copies: names.dropFirst().first.flatMap { Int($0) } ?? 10)
} else {
    let known = ["core", "decode", "memory", "latency"]
    for name in names where !known.contains(name) {
        print("unknown benchmark '\(name)'; known: \(known.joined(separator: ", "))")
    }
    for name in names.isEmpty ? known : names {
        do {
            switch name {
            case "core": runCoreBenchmark()
            case "decode": try DecodeBenchmark.run()
            case "memory": try await MemoryBenchmark.run()
            case "latency": try await LatencyBenchmark.run()
            default: break
            }
        } catch {
            print("\(name): failed: \(error)")
        }
    }
}
