import AutomatonCore

/// Roles and their bindings as YAML, each right with those that need it.
struct RoleText {
    /// The name of all the objects.
    var name: String
    var serviceAccount: String
    /// Where the service account is.
    var namespace: String

    /// The kinds of objects that can be printed.
    enum Kind: String, CaseIterable {
        case role = "Role"
        case roleBinding = "RoleBinding"
        case clusterRole = "ClusterRole"
        case clusterRoleBinding = "ClusterRoleBinding"
    }

    /// A Role or a ClusterRole. A Role names no namespace: that of `kubectl apply -n` is right.
    func role(_ kind: Kind, _ needed: NeededRights) -> String {
        let entries = Dictionary(grouping: needed.purposes, by: { Entry($0.key) }).sorted { $0.key < $1.key }
        let rules = entries.map { entry, rights in
            let byVerb = Dictionary(rights.map { ($0.key.verb, $0.value) }, uniquingKeysWith: { $0.union($1) })
            let verbs = byVerb.keys.sorted { Self.rank($0) < Self.rank($1) }
            var lines = comments(byVerb, verbs).map { "  # \($0)" }
            lines.append("  - apiGroups: [\(entry.group.isEmpty ? "\"\"" : entry.group)]")
            lines.append("    resources: [\(entry.resource)]")
            if let name = entry.name { lines.append("    resourceNames: [\(name)]") }
            lines.append("    verbs: [\(verbs.joined(separator: ", "))]")
            return lines.joined(separator: "\n")
        }
        return head("rbac.authorization.k8s.io/v1", kind) + (rules.isEmpty ? "rules: []" : "rules:\n" + rules.joined(separator: "\n"))
    }

    /// What gives a role to the service account.
    func binding(_ kind: Kind, to role: Kind) -> String {
        head("rbac.authorization.k8s.io/v1", kind) + """
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: \(role.rawValue)
              name: \(name)
            subjects:
              - kind: ServiceAccount
                name: \(serviceAccount)
                namespace: \(namespace)
            """
    }

    private func head(_ version: String, _ kind: Kind) -> String {
        """
        apiVersion: \(version)
        kind: \(kind.rawValue)
        metadata:
          name: \(name)
          labels:
            app.kubernetes.io/name: self-healing-automaton

        """
    }

    /// One rule of a role: what is named together.
    private struct Entry: Hashable, Comparable {
        let group: String
        let resource: String
        let name: String?

        init(_ right: Right) { (group, resource, name) = (right.group, right.resource, right.name) }

        static func < (lhs: Entry, rhs: Entry) -> Bool {
            (lhs.group, lhs.resource, lhs.name ?? "") < (rhs.group, rhs.resource, rhs.name ?? "")
        }
    }

    /// Who needs it; by verb where not all are needed by the same.
    private func comments(_ purposes: [String: Set<NeededRights.Purpose>], _ verbs: [String]) -> [String] {
        var groups: [(verbs: [String], purposes: Set<NeededRights.Purpose>)] = []
        for verb in verbs {
            let own = purposes[verb] ?? []
            if let index = groups.firstIndex(where: { $0.purposes == own }) {
                groups[index].verbs.append(verb)
            } else {
                groups.append(([verb], own))
            }
        }
        return groups.flatMap { group in
            let names = group.purposes.sorted().map(\.description)
            return Self.wrapped(names, after: groups.count == 1 ? "" : group.verbs.joined(separator: ", ") + ": ")
        }
    }

    /// Names in lines that are not too long.
    private static func wrapped(_ names: [String], after head: String) -> [String] {
        var lines = [head]
        for (index, name) in names.enumerated() {
            let text = index == names.count - 1 ? name : name + ", "
            if lines[lines.count - 1].count + text.count > 110, lines[lines.count - 1].count > 4 { lines.append("  ") }
            lines[lines.count - 1] += text
        }
        return lines.map { $0.last == " " ? String($0.dropLast()) : $0 }
    }

    private static func rank(_ verb: String) -> String {
        let order = ["get", "list", "watch", "create", "patch"]
        return order.firstIndex(of: verb).map { "\($0)" } ?? verb
    }
}
