import SeededRandom
import AutomatonCore
import EmbeddedPostgres
import Foundation
import PostgresClient
import SimulatedAPI
import Simulator
import Store
import Testing

/// Two processes on one cluster, of which one leads; the leader is killed, or frozen and woken when another leads.
@Suite("Two replicas", .timeLimit(.minutes(60)))
struct LeaderTests {
    /// `LEADER_ROUNDS` for more.
    static let rounds = ProcessInfo.processInfo.environment["LEADER_ROUNDS"].flatMap { Int($0) } ?? 3

    enum Memory: String, CaseIterable, Sendable { case stampsAlone, postgres }

    /// The time that client-go takes, so that whoever leads goes on leading on a machine that is busy with other tests; asked oftener.
    private static let election = [
        "--leader-election", "--lease-duration", "15", "--renew-deadline", "10", "--lease-retry", "0.5", "--lease-namespace",
        Email.namespace,
    ]

    @Test("The leader is killed or frozen in the middle: one attempt each, and the other goes on", arguments: Memory.allCases)
    func handOver(_ memory: Memory) async throws {
        let server = memory == .postgres ? try await TemporaryServer.start() : nil
        let result: Result<Void, any Error>
        do {
            try await withStage { stage in
                let journal = server.map { ["--journal", $0.local()] } ?? []
                try await Self.play(stage, journal)
                if let server {
                    try await Self.expectOutcomes(server.local())
                    try await Self.expectTold(from: server.local())
                }
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await server?.stop()
        try result.get()
    }

    private static func play(_ stage: Stage, _ journal: [String]) async throws {
        var random = SplitMix64(0x1EAD_0E25)
        // The Lease needs its namespace.
        try await stage.deploy(Email.blueprint)
        var programs = [try start("a-0", stage, journal), try start("b-0", stage, journal)]
        defer { for program in programs { program.kill() } }
        var names: [String] = []
        var incarnation = 1
        for round in 0..<rounds {
            let leader = try await until(leads: programs, stage)
            let name = "service-\(round)"
            names.append(name)
            try await KillTests.breakService(name, on: stage)
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...400, using: &random)))
            if Bool.random(using: &random) {
                programs[leader].kill()
                _ = try await programs[leader].wait()
                programs[leader] = try start("\(leader == 0 ? "a" : "b")-\(incarnation)", stage, journal)
                incarnation += 1
                _ = try await until(leads: programs, stage)
            } else {
                programs[leader].freeze()
                _ = try await until(leads: [programs[1 - leader]], stage, names: [1 - leader])
                programs[leader].resume()
            }
            try await AutomatonTests.until("\(name) is attempted", context: { programs.map(\.transcript).joined() }) {
                await !KillTests.stamps(stage, name).isEmpty
            }
        }
        // Whoever was frozen has had time to do what it must not.
        try await AutomatonTests.until("both have looked again") {
            programs.allSatisfy { $0.lines.contains { $0.message.hasPrefix("Running healing checks iteration") } }
        }
        try await expectFollowerTold(programs)
        for name in names {
            let times = await stampTimes(stage, name)
            #expect(
                !times.isEmpty && Self.areApart(times), "\(name): \(times.map(\.rfc3339))\n\(programs.map(\.transcript).joined())")
        }
    }

    /// After five minutes another attempt is due: what one gives is never enough.
    private static func areApart(_ times: [Instant]) -> Bool {
        let times = times.sorted()
        return zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= .minutes(5) }
    }

    private static func stampTimes(_ stage: Stage, _ name: String) async -> [Instant] {
        await stage.cluster.read { store in
            guard let object = store.get(.deployments, namespace: Email.namespace, name: name) else { return [] }
            return Email.stamps(of: object.json).compactMap { ($0["at"]?.string).flatMap { Instant(rfc3339: $0) } }
        }
    }

    private static func start(_ identity: String, _ stage: Stage, _ journal: [String]) throws -> Program {
        try Program(stage.arguments + election + ["--identity", identity] + journal, environment: KillTests.limits)
    }

    /// Waits until one of the programs holds the Lease; its index.
    private static func until(leads programs: [Program], _ stage: Stage, names: [Int]? = nil) async throws -> Int {
        var found: Int?
        try await AutomatonTests.until("a leader", within: .seconds(180), context: { programs.map(\.transcript).joined() }) {
            let holder = await stage.cluster.read { store in
                store.get(.leases, namespace: Email.namespace, name: "self-healing-automaton")?["spec", "holderIdentity"]?.string ?? ""
            }
            for (index, program) in programs.enumerated() where program.end == nil {
                let last = program.lines.last { !$0["leadership"].isEmpty }
                if last?["leadership"] == "leading", !holder.isEmpty { found = names?[index] ?? index }
            }
            return found != nil
        }
        return found ?? 0
    }

    /// The one that does not lead says so before anything else. Who that is may change while it is asked.
    private static func expectFollowerTold(_ programs: [Program]) async throws {
        var api: [String] = []
        try await AutomatonTests.until("one says that it does not lead", context: { programs.map(\.transcript).joined() }) {
            for program in programs {
                api = ["--api", "http://127.0.0.1:\(try await Scrape(of: program).port)"]
                let told = try await Program.run(["explain"] + api)
                guard told.out.contains("DOES NOT LEAD: "), told.out.contains("ask the leader") else { continue }
                #expect(told.end == .exit(0) && !told.out.contains("No open incident"), "\(told.out)")
                let decisions = try await Program.run(["decisions"] + api)
                let refused = try await Program.run(["resume", "--all"] + api)
                if decisions.out.contains("this process does not lead"), refused.end == .exit(2), refused.log.contains("ask the leader") {
                    return true
                }
            }
            return false
        }
    }

    /// What was decided can be read while nobody runs.
    private static func expectTold(from connection: String) async throws {
        let source = ["--journal", connection]
        let decisions = try await Program.run(["decisions", "--since", "1h"] + source)
        #expect(decisions.end == .exit(0) && decisions.out.contains(#/Z +acts /#), "\(decisions.out)\(decisions.log)")
        let explained = try await Program.run(["explain"] + source)
        #expect(explained.end == .exit(0) && explained.out.contains("journal in PostgreSQL"), "\(explained.out)\(explained.log)")
        let nobody = try await Program.run(["decisions", "--journal", "host=127.0.0.1 port=1 dbname=x connect_timeout=2"])
        #expect(nobody.end == .exit(2), "\(nobody.log)")
    }

    private static func expectOutcomes(_ connection: String) async throws {
        let journal = try PostgresJournal(PostgresServer(connection: connection), isReadOnly: true)
        try await AutomatonTests.until("every attempt has an outcome") {
            try await journal.attempts(since: .epoch).allSatisfy { !$0.isOpen }
        }
        let attempts = try await journal.attempts(since: .epoch)
        await journal.close()
        let done = attempts.filter { if case .notApplied = $0.write { false } else { $0.intent.kind == .apply } }
        for (subject, all) in Dictionary(grouping: done, by: \.intent.incident.subject) {
            #expect(areApart(all.map(\.intent.at)), "\(subject): \(all.map(\.intent.at.rfc3339))")
        }
        print("handed over \(rounds) times: \(attempts.count) attempts")
    }
}
