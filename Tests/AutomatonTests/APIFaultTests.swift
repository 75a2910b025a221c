import AutomatonCore
import SimulatedAPI
import Simulator
import Testing

/// What a network and an overloaded API server do to the way from the fault to the healed workload.
@Suite("Faults of the API", .timeLimit(.minutes(10)))
struct APIFaultTests {
    /// Something that goes wrong just before the workload does.
    struct Trouble: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// How often the change must have been sent at least; a status that changes meanwhile is a conflict, and one more.
        var patches = 1
        let begin: @Sendable (Stage) async -> Void
    }

    static let troubles: [Trouble] = [
        Trouble(testDescription: "the PATCH is carried out and no answer comes within the time-out") {
            $0.faults.inject(.lostAnswer(.seconds(120)), method: "PATCH")
        },
        Trouble(testDescription: "the connection breaks before the PATCH is carried out", patches: 2) {
            $0.faults.inject(.droppedConnection, method: "PATCH")
        },
        Trouble(testDescription: "the Deployment cannot be read for a while") {
            $0.faults.inject(.hang(.seconds(1)), method: "GET", path: Email.path)
            $0.faults.inject(.droppedConnection, count: 2, method: "GET", path: Email.path)
        },
        Trouble(testDescription: "every watch is dropped, again and again") { stage in
            for _ in 0..<5 {
                let before = stage.requests.all.count
                await stage.faults.dropWatches()
                try? await until("the watch is resumed") { stage.requests.all.count > before }
            }
        },
        Trouble(testDescription: "the history expires (410) and every watch is dropped") {
            await $0.faults.expireHistory()
            await $0.faults.dropWatches()
        },
        Trouble(testDescription: "the server throttles (429 with Retry-After)", patches: 3) {
            $0.faults.inject(.throttled, count: 2, method: "PATCH")
        },
        Trouble(testDescription: "the server answers 500 to everything for a while") {
            $0.faults.inject(.internalError, count: 8)
            await $0.faults.dropWatches()
        },
        Trouble(testDescription: "the server answers 500 to the PATCH", patches: 3) {
            $0.faults.inject(.internalError, count: 2, method: "PATCH")
        },
        Trouble(testDescription: "another writer is faster (409)", patches: 2) { $0.faults.inject(.conflict, method: "PATCH") },
    ]

    @Test("The workload is healed all the same, with one attempt", arguments: troubles)
    func healed(_ trouble: Trouble) async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton { automaton in
                _ = try await Scrape(of: automaton)
                await trouble.begin(stage)
                try await stage.oom(mebibytes: 1536)
                try await automaton.line("Healed: oom-killed", within: .seconds(150))
                let email = await stage.email
                #expect(email.limit == "2Gi" && email.request == "1Gi")
                #expect(email.stamps.count == 1)
                #expect(email.isRolledOut)
                #expect(email.generation == 2)
                #expect(stage.requests.count("PATCH", Email.path) >= trouble.patches)
                #expect(stage.requests.writes.allSatisfy { $0 == .init(method: "PATCH", path: Email.path) })
                #expect(automaton.end == nil)
                // The watch goes on: the next fault is seen as well.
                try await stage.oom(mebibytes: 3072)
                try await automaton.line("the next fault is seen") { $0.isDecision("hold", guard: "cooldown") }
            }
        }
    }

    @Test("Without the permission to patch it says which one is missing, and asks for a person")
    func forbidden() async throws {
        let reader = Access.User(
            name: "system:serviceaccount:production:self-healing-automaton",
            rules: [Access.Rule(verbs: ["get", "list", "watch"], groups: ["*"], resources: ["*"], namespaces: [Email.namespace])])
        try await withStage(access: Access(tokens: ["reader-token": reader]), token: "reader-token") { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton { automaton in
                _ = try await Scrape(of: automaton)
                try await stage.oom(mebibytes: 1536)
                let told = try await automaton.line("a person is told") {
                    $0.message.contains("A person is needed") && $0["rule"] == "oom-killed"
                }
                for word in ["patch", "deployments", Email.namespace] { #expect(told["reason"].contains(word), "\(told["reason"])") }
                let hold = try await automaton.line("the decision") {
                    $0["rule"] == "oom-killed" && $0["reason"].contains("patch") && $0["choice"] != "act"
                }
                #expect(hold["reason"].contains("deployments"))
                #expect(!automaton.log.contains("reader-token"))
            }
            #expect(await stage.email.limits == ["1Gi"])
        }
    }
}
