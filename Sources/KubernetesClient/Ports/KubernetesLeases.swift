public import AutomatonCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The leases of a Kubernetes cluster (`coordination.k8s.io/v1`).
///
/// A Lease is changed by a JSON merge patch that carries the version read. A PUT would drop what this program does not know of (labels,
/// owner references, `strategy`, `preferredHolder`), unless it was read again each time, and a PUT to a Lease that somebody deleted
/// creates it, even with a version. The patch is one request, leaves everything else as it is, is 409 over another version and 404 where
/// there is none. Without the version it would always win: it is never sent without.
public struct KubernetesLeases: Leases {
    /// What it needs to be allowed for one Lease. What is to be created has no name yet that RBAC could tell.
    public static func permissions(named name: String) -> [Permission] {
        [
            Permission(["create"], "leases", group: "coordination.k8s.io"),
            Permission(["get", "patch"], "leases", group: "coordination.k8s.io", named: name),
        ]
    }

    private let api: KubernetesAPI

    /// Makes the port.
    /// - Parameter requestTimeout: how long one request may take: shorter than the renew deadline, so that there is time for another. None
    ///   is tried again: the election does that, and knows until when it makes sense.
    public init(_ api: KubernetesAPI, requestTimeout: Duration = .seconds(5)) {
        self.api = api.bounded(requestTimeout: requestTimeout, retry: .never)
    }

    public func read(_ name: String, inNamespace namespace: String) async throws(PortError) -> Lease? {
        let path = Self.path(namespace, name)
        do {
            // Without a resourceVersion the API server asks etcd itself.
            return try Self.lease(try await api.get(path), name, namespace)
        } catch let error as KubernetesError where error.kind == .notFound {
            return nil
        } catch let error as DecodingError {
            throw .unavailable("GET \(path): the answer is not a Lease: \(KubernetesAPI.place(of: error))", retryAfter: nil)
        } catch {
            throw PortError(error, isChange: false)
        }
    }

    public func create(_ lease: Lease) async throws(PortError) -> Lease {
        var json = JSONText()
        json.append(raw: "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":")
        json.append(string: lease.name)
        json.append(raw: ",\"namespace\":")
        json.append(string: lease.namespace)
        json.append(raw: "},")
        Self.append(lease, to: &json)
        let body = json.bytes
        return try await change(lease, "POST") { api in
            try await api.post(Self.path(lease.namespace, nil), query: ["fieldManager": KubernetesWorkloads.fieldManager], body: body)
        }
    }

    public func update(_ lease: Lease) async throws(PortError) -> Lease {
        guard !lease.resourceVersion.isEmpty else {
            throw .refused("Lease \(lease.namespace)/\(lease.name): an update must carry the resourceVersion that was read, this has none")
        }
        var json = JSONText()
        json.append(raw: "{\"metadata\":{\"resourceVersion\":")
        json.append(string: lease.resourceVersion)
        json.append(raw: "},")
        Self.append(lease, to: &json)
        let body = json.bytes
        return try await change(lease, "PATCH") { api in
            try await api.patch(
                Self.path(lease.namespace, lease.name), .merge, body: body, fieldManager: KubernetesWorkloads.fieldManager)
        }
    }

    private func change(
        _ lease: Lease, _ method: String, _ send: (KubernetesAPI) async throws -> [UInt8]
    ) async throws(PortError) -> Lease {
        do {
            return try Self.lease(try await send(api), lease.name, lease.namespace)
        } catch let error as DecodingError {
            throw .outcomeUnknown(
                "\(method) of Lease \(lease.namespace)/\(lease.name): the answer is not a Lease: \(KubernetesAPI.place(of: error))")
        } catch {
            throw PortError(error, isChange: true)
        }
    }

    private static func path(_ namespace: String, _ name: String?) -> APIPath {
        APIPath(group: "coordination.k8s.io", namespace: namespace, resource: "leases", name: name)
    }

    /// Appends `"spec":{…}}`, the end of the object included. Null takes a field away in a merge patch.
    private static func append(_ lease: Lease, to json: inout JSONText) {
        func append(time: Instant?, to json: inout JSONText) {
            // A MicroTime has exactly six fraction digits: with 0, 3 or 9 of them the server answers 422.
            if let time { json.append(string: time.rfc3339Micro) } else { json.append(raw: "null") }
        }
        json.append(raw: "\"spec\":{\"holderIdentity\":")
        if let holder = lease.holder { json.append(string: holder) } else { json.append(raw: "null") }
        json.append(raw: ",\"leaseDurationSeconds\":")
        json.append(integer: wholeSeconds(lease.duration))
        json.append(raw: ",\"acquireTime\":")
        append(time: lease.acquiredAt, to: &json)
        json.append(raw: ",\"renewTime\":")
        append(time: lease.renewedAt, to: &json)
        json.append(raw: ",\"leaseTransitions\":")
        json.append(integer: lease.transitions)
        json.append(raw: "}}")
    }

    /// Rounded up: rounding down would let others begin too early. At least 1, as the server wants it.
    private static func wholeSeconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(min(max(1, seconds + (attoseconds > 0 ? 1 : 0)), Int64(Int32.max)))
    }

    private static func lease(_ bytes: [UInt8], _ name: String, _ namespace: String) throws -> Lease {
        let object = try JSONDecoder().decode(LeaseObject.self, from: Data(bytes))
        let spec = object.spec
        return Lease(
            name: name, namespace: namespace, holder: spec?.holderIdentity, duration: .seconds(spec?.leaseDurationSeconds ?? 0),
            acquiredAt: spec?.acquireTime.flatMap { Instant(rfc3339: $0) }, renewedAt: spec?.renewTime.flatMap { Instant(rfc3339: $0) },
            transitions: spec?.leaseTransitions ?? 0, resourceVersion: object.metadata.resourceVersion)
    }
}

/// What is read of a Lease. Every field of the spec is optional there.
private struct LeaseObject: Decodable {
    struct Metadata: Decodable { var resourceVersion: String }
    struct Spec: Decodable {
        var holderIdentity: String?
        var leaseDurationSeconds: Int?
        var acquireTime: String?
        var renewTime: String?
        var leaseTransitions: Int?
    }
    var metadata: Metadata
    var spec: Spec?
}
