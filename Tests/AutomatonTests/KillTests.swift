import SeededRandom
import AutomatonCore
import Foundation
import SimulatedAPI
import Simulator
import Store
import Synchronization
import Testing

/// SIGKILL at random moments, with a journal on the disk that each run leaves to the next: real processes, real files.
///
/// In each round other workloads run out of memory, and need more than the attempt gives them, so that a run which forgot would try
/// again. The moments: any time after the start, or a few milliseconds around a request of the attempt, or its answer.
@Suite("kill -9 with a journal", .timeLimit(.minutes(60)))
struct KillTests {
    /// `KILL_ROUNDS` for more.
    static let rounds = ProcessInfo.processInfo.environment["KILL_ROUNDS"].flatMap { Int($0) } ?? 20

    static let limits = Stage.impatient.merging([
        "ATTEMPTS_AN_HOUR": "10000", "ATTEMPTS_AT_ONCE": "100", "STORM_SHARE": "10000", "NAMESPACE_SHARE": "10000",
        "RULE_THRESHOLD": "1000",
    ]) { $1 }

    @Test("No second attempt in a cooldown, none without an outcome, none lost")
    func randomMoments() async throws {
        try await withStage { stage in
            var random = SplitMix64(0x6B69_6C6C)
            let state = stage.directory.path + "/state"
            var names: [String] = []
            for round in 0..<Self.rounds {
                let name = "service-\(round)"
                names.append(name)
                try await Self.breakService(name, on: stage)
                let moment = Int.random(in: 0..<4, using: &random)
                let delay = Duration.microseconds(Int.random(in: 0...(moment == 0 ? 900_000 : 12_000), using: &random))
                let path = "/apis/apps/v1/namespaces/\(Email.namespace)/deployments/\(name)"
                let isReached = Flag()
                stage.requests.react { request, _ in
                    switch moment {
                    case 1: if request.method == "GET", request.path == path { isReached.set() }
                    case 2: if request.method == "PATCH", request.path == path { isReached.set() }
                    default: break
                    }
                }
                try await stage.withAutomaton(["--state", state], environment: Self.limits) { automaton in
                    switch moment {
                    case 0: break
                    case 3: try await automaton.line("Done on oom-killed") { $0.message.contains(name) }
                    default: try await until("a request on \(name)") { isReached.isSet }
                    }
                    try await Task.sleep(for: delay)
                    automaton.kill()
                    _ = try await automaton.wait()
                }
                // What is old makes the cluster large, and nobody looks at it any more.
                if round >= 30 { try await Self.remove("service-\(round - 30)", from: stage) }
            }
            let present = Array(names.suffix(30))
            try await Self.finish(stage, state, present)
            let journal = try await SQLiteJournal.openReadOnly(directory: state)
            let attempts = try await journal.attempts(since: .epoch)
            await journal.close()
            try await Self.expectOneAttemptEach(stage, attempts, present)
            print("killed \(Self.rounds) times: \(attempts.count) attempts, \(Self.words(attempts))")
        }
    }

    /// Lets a last run settle what is open, and attempt what nobody has attempted.
    private static func finish(_ stage: Stage, _ state: String, _ names: [String]) async throws {
        try await stage.withAutomaton(["--state", state], environment: limits) { automaton in
            try await until("every service is attempted", within: .seconds(120), context: { automaton.transcript }) {
                for name in names where await stamps(stage, name).isEmpty { return false }
                return true
            }
            try await until("every attempt has an outcome", within: .seconds(60), context: { automaton.transcript }) {
                let journal = try await SQLiteJournal.openReadOnly(directory: state)
                let open = try await journal.attempts(since: .epoch).filter(\.isOpen)
                await journal.close()
                return open.isEmpty
            }
            try await automaton.line("The journal was read")
            automaton.terminate()
            #expect(try await automaton.wait() == .exit(0), "\(automaton.transcript)")
        }
    }

    private static func expectOneAttemptEach(_ stage: Stage, _ attempts: [AttemptRecord], _ names: [String]) async throws {
        let cooldown = Duration.minutes(5)
        for record in attempts where record.isOpen {
            Issue.record("an attempt without an outcome: \(record.intent.attempt) on \(record.intent.incident)")
        }
        // By the journal, of all services there ever were.
        for (subject, all) in Dictionary(grouping: attempts.filter(\.mayHaveHappened), by: \.intent.incident.subject) {
            let times = all.map(\.intent.at).sorted()
            for (earlier, later) in zip(times, times.dropFirst()) where later - earlier < cooldown {
                Issue.record("two attempts on \(subject) within \((later - earlier).readable)")
            }
        }
        // By the world: what was written is what the journal says.
        for name in names {
            let stamps = await stamps(stage, name)
            let known = attempts.filter { $0.intent.incident.subject.name == name }
            #expect(Set(stamps).count == stamps.count)
            for stamp in stamps where !known.contains(where: { $0.intent.attempt.text == stamp && $0.mayHaveHappened }) {
                Issue.record("\(name) bears the stamp of \(stamp), which the journal does not know as done: \(known)")
            }
            for record in known where record.isKnownAsDone && !stamps.contains(record.intent.attempt.text) {
                Issue.record("the journal says that \(record.intent.attempt) was done, and \(name) bears no stamp of it")
            }
            #expect(stamps.count <= 1 || attempts.count { $0.intent.incident.subject.name == name } > 1)
        }
    }

    static func breakService(_ name: String, on stage: Stage) async throws {
        let blueprint = WorkloadBlueprint(
            name, replicas: 1, memoryLimit: ByteQuantity(bytes: 1 << 28), memoryRequest: ByteQuantity(bytes: 1 << 27))
        try await stage.deploy(blueprint)
        try await stage.cluster.write { store, now in
            try store.oom(WorkloadName.deployment(name, in: Email.namespace), needs: ByteQuantity(bytes: 1 << 30), at: now)
        }
    }

    private static func remove(_ name: String, from stage: Stage) async throws {
        try await stage.cluster.write { store, _ in
            _ = try store.remove(.deployments, namespace: Email.namespace, name: name)
        }
    }

    static func stamps(_ stage: Stage, _ name: String) async -> [String] {
        await stage.cluster.read { store in
            guard let object = store.get(.deployments, namespace: Email.namespace, name: name) else { return [] }
            return Email.stamps(of: object.json).compactMap { $0["attempt"]?.string ?? $0["id"]?.string }
        }
    }

    private static func words(_ attempts: [AttemptRecord]) -> String {
        Dictionary(grouping: attempts) { record in
            switch record.write {
            case .applied: "applied"
            case .notApplied: "not applied"
            case .unknown: "unknown"
            default: "open"
            }
        }.map { "\($0.value.count) \($0.key)" }.sorted().joined(separator: ", ")
    }
}

extension AttemptRecord {
    fileprivate var mayHaveHappened: Bool { if case .notApplied = write { false } else { intent.kind == .apply } }
    fileprivate var isKnownAsDone: Bool { if case .applied = write { intent.kind == .apply } else { false } }
}

/// Something has happened.
final class Flag: Sendable {
    private let state = Mutex(false)
    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
}
