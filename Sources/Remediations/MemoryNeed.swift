import AutomatonCore

/// Which containers a finding says need more memory.
struct MemoryNeed: Hashable, Sendable {
    /// Why none, for people.
    struct Refusal: Error, Hashable {
        var text: String
    }

    /// Their names, each once: worst first.
    var containers: [String]
    /// What happened to them: `was OOM-killed`.
    var why: String
    /// Whether they were killed, rather than only full.
    var wasKilled: Bool { why == Self.codes[0].why }

    /// A code by which a check names containers, and what it says of them.
    private static let codes = [(code: "OOMKilled", why: "was OOM-killed"), (code: "MemoryUsage", why: "is the fullest")]

    /// Reads a finding.
    /// - Parameter only: The one container that the rule is for; nil for any.
    static func of(_ finding: Finding, only container: String?) -> Result<MemoryNeed, Refusal> {
        guard case .seen(let evidence) = finding.observation else {
            return .failure(Refusal(text: "it is unknown whether a container of \(finding.subject) needs more memory"))
        }
        for (code, why) in codes {
            var names: [String] = []
            for reason in evidence.reasons where reason.code == code {
                if let name = reason.container, !names.contains(name) { names.append(name) }
            }
            guard !names.isEmpty else { continue }
            guard let container else { return .success(MemoryNeed(containers: names, why: why)) }
            guard names.contains(container) else {
                return .failure(
                    Refusal(
                        text: "the rule is for container \(container), and the container that \(why) is \(names.joined(separator: ", "))"))
            }
            return .success(MemoryNeed(containers: [container], why: why))
        }
        let reported = Set(evidence.reasons.map(\.code)).sorted().joined(separator: ", ")
        let seen = reported.isEmpty ? "no reason was reported" : "reported was \(reported)"
        return .failure(
            Refusal(
                text: "no container of \(finding.subject) was OOM-killed or measured against a limit (\(seen)): more memory would not help")
        )
    }
}
