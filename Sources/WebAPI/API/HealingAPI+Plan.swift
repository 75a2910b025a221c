internal import AutomatonCore
internal import Engine
internal import Hummingbird

/// What would be done, before it is asked for. It takes what a change takes: remediations read the world for it.
extension HealingAPI {
    /// Open incidents that are planned for at most.
    static let mostPlans = 50
    /// How long the plans may take.
    private static let planTime: Duration = .seconds(20)

    func plan(_ body: [UInt8]) async throws(APIProblem) -> Response {
        let fields = try RequestFields(json: body, known: ["rule", "subject"])
        let rule = try fields.line("rule", most: 200)
        let subject = try fields.subject("subject")
        guard planning.enter() else { throw .tooMuch }
        defer { planning.leave() }
        var (at, prospects, leftOut) = (now(), [Prospect](), 0)
        try await ask {
            (at, prospects, leftOut) = try await engine.prospects(subject: subject, rule: rule, most: Self.mostPlans, within: Self.planTime)
        }
        if prospects.isEmpty, rule != nil || subject != nil {
            if let rule { try await checkRule(rule) }
            let what = [rule.map { "rule \($0)" }, subject.map { "\($0)" }].compactMap { $0 }.joined(separator: " on ")
            throw APIProblem(.notFound, "no incident is open of \(what): nothing is to be healed")
        }
        let suspensions = await engine.suspensions
        return Response(
            .ok, ProspectsReport(at: Timestamp(at), plans: prospects.map { ProspectReport($0, suspensions) }, leftOut: leftOut))
    }
}
