import Testing

@testable import AutomatonCore

/// How a fix stands, as checks tell it.
@Suite struct FixStandingTests {
    private static func finding(_ observation: Observation) -> Finding { Finding(email, observedAt: noon, observation) }

    private static func seen(_ reasons: [Reason] = []) -> Finding { finding(.seen(Evidence(figures: [], reasons: reasons))) }

    @Test("Of several checks the one that remarks on it speaks; then the one that could not see")
    func finding() {
        let fix = Fix(email, container: "app", .memory(limit: ByteQuantity(bytes: 2 << 30), request: nil), at: noon)
        let drifted = Self.seen([Reason("FixDrifted", part: "memory", container: "app", message: "memory limit of app is 1Gi")])
        let ofAnother = Self.seen([Reason("FixDrifted", part: "replicas", message: "replicas are 1, 3 are kept")])
        let blind = Self.finding(.unknown("forbidden"))
        #expect(fix.finding(among: []) == nil)
        #expect(fix.finding(among: [ofAnother]) == ofAnother)
        #expect(fix.finding(among: [ofAnother, blind]) == blind)
        #expect(fix.finding(among: [ofAnother, blind, drifted]) == drifted)
    }
}
