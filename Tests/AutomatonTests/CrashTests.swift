import SeededRandom
import AutomatonCore
import SimulatedAPI
import Simulator
import Testing

/// SIGKILL between detection and verification: the stamp on the object keeps the next process from a second attempt.
///
/// `email-service` needs more than twice its memory in each of them, so that after the one attempt it goes on being killed, and a
/// process that did not know of the attempt would double it again, to 4Gi.
@Suite("kill -9", .timeLimit(.minutes(10)))
struct CrashTests {
    enum Moment: CaseIterable, Sendable {
        /// The GET that finds the workload of the killed pod is on its way.
        case detecting
        /// The GET of the Deployment, from which the plan is made, is on its way.
        case planning
        /// The PATCH has left; the server has not carried it out, and never will.
        case beforePatch
        /// The server has carried it out; the answer has not left it.
        case beforeAnswer
        /// The server has carried it out; the answer is on its way.
        case afterPatch
        /// The answer has arrived.
        case verifying
    }

    @Test("A process that is killed at any moment leaves one attempt, not two", arguments: Moment.allCases)
    func killed(_ moment: Moment) async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton { automaton in
                try await automaton.line("Listening on")
                stage.requests.react { request, _ in
                    switch (moment, request.method) {
                    case (.detecting, "GET") where request.path.contains("/replicasets/"): automaton.kill()
                    case (.planning, "GET") where request.path == Email.path: automaton.kill()
                    case (.beforePatch, "PATCH"): automaton.kill()
                    default: break
                    }
                }
                switch moment {
                case .beforePatch: stage.faults.inject(.hang(.seconds(60)), method: "PATCH")
                case .beforeAnswer: stage.faults.inject(.lostAnswer(.seconds(60)), method: "PATCH")
                default: break
                }
                try await stage.oom(mebibytes: 3072)
                switch moment {
                case .detecting, .planning, .beforePatch: break
                case .beforeAnswer, .afterPatch:
                    try await until("the patch is carried out") { await stage.email.limit == "2Gi" }
                    automaton.kill()
                case .verifying:
                    try await automaton.line("Done on oom-killed")
                    automaton.kill()
                }
                #expect(try await automaton.wait() == .signal(9))
            }
            let isWritten = await stage.email.limit == "2Gi"
            #expect(isWritten == [.beforeAnswer, .afterPatch, .verifying].contains(moment))
            try await Self.restart(stage)
        }
    }

    @Test("Killed after any time at all", arguments: 0..<10)
    func killedAtRandom(_ seed: UInt64) async throws {
        var random = SplitMix64(0x5E1F_4EA1 &+ seed)
        // The container is killed 100 ms after the fault was injected; what follows is a matter of milliseconds, or more on a busy machine.
        let delay = Duration.milliseconds(Int.random(in: 80...400, using: &random))
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton { automaton in
                try await automaton.line("Listening on")
                try await stage.oom(mebibytes: 3072)
                try await Task.sleep(for: delay)
                automaton.kill()
                #expect(try await automaton.wait() == .signal(9))
            }
            try await Self.restart(stage)
        }
    }

    @Test("Two automatons at once on one cluster make one attempt")
    func twoAtOnce() async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton { first in
                try await stage.withAutomaton { second in
                    try await first.line("Listening on")
                    try await second.line("Listening on")
                    try await stage.oom(mebibytes: 3072)
                    try await first.line("the cooldown") { $0.isDecision("hold", guard: "cooldown") }
                    try await second.line("the cooldown") { $0.isDecision("hold", guard: "cooldown") }
                    try await Self.expectOneAttempt(stage)
                    let acted = (first.lines + second.lines).filter { $0.message.hasPrefix("Done on oom-killed") }
                    #expect(acted.count == 1)
                }
            }
        }
    }

    /// Starts it again with the same arguments, and waits until it is asked for a second attempt and declines.
    private static func restart(_ stage: Stage) async throws {
        try await stage.withAutomaton { automaton in
            let hold = try await automaton.line("the cooldown holds") { $0.isDecision("hold", guard: "cooldown") }
            #expect(hold["reason"].contains(HealingTests.cooldown), "\(hold["reason"])")
            try await expectOneAttempt(stage)
        }
    }

    private static func expectOneAttempt(_ stage: Stage) async throws {
        let email = await stage.email
        #expect(email.stamps.count == 1)
        #expect(email.limits == ["1Gi", "2Gi"])
        #expect(email.request == "1Gi")
        #expect(email.generation == 2)
    }
}
