public import AutomatonCore
import Synchronization

/// Events on the objects of a Kubernetes cluster (`events.k8s.io/v1`).
///
/// An event that repeats within some minutes becomes a series: its count is patched, for nothing else of an event can be changed.
public final class KubernetesEvents: ObjectEvents {
    /// What it needs to be allowed, beside reading the objects.
    public static let permissions = [Permission(["create", "patch"], "events", group: "events.k8s.io")]

    /// An event repeats within this time, as client-go has it.
    private static let seriesTime = Duration.minutes(6)
    /// How many series are kept in mind.
    private static let mostSeries = 256

    /// What makes two events the same.
    private struct Key: Hashable {
        var subject: Subject
        var kind: ObjectEvent.Kind
        var reason: String
        var action: String
        var note: String
    }

    private struct Series {
        var name: String
        var uid: String
        var count: Int
        var last: Instant
    }

    private let api: KubernetesAPI
    private let controller: String
    private let instance: String
    private let series = Mutex<[Key: Series]>([:])

    /// Makes the port.
    /// - Parameters:
    ///   - controller: Who writes: `self-healing-automaton`.
    ///   - instance: Which of them: the pod's name.
    ///   - requestTimeout: How long one request may take. A change is tried again where it is sure that it was not carried out.
    public init(
        _ api: KubernetesAPI, controller: String = "self-healing-automaton", instance: String, requestTimeout: Duration = .seconds(5)
    ) {
        self.api = api.bounded(
            requestTimeout: requestTimeout, retry: RetryPolicy(attempts: 3, total: .seconds(10)))
        self.controller = controller
        self.instance = Self.cut(instance.isEmpty ? controller : instance, to: 128)
    }

    public func write(_ event: ObjectEvent) async throws(PortError) {
        let key = Key(subject: event.subject, kind: event.kind, reason: event.reason, action: event.action, note: event.note)
        if let known = series.withLock({ $0[key] }), event.at - known.last < Self.seriesTime, event.at >= known.last {
            if try await count(known, event, key) { return }
        }
        let object = try await object(event.subject)
        let name = Self.name(event, uid: object.metadata.uid, instance: instance)
        let path = APIPath(group: "events.k8s.io", namespace: event.subject.namespace, resource: "events")
        let body = body(event, object, name: name)
        do {
            _ = try await api.post(path, query: ["fieldManager": KubernetesWorkloads.fieldManager], body: body)
        } catch let error as KubernetesError where error.kind == .alreadyExists {
            // Its name says what it is: it was written, and the answer was lost.
        } catch {
            throw PortError(error, isChange: true)
        }
        let made = Series(name: name, uid: object.metadata.uid, count: 1, last: event.at)
        series.withLock { series in
            series[key] = made
            guard series.count > Self.mostSeries else { return }
            series = series.filter { event.at - $0.value.last < Self.seriesTime }
            if series.count > Self.mostSeries, let oldest = series.min(by: { $0.value.last < $1.value.last }) { series[oldest.key] = nil }
        }
    }

    /// Counts an event that was written before; false when it is not there any more.
    private func count(_ known: Series, _ event: ObjectEvent, _ key: Key) async throws(PortError) -> Bool {
        var next = known
        next.count += 1
        next.last = event.at
        var json = JSONText()
        json.append(raw: "{\"series\":{\"count\":")
        json.append(integer: next.count)
        json.append(raw: ",\"lastObservedTime\":")
        json.append(string: event.at.rfc3339Micro)
        json.append(raw: "}}")
        let path = APIPath(group: "events.k8s.io", namespace: event.subject.namespace, resource: "events", name: known.name)
        do {
            _ = try await api.patch(path, .merge, body: json.bytes, fieldManager: KubernetesWorkloads.fieldManager)
        } catch let error as KubernetesError where error.kind == .notFound {
            // Events go after an hour, or with their namespace.
            series.withLock { $0[key] = nil }
            return false
        } catch {
            throw PortError(error, isChange: true)
        }
        let counted = next
        series.withLock { $0[key] = counted }
        return true
    }

    /// What an event names of its object: `kubectl describe` looks for kind and uid.
    private struct Object: Decodable {
        struct Metadata: Decodable {
            var uid: String
            var resourceVersion: String
        }
        var apiVersion: String
        var kind: String
        var metadata: Metadata
    }

    private func object(_ subject: Subject) async throws(PortError) -> Object {
        let path = try subject.path
        do {
            return try await api.get(path, as: Object.self)
        } catch {
            throw PortError(error, isChange: false)
        }
    }

    private func body(_ event: ObjectEvent, _ object: Object, name: String) -> [UInt8] {
        var json = JSONText(reservingCapacity: 1024)
        func append(_ name: StaticString, _ text: String) {
            json.append(raw: ",\"")
            json.append(raw: name)
            json.append(raw: "\":")
            json.append(string: text)
        }
        json.append(raw: "{\"apiVersion\":\"events.k8s.io/v1\",\"kind\":\"Event\",\"metadata\":{\"name\":")
        json.append(string: name)
        append("namespace", event.subject.namespace)
        json.append(raw: "},\"regarding\":{\"apiVersion\":")
        json.append(string: object.apiVersion)
        append("kind", object.kind)
        append("namespace", event.subject.namespace)
        append("name", event.subject.name)
        append("uid", object.metadata.uid)
        append("resourceVersion", object.metadata.resourceVersion)
        json.append(raw: "}")
        append("eventTime", event.at.rfc3339Micro)
        append("reportingController", controller)
        append("reportingInstance", instance)
        append("type", event.kind.rawValue)
        append("reason", Self.cut(event.reason, to: 128))
        append("action", Self.cut(event.action, to: 128))
        append("note", Self.cut(event.note, to: 1024))
        json.append(raw: "}")
        return json.bytes
    }

    /// The object's name and a digest: the same event has the same name when it is sent again.
    private static func name(_ event: ObjectEvent, uid: String, instance: String) -> String {
        var hash = StableHash()
        for part in [uid, instance, event.kind.rawValue, event.reason, event.action, event.note, event.at.rfc3339Micro] {
            hash.add(part.utf8)
            hash.end()
        }
        let digest = String(hash.value, radix: 16)
        var name = event.subject.name.prefix(230)
        while let last = name.last, last == "." || last == "-" { name = name.dropLast() }
        return "\(name).\(String(repeating: "0", count: 16 - digest.count))\(digest)"
    }

    /// At most so many bytes of a text, whole characters.
    private static func cut(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var kept = String.UnicodeScalarView()
        var length = 0
        for scalar in text.unicodeScalars {
            length += UTF8.width(scalar)
            // Three bytes for the ellipsis.
            guard length <= limit - 3 else { break }
            kept.append(scalar)
        }
        return String(kept) + "…"
    }
}
