/// Why the API server forbade a request (403): a missing permission, or one of the other things that it answers 403 for.
public struct Denial: Hashable, Sendable, CustomStringConvertible {
    /// Who said no.
    public enum Cause: Hashable, Sendable {
        /// The caller's roles do not allow it.
        case rbac
        /// A ResourceQuota of the namespace is used up.
        case quota
        /// A LimitRange of the namespace does not allow the amount.
        case limitRange
        /// The namespace is being deleted.
        case namespaceTerminating
        /// A Pod Security Standard does not allow the pod.
        case podSecurity
        /// Something else: an admission plugin, a missing service account or priority class, a class that cannot grow.
        case admission
    }

    /// Who said no.
    public var cause: Cause
    /// The verb that is missing (RBAC only): `patch`.
    public var verb: String?
    /// The resource with its subresource (RBAC only): `deployments/scale`. For a request to a bare path, the path.
    public var resource: String?
    /// The API group (RBAC only); empty is the core group.
    public var group: String?
    /// The namespace; nil is the whole cluster, or not known.
    public var namespace: String?
    /// Who asked (RBAC only): `system:serviceaccount:production:automaton`.
    public var user: String?
    /// What the server said, scrubbed and cut.
    public var message: String

    public var description: String {
        switch cause {
        case .rbac:
            guard let verb, let resource else { return message }
            let place = namespace.map { "in namespace \($0)" } ?? "in the whole cluster"
            let grant =
                group.map { "grant verb \(verb) on resource \(resource) of apiGroup \"\($0)\"" }
                ?? "grant verb \(verb) on nonResourceURL \(resource)"
            return "\(user ?? "the caller") may not \(verb) \(resource) \(place): \(grant)"
        case .quota: return "a ResourceQuota does not allow it: \(message)"
        case .limitRange: return "a LimitRange does not allow it: \(message)"
        case .namespaceTerminating: return "the namespace is being deleted: \(message)"
        case .podSecurity: return "Pod Security does not allow it: \(message)"
        case .admission: return "refused by admission: \(message)"
        }
    }
}

extension Denial {
    /// Reads a 403 answer. The wording is that of kube-apiserver's `responsewriters.Forbidden` and of its admission plugins.
    init(_ status: APIStatus?, message: String) {
        let scrubbed = MessageScrubber.scrub(message)
        self.init(cause: .admission, message: scrubbed)
        if let user = Self.between(message, "User \"", "\" cannot ") {
            cause = .rbac
            self.user = user
            if let path = Self.between(message, "cannot get path \"", "\"") {
                (verb, resource) = ("get", path)
            } else {
                verb = Self.between(message, "\" cannot ", " resource \"") ?? Self.between(message, "\" cannot ", " ")
                resource = Self.between(message, " resource \"", "\"") ?? Self.between(message, " path \"", "\"")
                group = Self.between(message, " in API group \"", "\"")
                namespace = Self.between(message, " in the namespace \"", "\"")
            }
        } else if status?.details?.causes?.contains(where: { $0.reason == "NamespaceTerminating" }) == true
            || message.contains("because it is being terminated")
        {
            cause = .namespaceTerminating
        } else if message.contains("exceeded quota: ") || message.contains("failed quota: ") {
            cause = .quota
        } else if message.contains("violates PodSecurity") {
            cause = .podSecurity
        } else if Self.limitRangePhrases.contains(where: { message.contains($0) }) {
            cause = .limitRange
        } else if message.contains("RBAC: ") || message.contains("is attempting to grant RBAC permissions") {
            cause = .rbac
        }
    }

    /// From the LimitRanger plugin: "maximum memory usage per Container is 1Gi, but limit is 2Gi", "memory max limit to request ratio …".
    private static let limitRangePhrases = [
        " usage per Container is ", " usage per Pod is ", " usage per PersistentVolumeClaim is ", " max limit to request ratio per ",
    ]

    private static func between(_ text: String, _ before: String, _ after: String) -> String? {
        guard let start = text.firstRange(of: before)?.upperBound, let end = text[start...].firstRange(of: after)?.lowerBound else {
            return nil
        }
        return String(text[start..<end].prefix(200))
    }
}
