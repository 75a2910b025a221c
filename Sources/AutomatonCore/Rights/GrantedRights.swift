/// What somebody is allowed, in the form of RBAC's rules.
public struct GrantedRights: Hashable, Sendable {
    /// One rule of a Role.
    public struct Rule: Hashable, Sendable {
        /// `get`, … or `*`.
        public var verbs: Set<String>
        /// API groups, or `*`.
        public var groups: Set<String>
        /// `pods`, `pods/log`, `*`, `*/scale`.
        public var resources: Set<String>
        /// Names of objects; empty for all.
        public var names: Set<String>

        /// Makes a rule.
        public init(verbs: Set<String>, groups: Set<String>, resources: Set<String>, names: Set<String> = []) {
            self.verbs = verbs
            self.groups = groups
            self.resources = resources
            self.names = names
        }

        /// Whether it allows something: to all objects, or to the one that the right names.
        func allows(_ right: Right) -> Bool {
            func holds(_ set: Set<String>, _ value: String) -> Bool { set.contains("*") || set.contains(value) }
            let subresource = right.resource.split(separator: "/", maxSplits: 1).dropFirst().first.map { "*/\($0)" }
            return holds(verbs, right.verb) && holds(groups, right.group)
                && (holds(resources, right.resource) || subresource.map { resources.contains($0) } ?? false)
                && (names.isEmpty || right.name.map { names.contains($0) } ?? false)
        }
    }

    /// All that is allowed.
    public var rules: [Rule]
    /// Whether there may be more: an authorizer besides RBAC that cannot list what it allows.
    public var isIncomplete: Bool

    /// Makes an answer.
    public init(rules: [Rule], isIncomplete: Bool = false) {
        self.rules = rules
        self.isIncomplete = isIncomplete
    }

    /// Whether something is allowed.
    public func allows(_ right: Right) -> Bool { rules.contains { $0.allows(right) } }

    /// Whether everything is: what an administrator may.
    public var isEverything: Bool {
        rules.contains { $0.verbs.contains("*") && $0.groups.contains("*") && $0.resources.contains("*") && $0.names.isEmpty }
    }

    /// What is needed and not allowed, each with those that need it, in order.
    public func missing(of needed: NeededRights) -> [(right: Right, purposes: [NeededRights.Purpose])] {
        needed.purposes.filter { !allows($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted()) }
    }

    /// What is allowed, is not needed, and would be grave in the wrong hands.
    public func excessive(beside needed: NeededRights) -> [Right] {
        Self.grave.filter { allows($0) && needed.purposes[$0] == nil }
    }

    /// What no automaton should hold without a rule that needs it: to destroy, to read secrets, to run programs in pods, to gain rights.
    private static let grave: [Right] =
        [
            Right("delete", "pods"), Right("deletecollection", "pods"), Right("delete", "deployments", group: "apps"),
            Right("delete", "statefulsets", group: "apps"), Right("delete", "daemonsets", group: "apps"),
            Right("delete", "persistentvolumeclaims"), Right("delete", "namespaces"), Right("create", "pods"),
            Right("get", "secrets"), Right("list", "secrets"), Right("create", "pods/exec"), Right("get", "nodes/proxy"),
            Right("create", "serviceaccounts/token"), Right("impersonate", "users"),
        ]
        + ["roles", "clusterroles"].flatMap { resource in
            ["escalate", "bind"].map { Right($0, resource, group: "rbac.authorization.k8s.io") }
        }
}

/// Asks what this program itself is allowed.
public protocol OwnRights: Sendable {
    /// What is allowed in a namespace, and of what is in none.
    func rights(inNamespace namespace: String) async throws(PortError) -> GrantedRights
}
