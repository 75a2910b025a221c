internal import AutomatonCore

/// What events are asked about.
struct EventObject: Hashable, Sendable, CustomStringConvertible {
    var kind: String
    var namespace: String
    var name: String

    var description: String { "\(kind.lowercased())/\(name)" }
}

/// Events, or why there are none.
struct EventReading: Sendable {
    var events: [IncidentContext.ObjectEvent] = []
    var missing: String?
}

extension EventReading {
    init(missing why: String) { self.init(events: [], missing: why) }
}

extension KubernetesContexts {
    private static let mostEvents = 20
    private static let oldest: Duration = .hours(1)
    /// Pages of 500 that are read of one object: the server sorts by name, not by time.
    private static let mostPages = 2

    /// The newest events about any of these, oldest first. Through core/v1, which serves those that were written as events.k8s.io/v1, too.
    func events(about objects: [EventObject]) async -> EventReading {
        var found: [IncidentContext.ObjectEvent] = []
        var problems: [String] = []
        let since = clock() - Self.oldest
        for object in objects {
            do {
                found += try await events(about: object).compactMap { $0.kept(since: since, scrub: scrub) }
            } catch {
                problems.append("\(object): \(why(error))")
                // Whoever may not read these may not read the others.
                if case .forbidden? = (error as? KubernetesError)?.kind { break }
            }
        }
        found.sort { ($0.at, $0.about, $0.reason, $0.note) < ($1.at, $1.about, $1.reason, $1.note) }
        var reading = EventReading(events: Array(found.suffix(Self.mostEvents)))
        if !problems.isEmpty {
            reading.missing = problems.joined(separator: "; ")
        } else if found.isEmpty {
            reading.missing = "the cluster has none of the last hour about \(objects.map(\.description).joined(separator: ", "))"
        }
        return reading
    }

    private func events(about object: EventObject) async throws -> [CoreEvent] {
        let query: APIQuery = ["fieldSelector": "involvedObject.kind=\(object.kind),involvedObject.name=\(object.name)"]
        let path = APIPath(namespace: object.namespace, resource: "events")
        var events: [CoreEvent] = []
        var token: String?
        for _ in 0..<Self.mostPages {
            let page = try await api.get(path, query: query.page(500, token), as: CoreEvent.List.self)
            events += page.items ?? []
            token = page.metadata?.continue
            if token?.isEmpty ?? true { break }
        }
        return events
    }
}

extension APIQuery {
    fileprivate func page(_ limit: Int, _ token: String?) -> APIQuery {
        var query = self
        query["limit"] = "\(limit)"
        query["continue"] = token
        return query
    }
}

/// What is read of a core/v1 Event. Some have only an eventTime, others only first and last.
struct CoreEvent: Decodable {
    struct List: Decodable {
        struct Metadata: Decodable { var `continue`: String? }
        var metadata: Metadata?
        var items: [CoreEvent]?
    }
    struct Metadata: Decodable { var creationTimestamp: String? }
    struct Object: Decodable {
        var kind: String?
        var name: String?
    }
    struct Series: Decodable {
        var count: Int?
        var lastObservedTime: String?
    }
    var metadata: Metadata?
    var involvedObject: Object?
    var type: String?
    var reason: String?
    var message: String?
    var count: Int?
    var firstTimestamp: String?
    var lastTimestamp: String?
    var eventTime: String?
    var series: Series?

    /// When it was seen last; nil when it does not say.
    private var lastSeen: Instant? {
        let times = [series?.lastObservedTime, lastTimestamp, eventTime, firstTimestamp].compactMap { $0.flatMap { Instant(rfc3339: $0) } }
        return times.max() ?? metadata?.creationTimestamp.flatMap { Instant(rfc3339: $0) }
    }

    /// As it is kept; nil when it is older than that, or has no time.
    func kept(since: Instant, scrub: (String) -> String) -> IncidentContext.ObjectEvent? {
        guard let at = lastSeen, at >= since else { return nil }
        func line(_ text: String?) -> String { TextExcerpt.line.line(of: text ?? "", scrub: scrub) }
        return IncidentContext.ObjectEvent(
            at: at, type: type == "Warning" ? "Warning" : "Normal", reason: line(reason), note: line(message),
            count: max(1, series?.count ?? count ?? 1),
            about: "\(line(involvedObject?.kind).lowercased())/\(line(involvedObject?.name))")
    }
}
