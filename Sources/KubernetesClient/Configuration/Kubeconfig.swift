import Yams

/// The files that tell kubectl about clusters, merged by its rules: the first file to define a cluster, a user, a context or the current
/// context wins, whole entries at a time. Entries that are not used are not looked into.
struct Kubeconfig {
    private(set) var clusters: [String: YAMLFields] = [:]
    private(set) var users: [String: YAMLFields] = [:]
    private(set) var contexts: [String: YAMLFields] = [:]
    private(set) var currentContext: String?
    private(set) var files: [String] = []

    /// Reads files in their order.
    /// - Parameter mustExist: Whether a missing file is an error; those named by `KUBECONFIG` may be missing.
    init(files: [String], mustExist: Bool) throws {
        for file in files {
            if !mustExist, !ConfigurationFile.exists(file) { continue }
            self.files.append(file)
            guard let root = try YAMLFields.parse(try ConfigurationFile.read(file), file: file, what: "the kubeconfig") else { continue }
            if let kind = try root.string("kind"), kind != "Config" {
                throw root.error("kind", "must be Config: this is not a kubeconfig")
            }
            try Self.merge(root, "clusters", "cluster", into: &clusters)
            try Self.merge(root, "users", "user", into: &users)
            try Self.merge(root, "contexts", "context", into: &contexts)
            if currentContext == nil { currentContext = try root.string("current-context") }
        }
    }

    private static func merge(_ root: YAMLFields, _ list: String, _ kind: String, into entries: inout [String: YAMLFields]) throws {
        for entry in try root.mappings(list, what: "an entry of \(list)") {
            let name = try entry.required("name")
            guard entries[name] == nil else { continue }
            // A user may be empty: then it shows no credential.
            if let body = try entry.mapping(kind, what: "\(kind) \"\(name)\"") {
                entries[name] = body
            } else if kind == "user" {
                entries[name] = try YAMLFields([:], file: root.file, what: "user \"\(name)\"")
            } else {
                throw entry.error(nil, "\"\(name)\" needs the field \(kind)")
            }
        }
    }

    /// A context with its cluster and user.
    struct Selection {
        var context: String
        var cluster: YAMLFields
        var user: YAMLFields?
        var namespace: String?
    }

    /// Finds the named context, or the current one.
    func select(_ wanted: String?) throws -> Selection {
        let place = files.isEmpty ? "kubeconfig" : files.joined(separator: ":")
        let known = contexts.isEmpty ? "it defines no context" : "known are: " + contexts.keys.sorted().prefix(20).joined(separator: ", ")
        guard let name = wanted ?? currentContext else {
            throw ConfigurationError(place, "current-context is not set: set it or pass --context; \(known)")
        }
        guard let context = contexts[name] else { throw ConfigurationError(place, "there is no context \"\(name)\"; \(known)") }
        let clusterName = try context.required("cluster")
        guard let cluster = clusters[clusterName] else {
            throw context.error(
                "cluster",
                "names \"\(clusterName)\", which is not among clusters: \(clusters.keys.sorted().prefix(20).joined(separator: ", "))")
        }
        let userName = try context.string("user")
        if let userName, users[userName] == nil {
            throw context.error(
                "user", "names \"\(userName)\", which is not among users: \(users.keys.sorted().prefix(20).joined(separator: ", "))")
        }
        return Selection(
            context: name, cluster: cluster, user: userName.flatMap { users[$0] }, namespace: try context.string("namespace"))
    }
}
