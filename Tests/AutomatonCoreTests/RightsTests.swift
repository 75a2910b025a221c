import AutomatonCore
import Testing

@Suite struct RightsTests {
    private static let role = GrantedRights(rules: [
        .init(verbs: ["get", "list"], groups: [""], resources: ["pods", "pods/log"]),
        .init(verbs: ["*"], groups: ["apps"], resources: ["*/scale"]),
        .init(verbs: ["get", "patch"], groups: ["coordination.k8s.io"], resources: ["leases"], names: ["leader"]),
    ])

    @Test(arguments: [
        (Right("get", "pods"), true), (Right("delete", "pods"), false), (Right("get", "pods", group: "metrics.k8s.io"), false),
        (Right("get", "pods/log"), true), (Right("get", "pods/exec"), false),
        (Right("patch", "deployments/scale", group: "apps"), true), (Right("patch", "deployments", group: "apps"), false),
        (Right("get", "leases", group: "coordination.k8s.io", named: "leader"), true),
        (Right("get", "leases", group: "coordination.k8s.io", named: "other"), false),
        (Right("get", "leases", group: "coordination.k8s.io"), false),
    ])
    func allows(_ right: Right, _ isAllowed: Bool) {
        #expect(Self.role.allows(right) == isAllowed)
    }

    @Test func missingNamesWhoNeedsIt() {
        var needed = NeededRights()
        needed.add([Right("get", "pods"), Right("patch", "deployments", group: "apps")], for: .rule("oom-killed"))
        needed.add([Right("patch", "deployments", group: "apps")], for: .rule("crash-loop"))
        let missing = Self.role.missing(of: needed)
        #expect(missing.map(\.right.description) == ["patch deployments.apps"])
        #expect(missing.first?.purposes == [.rule("crash-loop"), .rule("oom-killed")])
    }

    @Test func excessIsWhatNoRuleNeeds() {
        var granted = Self.role
        granted.rules.append(.init(verbs: ["delete", "create"], groups: [""], resources: ["pods", "pods/exec"]))
        var needed = NeededRights()
        needed.add([Right("create", "pods/exec")], for: .rule("disk-usage"))
        #expect(granted.excessive(beside: needed) == [Right("delete", "pods"), Right("create", "pods")])
        #expect(Self.role.excessive(beside: needed).isEmpty)
        #expect(!granted.isEverything)
        #expect(GrantedRights(rules: [.init(verbs: ["*"], groups: ["*"], resources: ["*"])]).isEverything)
    }

    @Test(arguments: [
        ("get", "pods", true), ("watch", "pods", true), ("patch", "deployments", false), ("get", "pods/exec", false),
        ("create", "events", false),
    ])
    func readingChangesNothing(_ verb: String, _ resource: String, _ isReading: Bool) {
        #expect(Right(verb, resource).isReading == isReading)
    }
}
