import AutomatonCore
import Simulator

/// A document that `automaton rbac` printed.
struct PrintedRole {
    let text: String
    let kind: String
    /// Each with the comment before it.
    let rules: [GrantedRights.Rule]
    private let comments: [String]

    init?(_ text: String) {
        self.text = text
        func list(_ line: Substring) -> Set<String> {
            let inside = line.drop { $0 != "[" }.dropFirst().prefix { $0 != "]" }
            return Set(inside.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\"" } })
        }
        var kind: String?
        var rules: [GrantedRights.Rule] = []
        var comments: [String] = []
        var comment = ""
        for line in text.split(separator: "\n") {
            let trimmed = line.drop { $0 == " " }
            if line.hasPrefix("kind: ") { kind = String(line.dropFirst(6)) }
            if trimmed.hasPrefix("# ") { comment += trimmed.dropFirst(2) + " " }
            if trimmed.hasPrefix("- apiGroups:") {
                rules.append(.init(verbs: [], groups: list(trimmed), resources: []))
                comments.append(comment)
                comment = ""
            }
            guard !rules.isEmpty else { continue }
            if trimmed.hasPrefix("resources:") { rules[rules.count - 1].resources = list(trimmed) }
            if trimmed.hasPrefix("resourceNames:") { rules[rules.count - 1].names = list(trimmed) }
            if trimmed.hasPrefix("verbs:") { rules[rules.count - 1].verbs = list(trimmed) }
        }
        guard let kind else { return nil }
        self.kind = kind
        self.rules = rules.map { rule in
            var rule = rule
            if rule.groups == [] { rule.groups = [""] }
            return rule
        }
        self.comments = comments
    }

    var verbs: Set<String> { rules.reduce(into: []) { $0.formUnion($1.verbs) } }

    func allows(_ right: Right) -> Bool { GrantedRights(rules: rules).allows(right) }

    /// Who needs a resource.
    func why(_ resource: String) -> [String] {
        guard let index = rules.firstIndex(where: { $0.resources == [resource] }) else { return [] }
        return comments[index].split { $0 == "," || $0 == " " }.map(String.init)
    }

    /// The same for the simulated API server, in every namespace.
    var access: [Access.Rule] {
        rules.map { Access.Rule(verbs: $0.verbs, groups: $0.groups, resources: $0.resources, names: $0.names) }
    }
}
