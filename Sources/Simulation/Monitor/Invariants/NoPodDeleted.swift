import AutomatonCore

/// The automaton never deletes a pod: controllers do, when they replace one, and people.
final class NoPodDeleted: Invariant {
    static let name = "never a pod deleted"

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard case .podDeleted(let subject, let pod, .automaton(let run)?) = fact else { return nil }
        return "run \(run) deleted pod \(pod) of \(subject)"
    }
}
