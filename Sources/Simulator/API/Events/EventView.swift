/// How Events look through `events.k8s.io/v1`: they are the objects of core/v1, under other names.
///
/// Source: `pkg/apis/events/v1/conversion.go` and `pkg/apis/core/validation/events.go` of Kubernetes 1.36.
public struct EventView: Sendable, Hashable {
    /// The version that is served.
    static let apiVersion = "events.k8s.io/v1"
    /// The group.
    static let group = "events.k8s.io"
    /// The name of Go's struct in ``SchemaText``.
    static let schema = "EventsEvent"

    /// What core/v1 calls it, and this group.
    private static let names = [
        ("involvedObject", "regarding"), ("message", "note"), ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"), ("reportingComponent", "reportingController"),
    ]

    /// The fields that a fieldSelector may name, and what core/v1 calls them.
    static let selectableFields: [String: String] = [
        "reason": "reason", "type": "type", "reportingController": "reportingComponent", "regarding.kind": "involvedObject.kind",
        "regarding.namespace": "involvedObject.namespace", "regarding.name": "involvedObject.name", "regarding.uid": "involvedObject.uid",
        "regarding.apiVersion": "involvedObject.apiVersion", "regarding.resourceVersion": "involvedObject.resourceVersion",
        "regarding.fieldPath": "involvedObject.fieldPath",
    ]

    /// An Event as this group shows it.
    public func shown(_ event: JSON) -> JSON {
        var event = event
        for (core, name) in Self.names {
            event[name] = event[core]
            event[core] = nil
        }
        for name in ["reportingController", "reportingInstance"] where event[name]?.string?.isEmpty == true {
            event[name] = nil
        }
        if event["apiVersion"] != nil { event["apiVersion"] = .string(Self.apiVersion) }
        return event
    }

    /// An Event of this group as it is kept.
    func kept(_ event: JSON) -> JSON {
        var event = event
        for (core, name) in Self.names {
            event[core] = event[name]
            event[name] = nil
        }
        for name in ["reportingComponent", "reportingInstance"] where event[name] == nil { event[name] = "" }
        event["apiVersion"] = .string(ResourceType.events.apiVersion)
        return event
    }

    // MARK: Validation, of the Event as it is kept

    /// What this group wants of a new Event beyond what core/v1 does.
    func creationErrors(_ event: JSON) -> [FieldError] {
        var errors = Self.series(event)
        if event["eventTime"]?.string?.isEmpty ?? true { errors.append(.required("eventTime")) }
        let type = event["type"]?.string ?? ""
        if type != "Normal", type != "Warning" { errors.append(.invalid("type", "", "has invalid value: \(type)")) }
        for field in ["firstTimestamp", "lastTimestamp"] where !(event[field]?.string?.isEmpty ?? true) {
            errors.append(.invalid(field, "", "needs to be unset"))
        }
        if (event["count"]?.int ?? 0) != 0 { errors.append(.invalid("count", "", "needs to be unset")) }
        if !(event["source"]?.object?.isEmpty ?? true) { errors.append(.invalid("source", "", "needs to be unset")) }
        return errors
    }

    /// What this group wants of a changed Event: nothing but its series changes.
    func changeErrors(_ new: JSON, from old: JSON) -> [FieldError] {
        var errors = new["series"] == old["series"] ? [] : Self.series(new)
        for field in [
            "involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type", "eventTime", "action",
            "related", "reportingComponent", "reportingInstance",
        ] where new[field] != old[field] {
            let name = field == "reportingComponent" ? "reportingController" : field
            errors.append(.invalid(name, new[field] ?? .null, "field is immutable"))
        }
        return errors
    }

    private static func series(_ event: JSON) -> [FieldError] {
        guard let series = event["series"], series != .null else { return [] }
        var errors: [FieldError] = []
        if (series["count"]?.int ?? 0) < 2 { errors.append(.invalid("series.count", "", "should be at least 2")) }
        if series["lastObservedTime"]?.string?.isEmpty ?? true { errors.append(.required("series.lastObservedTime")) }
        return errors
    }

    /// What every Event with an eventTime must have, in either version.
    static func newStyleErrors(_ event: JSON, controllerField: String) -> [FieldError] {
        var errors: [FieldError] = []
        let controller = event["reportingComponent"]?.string ?? ""
        if controller.isEmpty { errors.append(.required(controllerField)) }
        if let problem = NameRules.qualifiedName(controller) { errors.append(.invalid(controllerField, .string(controller), problem)) }
        for (field, limit) in [("reportingInstance", 128), ("action", 128), ("reason", 128)] {
            let text = event[field]?.string ?? ""
            if text.isEmpty { errors.append(.required(field)) }
            if text.utf8.count > limit { errors.append(.invalid(field, "", "can have at most \(limit) characters")) }
        }
        if (event["message"]?.string ?? "").utf8.count > 1024 {
            errors.append(.invalid("message", "", "can have at most 1024 characters"))
        }
        return errors
    }
}
