import AutomatonCore

/// Writes core/v1 Events as client-go's recorder does: one object a (subject, reason, message), counted up when it happens again,
/// gone an hour after the last time.
///
/// Source: `client-go/tools/record`; the hour is kube-apiserver's `--event-ttl`.
struct EventRecorder: Sendable {
    /// Who reports: the component, and the host of a kubelet.
    struct Source: Sendable, Hashable {
        var component: String
        var host: String?
        /// What the reporter was doing, of those that write through events.k8s.io/v1.
        var action: String?

        static let deployments = Source(component: "deployment-controller")
        static let replicaSets = Source(component: "replicaset-controller")
        static let statefulSets = Source(component: "statefulset-controller")
        static let daemonSets = Source(component: "daemonset-controller")
        static let jobs = Source(component: "job-controller")
        /// The scheduler writes through events.k8s.io/v1: seen as core/v1, such Events have an eventTime and no count.
        static let scheduler = Source(component: "default-scheduler", action: "Binding")
        static func kubelet(_ node: String) -> Source { Source(component: "kubelet", host: node) }
    }

    private struct Key: Sendable, Hashable {
        var subject: String
        var reason: String
        var message: String
        var fieldPath: String?
    }

    private struct Known: Sendable {
        var key: Key
        var name: ObjectName
    }

    private static let timeToLive = Duration.hours(1)
    private var names: [Key: ObjectName] = [:]
    private var agenda = Agenda<Known>()
    private var lastSeen: [ObjectName: Instant] = [:]
    private var serial: Int64 = 0

    /// When the next Event is due to go.
    var nextExpiry: Instant? { agenda.nextDue }

    /// Records that something happened to an object.
    ///
    /// - Parameter container: the container it happened to, if it is about one.
    mutating func record(
        _ type: String, _ reason: String, _ message: String, about object: StoredObject, container: String? = nil, from source: Source,
        in store: inout Store, at now: Instant
    ) {
        let fieldPath = container.map { "spec.containers{\($0)}" }
        let key = Key(subject: object.uid, reason: reason, message: message, fieldPath: fieldPath)
        if let known = names[key], (try? count(known, &store, at: now)) != nil {
            lastSeen[known] = now
            return
        }
        serial += 1
        let nanoseconds = UInt64(max(0, now.microseconds)) &* 1000 &+ UInt64(serial % 1000)
        let namespace = object.namespace.isEmpty ? "default" : object.namespace
        let name = ObjectName(namespace: namespace, name: "\(object.name).\(String(nanoseconds, radix: 16))")
        var event: JSON = [
            "metadata": ["name": .string(name.name), "namespace": .string(namespace)],
            "involvedObject": Self.reference(to: object, fieldPath), "reason": .string(reason), "message": .string(message),
            "type": .string(type), "reportingComponent": .string(source.component),
        ]
        if let action = source.action {
            event["action"] = .string(action)
            event["eventTime"] = .string(now.rfc3339Micro)
            event["reportingInstance"] = .string(source.component + "-simulated")
            event["source"] = .emptyObject
            event["firstTimestamp"] = .null
            event["lastTimestamp"] = .null
        } else {
            event["eventTime"] = .null
            event["reportingInstance"] = .string(source.host ?? "")
            event["source"] = ["component": .string(source.component)]
            if let host = source.host { event["source", "host"] = .string(host) }
            event["firstTimestamp"] = .string(now.rfc3339)
            event["lastTimestamp"] = .string(now.rfc3339)
            event["count"] = 1
        }
        guard (try? store.create(.events, event, at: now)) != nil else { return }
        names[key] = name
        lastSeen[name] = now
        agenda.add(Known(key: key, name: name), at: now + Self.timeToLive)
    }

    private func count(_ name: ObjectName, _ store: inout Store, at now: Instant) throws(StoreError) {
        try store.update(.events, namespace: name.namespace, name: name.name) { event in
            if event["action"] != nil {
                let count = event["series", "count"]?.int ?? 1
                event["series"] = ["count": JSON(count + 1), "lastObservedTime": .string(now.rfc3339Micro)]
            } else {
                event["count"] = JSON((event["count"]?.int ?? 1) + 1)
                event["lastTimestamp"] = .string(now.rfc3339)
            }
        }
    }

    private static func reference(to object: StoredObject, _ fieldPath: String?) -> JSON {
        var reference: JSON = [
            "kind": .string(object.type.kind), "name": .string(object.name), "uid": .string(object.uid),
            "apiVersion": .string(object.type.apiVersion), "resourceVersion": .string(String(object.resourceVersion)),
        ]
        if !object.namespace.isEmpty { reference["namespace"] = .string(object.namespace) }
        if let fieldPath { reference["fieldPath"] = .string(fieldPath) }
        return reference
    }

    /// Takes away the Events whose hour is over.
    mutating func expire(in store: inout Store, at now: Instant) {
        while let known = agenda.popDue(at: now) {
            let due = (lastSeen[known.name] ?? .epoch) + Self.timeToLive
            if due > now, store.get(.events, namespace: known.name.namespace, name: known.name.name) != nil {
                agenda.add(known, at: due)
                continue
            }
            _ = try? store.remove(.events, namespace: known.name.namespace, name: known.name.name)
            lastSeen[known.name] = nil
            if names[known.key] == known.name { names[known.key] = nil }
        }
    }
}
