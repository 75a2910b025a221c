import AutomatonCore
import Rules

/// The names and parameters of the real check, without its work.
struct FakePodHealth: Check {
    struct Parameters: Decodable, Sendable {
        var namespace: String?
        var labels: String?
        var window: ConfiguredDuration?
        var settle: ConfiguredDuration?
    }

    static let name = "pod-health"
    static let documentation = Documentation.fake("namespace", "labels", "window", "settle")
    static let vocabulary = Vocabulary(
        figures: ["restarts", "unwell", "pods"],
        reasons: [
            "OOMKilled", "CrashLoopBackOff", "StartError", "ContainerCannotRun", "Error", "DeadlineExceeded", "Evicted",
        ])
    static let permissions: [Permission] = []

    let parameters: Parameters

    init(_ parameters: Parameters) throws {
        if let window = parameters.window, window.duration < .minutes(1) {
            throw ParameterError("window", "\(window.duration.readable) is too short; write 1m or longer")
        }
        self.parameters = parameters
    }

    func run(in environment: Environment) async throws -> [Finding] { [] }
}

/// A check with parameters of every shape.
struct FakeGauge: Check {
    struct Parameters: Decodable, Sendable {
        struct Limits: Decodable, Sendable {
            var low: Double
            var names: [String: Int]?
        }

        var target: String
        var count: Int8?
        var enabled: Bool?
        var memory: ByteQuantity?
        var limits: Limits?
        var list: [Limits]?
    }

    static let name = "gauge"
    static let documentation = Documentation.fake("target", "count", "enabled", "memory", "limits", "list")
    static let vocabulary = Vocabulary(figures: ["lag", "age"])
    static let permissions: [Permission] = []

    let parameters: Parameters

    init(_ parameters: Parameters) throws { self.parameters = parameters }

    func run(in environment: Environment) async throws -> [Finding] { [] }
}

/// The name and parameters of the real remediation, without its work.
struct FakeRaiseMemory: Remediation {
    struct Parameters: Decodable, Sendable {
        var factor: Double?
        var container: String?
        var maximum: ByteQuantity?
    }

    static let name = "raise-memory"
    static let documentation = Documentation.fake("factor", "container", "maximum")
    static let action = "increase_pod_memory"
    static let permissions: [Permission] = []

    let factor: Double

    init(_ parameters: Parameters) throws {
        factor = parameters.factor ?? 2
        guard factor > 1 else { throw ParameterError("factor", "\(factor) raises nothing; write a number above 1") }
    }

    func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer { .refused("a fake") }
}

/// The name of the real remediation, which has no parameters.
struct FakeRolloutRestart: Remediation {
    struct Parameters: Decodable, Sendable {}

    static let name = "rollout-restart"
    static let documentation = Documentation("A fake.", example: "")
    static let action = "restart_deployment"
    static let permissions: [Permission] = []

    init(_ parameters: Parameters) throws {}

    func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer { .refused("a fake") }
}

extension Documentation {
    static func fake(_ names: String...) -> Documentation {
        Documentation("A fake.", parameters: names.map { Parameter($0, "anything", standard: nil, "") }, example: "")
    }
}

extension RuleLoader {
    static let fake = RuleLoader(
        checks: [FakePodHealth.self, FakeGauge.self], remediations: [FakeRaiseMemory.self, FakeRolloutRestart.self])

    /// The rules of one text, or what is wrong with it, a line each.
    func outcome(_ text: String, file: String = "r.yaml", thresholds: Thresholds = Thresholds()) -> (ruleset: Ruleset?, errors: [String]) {
        do {
            return (try load([SourceFile(path: file, text: text)], thresholds: thresholds), [])
        } catch {
            return (nil, error.problems.map(\.description))
        }
    }
}
