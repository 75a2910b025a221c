import AutomatonCore
import Checks
import Foundation
import KafkaClient

/// One reading of a group with 10,000 partitions (committed and latest offsets) by the client that the check uses, against kafka-python
/// doing the same, in turn, against the same broker; and the memory that the client and the check take above idle.
///
/// Both keep the cluster's layout between readings, as Kafka clients do. The time of a first reading, with it, is printed too.
enum KafkaBenchmark {
    private static let partitions = 10_000
    private static let rounds = 25

    static func run() async throws {
        let port = Int.random(in: 20_000..<30_000)
        let baseline = try Baseline(port: port, partitions: partitions)
        defer { baseline.stop() }
        guard baseline.readLine() == "ready" else {
            print("kafka: the broker or kafka-python could not be installed or started (needs PyPI and python3-venv)")
            return
        }
        let idle = ProcessMemory.resident()
        let client = KafkaConsumerGroups(environment: [:])
        let cluster = KafkaCluster(bootstrapServers: ["127.0.0.1:\(port)"])
        let selection = ConsumerGroupSelection(groups: ["orders-group"], topics: ["orders"])
        let history = try KafkaLag(.init(bootstrapServers: cluster.bootstrapServers, group: "orders-group", topics: ["orders"]))
        var environment = Environment(
            pods: NoPods(), workloads: NoWorkloads(), limits: { SafetyPolicy() }, now: { Instant(seconds: Int64(time(nil))) })
        environment.consumerGroups = client
        let first = try await read(client, selection, cluster)
        var (own, theirs): ([Double], [Double]) = ([], [])
        for _ in 0..<rounds {
            let answer = baseline.ask("read").split(separator: " ")
            guard let milliseconds = answer.first.flatMap({ Double($0) }), let lag = answer.last.flatMap({ Int64($0) }) else {
                throw CocoaError(.fileReadUnknown)
            }
            theirs.append(milliseconds)
            let reading = try await read(client, selection, cluster)
            own.append(reading.milliseconds)
            guard reading.lag == lag else { throw Disagreement(own: reading.lag, theirs: lag) }
        }
        for _ in 0..<12 { _ = try await history.run(in: environment) }
        let memory = ProcessMemory.resident()
        own.sort()
        theirs.sort()
        let (median, other) = (own[rounds / 2], theirs[rounds / 2])
        print("kafka: one reading of \(partitions) partitions, committed and latest, \(rounds) times in turn; the lags agreed")
        print(
            "  client:       median \(median.text(1)) ms, best \(own[0].text(1)) ms; the first, with the layout, \(first.milliseconds.text(1)) ms"
        )
        print("  kafka-python: median \(other.text(1)) ms, best \(theirs[0].text(1)) ms")
        print("  ratio: 1/\((other / median).text(1)) of the median, 1/\((theirs[0] / own[0]).text(1)) of the best (goal: 1/5)")
        print(
            "  resident: idle \(idle.text(1)) MB, with client and check \(memory.text(1)) MB: \((memory - idle).text(1)) MB more (goal: 20)"
        )
        await client.shutdown()
    }

    private static func read(
        _ client: KafkaConsumerGroups, _ selection: ConsumerGroupSelection, _ cluster: KafkaCluster
    ) async throws -> (milliseconds: Double, lag: Int64) {
        let start = ContinuousClock.now
        let reading = try await client.read(selection, in: cluster)
        let taken = start.duration(to: .now).inSeconds * 1000
        let partitions = reading.first?.partitions.value ?? []
        return (taken, partitions.reduce(0) { $0 + ($1.latest.value ?? 0) - (($1.committed.value ?? 0) ?? 0) })
    }

    private struct Disagreement: Error {
        let own: Int64
        let theirs: Int64
    }
}

/// The script that installs and speaks for kafka-python.
private final class Baseline {
    private let process = Process()
    private let (output, input) = (Pipe(), Pipe())

    init(port: Int, partitions: Int) throws {
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Kafka/baseline.sh").path
        process.arguments = [script, String(port), String(partitions)]
        process.standardOutput = output
        process.standardInput = input
        try process.run()
    }

    func ask(_ line: String) -> String {
        try? input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
        return readLine()
    }

    func readLine() -> String {
        var line = Data()
        while let byte = try? output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte != Data([10]) { line += byte }
        return String(decoding: line, as: UTF8.self)
    }

    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

/// Resident memory of this process in MB (`/proc/self/status`).
private enum ProcessMemory {
    static func resident() -> Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return (line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Double($0) } ?? .nan) / 1024
    }
}

/// There are none here.
private struct NoPods: Pods {
    func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {}
}

/// There are none here.
private struct NoWorkloads: Workloads {
    func revisions(of subject: Subject) async throws(PortError) -> [Revision] { [] }
    private let error = PortError.refused("there are no workloads here")

    func workload(of pod: PodRow) async throws(PortError) -> Subject { throw error }
    func read(_ subject: Subject) async throws(PortError) -> Workload { throw error }
    func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? { throw error }
    func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] { throw error }
    func workloads(
        _ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String
    ) async throws(PortError) -> [Subject] { throw error }
    func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload { throw error }
}
