import ArgumentParser
import AutomatonCore
import Foundation
import Logging
import Rules
import Synchronization
import Testing

@testable import automaton

/// What is told of rights when the API server answers late, not at all, or in part.
@Suite("Review of rights") struct RightsReviewTests {
    private final class Answers: OwnRights, Sendable {
        private let left: Mutex<[Result<GrantedRights, PortError>]>
        let asked = Mutex<[String]>([])

        init(_ answers: [Result<GrantedRights, PortError>]) { left = Mutex(answers) }

        func rights(inNamespace namespace: String) async throws(PortError) -> GrantedRights {
            asked.withLock { $0.append(namespace) }
            return try left.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }.get()
        }
    }

    private struct Handler: LogHandler {
        let lines: @Sendable (String) -> Void
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }
        func log(event: LogEvent) { lines("\(event.message) \(event.metadata?["right"].map { "\($0)" } ?? "")") }
    }

    private final class Told: Sendable {
        let lines = Mutex<[String]>([])
    }

    private func unused() -> AsyncStream<Void> { AsyncStream { $0.finish() } }

    private func review(
        _ answers: [Result<GrantedRights, PortError>], lease: String? = nil, namespace: String = "shop", home: String = "shop"
    ) async throws -> (told: [String], asked: [String]) {
        let loader = try ConfigurationOptions.parse(["--rules", Program.shippedRules]).loader(namespace: "shop", environment: [:])
        let (told, port) = (Told(), Answers(answers))
        let review = RightsReview(
            port: port, rights: InstallationRights(lease: lease), namespace: namespace, home: home,
            source: try ConfigurationSource(loader, now: { Instant(seconds: 1_795_000_000) }), override: RuleOverride(),
            logger: Logger(label: "test") { _ in Handler { line in told.lines.withLock { $0.append(line) } } }, tries: 3, pause: .zero,
            reloads: unused())
        try await review.review()
        return (told.lines.withLock { $0 }, port.asked.withLock { $0 })
    }

    private static let everything = GrantedRights(rules: [.init(verbs: ["*"], groups: ["*"], resources: ["*"])])

    @Test func asksAgainWhatDoesNotAnswer() async throws {
        let away = Result<GrantedRights, PortError>.failure(.unavailable("away", retryAfter: nil))
        let (told, asked) = try await review([away, away, .success(Self.everything)])
        #expect(asked.count == 3)
        #expect(told.count == 1 && told[0].contains("allowed everything"))
        let (gaveUp, tries) = try await review([away])
        #expect(tries.count == 3)
        #expect(gaveUp.count == 1 && gaveUp[0].contains("cannot be told"))
    }

    @Test func whatIsRefusedIsNotAskedAgain() async throws {
        let (told, asked) = try await review([.failure(.refused("no"))])
        #expect(asked.count == 1 && told.count == 1 && told[0].contains("cannot be told"))
    }

    @Test func ofAnIncompleteAnswerNothingIsSure() async throws {
        let (told, _) = try await review([.success(GrantedRights(rules: [], isIncomplete: true))])
        #expect(told.contains { $0.hasPrefix("A right may be missing patch deployments.apps") })
        #expect(!told.contains { $0.hasPrefix("A right is missing") })
    }

    /// With a rule that evicts, put in while it runs, the right to evict is missing; a change of a threshold alone asks nobody.
    @Test func anotherRuleIsAskedForAgain() async throws {
        let directory = try TemporaryDirectory()
        let rules = directory.path + "/rules"
        try FileManager.default.createDirectory(atPath: rules, withIntermediateDirectories: true)
        try directory.write("rules/a.yaml", Self.rule("a", "rollout-restart"))
        let loader = try ConfigurationOptions.parse(["--rules", rules]).loader(namespace: "shop", environment: [:])
        let source = try ConfigurationSource(loader, now: { Instant(seconds: 1_795_000_000) })
        let (told, port) = (Told(), Answers([.success(GrantedRights(rules: []))]))
        let (reloads, reloaded) = AsyncStream.makeStream(of: Void.self)
        let review = RightsReview(
            port: port, rights: InstallationRights(lease: nil), namespace: "shop", home: "shop", source: source, override: RuleOverride(),
            logger: Logger(label: "test") { _ in Handler { line in told.lines.withLock { $0.append(line) } } }, tries: 1, pause: .zero,
            reloads: reloads)
        let first = try await review.review()
        let asked = port.asked.withLock { $0.count }
        #expect(try await review.review(unless: first) == first)
        #expect(port.asked.withLock { $0.count } == asked)
        let running = Task { try await review.run() }
        try await until("the first review") { port.asked.withLock { $0.count } > asked }
        #expect(!told.lines.withLock { $0 }.contains { $0.contains("subresource=eviction") })
        try directory.write("rules/b.yaml", Self.rule("b", "evict-pods"))
        guard case .loaded? = await source.poll() else { throw PortError.refused("not reloaded") }
        reloaded.yield()
        try await until("the review of the new rule", context: { told.lines.withLock { $0.joined(separator: "\n") } }) {
            told.lines.withLock { $0 }.contains { $0.hasPrefix("A right is missing create pods --subresource=eviction") }
        }
        running.cancel()
        _ = await running.result
    }

    private static func rule(_ name: String, _ remediation: String) -> String {
        """
        name: \(name)
        check: pod-health
        when:
          - { reason: CrashLoopBackOff, priority: high }
        remediations:
          - use: \(remediation)
        """
    }

    @Test func theLeaseIsAskedForAtHome() async throws {
        let pods = GrantedRights(rules: [.init(verbs: ["*"], groups: ["*"], resources: ["*"], names: [])])
        let (told, asked) = try await review(
            [.success(pods), .success(GrantedRights(rules: []))], lease: "leader", namespace: "shop", home: "ops")
        #expect(asked == ["shop", "ops"])
        let missing = told.filter { $0.hasPrefix("A right is missing") }
        #expect(missing.count == 3 && missing.allSatisfy { $0.contains("leases.coordination.k8s.io") }, "\(missing)")
    }
}
