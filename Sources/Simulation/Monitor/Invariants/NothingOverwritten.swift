import AutomatonCore

/// An attempt lands only on the version of the object for which it was planned.
final class NothingOverwritten: Invariant {
    static let name = "no change of somebody else overwritten"

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard case .wrote(let landing) = fact, let stamp = landing.stamp, let plan = scene.attempts[stamp.attempt]?.plan,
            case .version(_, let planned)? = plan.write.workload?.precondition
        else { return nil }
        return planned == String(landing.version)
            ? nil : "\(stamp.attempt) was planned for version \(planned) of \(landing.subject) and landed on \(landing.version)"
    }
}
