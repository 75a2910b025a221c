/// What the API server refuses with 422, in its words (k8s.io/kubernetes/pkg/apis/*/validation), for the fields that simulated clusters use.
enum Validation {
    private static let notNegative = "must be greater than or equal to 0"

    static func create(_ object: JSON, type: ResourceType, view: EventView? = nil) -> [FieldError] {
        metadata(object["metadata"] ?? .emptyObject, type) + fields(object, type, view) + (view?.creationErrors(object) ?? [])
    }

    static func update(_ new: JSON, from old: JSON, type: ResourceType, view: EventView? = nil) -> [FieldError] {
        let changes = metadataUpdate(new["metadata"] ?? .emptyObject, old["metadata"] ?? .emptyObject)
        // Both the generic and the type's own validation look at metadata.
        let limits = immutable(new, old, type) + (view?.changeErrors(new, from: old) ?? [])
        let contents = labels(new["metadata"] ?? .emptyObject, "metadata") + fields(new, type, view)
        return changes + changes + (type == .secrets ? limits + contents : contents + limits)
    }

    // MARK: Metadata

    private static func metadata(_ metadata: JSON, _ type: ResourceType) -> [FieldError] {
        var errors: [FieldError] = []
        let name = metadata["name"]?.string ?? ""
        if name.isEmpty {
            errors.append(.required("metadata.name", "name or generateName is required"))
        } else if let problem = (type == .namespaces || type == .services ? NameRules.label(name) : NameRules.subdomain(name)) {
            errors.append(.invalid("metadata.name", .string(name), problem))
        }
        errors += labels(metadata, "metadata")
        for (index, owner) in (metadata["ownerReferences"]?.array ?? []).enumerated() {
            for key in ["apiVersion", "kind", "name", "uid"] where owner[key]?.isEmpty ?? true {
                errors.append(
                    .invalid(
                        "metadata.ownerReferences[\(index)].\(key)", "",
                        key == "apiVersion" ? "version must not be empty" : "must not be empty"))
            }
        }
        let controllers = (metadata["ownerReferences"]?.array ?? []).filter { $0["controller"] == true }
        if controllers.count > 1 {
            let names = controllers.map { $0["name"]?.string ?? "" }
            errors.append(
                .invalid(
                    "metadata.ownerReferences", metadata["ownerReferences"] ?? .null,
                    "Only one reference can have Controller set to true. Found \"true\" in references for \(names[0]) and \(names[1])"))
        }
        for finalizer in metadata["finalizers"]?.array?.compactMap(\.string) ?? [] {
            if let problem = NameRules.qualifiedName(finalizer) {
                errors.append(.invalid("metadata.finalizers", .string(finalizer), problem))
            }
        }
        return errors
    }

    private static func labels(_ metadata: JSON, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        for (key, value) in metadata["labels"]?.object ?? JSONObject() {
            if let problem = NameRules.qualifiedName(key) { errors.append(.invalid("\(path).labels", .string(key), problem)) }
            if let problem = NameRules.labelValue(value.string ?? "") { errors.append(.invalid("\(path).labels", value, problem)) }
        }
        var size = 0
        for (key, value) in metadata["annotations"]?.object ?? JSONObject() {
            if let problem = NameRules.qualifiedName(key.lowercased()) {
                errors.append(.invalid("\(path).annotations", .string(key), problem))
            }
            size += key.utf8.count + (value.string?.utf8.count ?? 0)
        }
        if size > 262_144 { errors.append(.tooLong("\(path).annotations", 262_144)) }
        return errors
    }

    private static func metadataUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var errors: [FieldError] = []
        if let uid = new["uid"], uid != old["uid"] { errors.append(.invalid("metadata.uid", uid, "field is immutable")) }
        if old["deletionTimestamp"] != nil {
            let known = Set(old["finalizers"]?.array ?? [])
            let added = (new["finalizers"]?.array ?? []).filter { !known.contains($0) }
            if !added.isEmpty {
                let list = added.map(\.text).joined(separator: ", ")
                errors.append(
                    .forbidden(
                        "metadata.finalizers",
                        "no new finalizers can be added if the object is being deleted, found new finalizers []string{\(list)}"))
            }
        }
        return errors
    }

    // MARK: Types

    private static func fields(_ object: JSON, _ type: ResourceType, _ view: EventView?) -> [FieldError] {
        switch type {
        case .pods: PodValidation.spec(object["spec"] ?? .emptyObject, "spec")
        case .deployments, .replicaSets, .statefulSets, .daemonSets: workload(object, type)
        case .jobs: job(object)
        case .configMaps: configMap(object)
        case .secrets: secret(object)
        case .leases: lease(object["spec"] ?? .emptyObject)
        case .events: event(object, view)
        case .limitRanges: limitRange(object)
        case .podDisruptionBudgets: budget(object["spec"] ?? .emptyObject)
        case .horizontalPodAutoscalers: autoscaler(object["spec"] ?? .emptyObject)
        default: []
        }
    }

    private static func autoscaler(_ spec: JSON) -> [FieldError] {
        var errors: [FieldError] = []
        let least = spec["minReplicas"]?.int ?? 1
        let most = spec["maxReplicas"]?.int ?? 0
        if least < 1 { errors.append(.invalid("spec.minReplicas", JSON(least), "must be greater than or equal to 1")) }
        if most < 1 { errors.append(.invalid("spec.maxReplicas", JSON(most), "must be greater than 0")) }
        if most < least { errors.append(.invalid("spec.maxReplicas", JSON(most), "must be greater than or equal to `minReplicas`")) }
        for key in ["kind", "name"] where spec["scaleTargetRef", .member(key)]?.isEmpty ?? true {
            errors.append(.required("spec.scaleTargetRef.\(key)"))
        }
        return errors
    }

    static func notNegative(_ object: JSON, _ path: String, _ fields: [String]) -> [FieldError] {
        fields.compactMap { field in
            guard let value = object[field], let number = value.int, number < 0 else { return nil }
            return .invalid("\(path).\(field)", value, notNegative)
        }
    }

    private static func workload(_ object: JSON, _ type: ResourceType) -> [FieldError] {
        let spec = object["spec"] ?? .emptyObject
        var errors = notNegative(spec, "spec", ["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"])
        let selector = spec["selector"] ?? .emptyObject
        let template = spec["template"] ?? .emptyObject
        if selector.isEmpty {
            if type == .statefulSets || type == .daemonSets {
                errors.append(.invalid("spec.selector", selector, "empty selector is invalid for \(type.kind.lowercased())"))
            } else {
                errors.append(.required("spec.selector"))
                if type == .deployments {
                    errors.append(.invalid("spec.selector", selector, "empty selector is invalid for deployment"))
                }
            }
        } else if !LabelSelector(object: selector).matches(template["metadata", "labels"]?.strings ?? [:]) {
            errors.append(
                .invalid(
                    "spec.template.metadata.labels", template["metadata", "labels"] ?? .emptyObject,
                    "`selector` does not match template `labels`"))
        }
        errors += labels(template["metadata"] ?? .emptyObject, "spec.template")
        errors += PodValidation.spec(template["spec"] ?? .emptyObject, "spec.template.spec")
        if let policy = template["spec", "restartPolicy"], policy != "Always" {
            errors.append(.notSupported("spec.template.spec.restartPolicy", policy, ["Always"]))
        }
        if type == .deployments {
            let strategy = spec["strategy", "type"]?.string ?? ""
            if strategy == "Recreate", spec["strategy", "rollingUpdate"] != nil {
                errors.append(
                    .forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'"))
            } else if strategy != "Recreate", strategy != "RollingUpdate" {
                errors.append(.notSupported("spec.strategy", spec["strategy", "type"] ?? "", ["Recreate", "RollingUpdate"]))
            }
            if let deadline = spec["progressDeadlineSeconds"]?.int, let ready = spec["minReadySeconds"]?.int, deadline <= ready {
                errors.append(.invalid("spec.progressDeadlineSeconds", JSON(deadline), "must be greater than minReadySeconds"))
            }
        }
        return errors
    }

    private static func job(_ object: JSON) -> [FieldError] {
        let spec = object["spec"] ?? .emptyObject
        var errors = notNegative(
            spec, "spec", ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"])
        errors += PodValidation.spec(spec["template", "spec"] ?? .emptyObject, "spec.template.spec")
        let policy = spec["template", "spec", "restartPolicy"] ?? ""
        if policy == "Always" {
            errors.append(
                FieldError(
                    reason: "FieldValueRequired", field: "spec.template.spec.restartPolicy",
                    message: "Required value: valid values: \"OnFailure\", \"Never\""))
        }
        return errors
    }

    private static func configMap(_ object: JSON) -> [FieldError] {
        var errors: [FieldError] = []
        var size = 0
        for part in ["data", "binaryData"] {
            for (key, value) in object[part]?.object ?? JSONObject() {
                if let problem = NameRules.configKey(key) { errors.append(.invalid("\(part)[\(key)]", .string(key), problem)) }
                if part == "binaryData", object["data"]?[key] != nil {
                    errors.append(.invalid("\(part)[\(key)]", .string(key), "duplicate of key present in data"))
                }
                size += value.string?.utf8.count ?? 0
            }
        }
        if size > 1_048_576 { errors.append(.tooLong("[]", 1_048_576)) }
        return errors
    }

    private static func secret(_ object: JSON) -> [FieldError] {
        var errors: [FieldError] = []
        for key in object["data"]?.object?.keys ?? [] {
            if let problem = NameRules.configKey(key) { errors.append(.invalid("data[\(key)]", .string(key), problem)) }
        }
        let needed: [String] =
            switch object["type"]?.string {
            case "kubernetes.io/tls": ["tls.crt", "tls.key"]
            case "kubernetes.io/dockerconfigjson": [".dockerconfigjson"]
            default: []
            }
        for key in needed where object["data"]?[key] == nil { errors.append(.required("data[\(key)]")) }
        return errors
    }

    private static func lease(_ spec: JSON) -> [FieldError] {
        var errors: [FieldError] = []
        if let seconds = spec["leaseDurationSeconds"]?.int, seconds <= 0 {
            errors.append(.invalid("spec.leaseDurationSeconds", JSON(seconds), "must be greater than 0"))
        }
        return errors + notNegative(spec, "spec", ["leaseTransitions"])
    }

    private static func event(_ object: JSON, _ view: EventView?) -> [FieldError] {
        guard object["eventTime"]?.string?.isEmpty ?? true else {
            return EventView.newStyleErrors(object, controllerField: view == nil ? "reportingComponent" : "reportingController")
        }
        let namespace = object["metadata", "namespace"]?.string ?? ""
        let involved = object["involvedObject", "namespace"]?.string ?? ""
        let isClusterScoped = involved.isEmpty && namespace == "default"
        guard involved != namespace, !isClusterScoped else { return [] }
        return [.invalid("involvedObject.namespace", .string(involved), "does not match event.namespace")]
    }

    private static func limitRange(_ object: JSON) -> [FieldError] {
        var errors: [FieldError] = []
        for (index, item) in (object["spec", "limits"]?.array ?? []).enumerated() {
            for (name, value) in item["min"]?.object ?? JSONObject() {
                guard let low = Quantity(value.string ?? ""), let maximum = item["max"]?[name]?.string, let high = Quantity(maximum) else {
                    continue
                }
                if low > high {
                    errors.append(
                        .invalid(
                            "spec.limits[\(index)].min[\(name)]", value, "min value \(low.text) is greater than max value \(high.text)"))
                }
            }
        }
        return errors
    }

    private static func budget(_ spec: JSON) -> [FieldError] {
        guard spec["minAvailable"] != nil, spec["maxUnavailable"] != nil else { return [] }
        // The real message shows the internal struct, with Go's field names in Go's order.
        let text = ["MinAvailable", "Selector", "MaxUnavailable", "UnhealthyPodEvictionPolicy"].map { name in
            let key = name.prefix(1).lowercased() + name.dropFirst()
            return "\"\(name)\":\((spec[key] ?? .null).text)"
        }.joined(separator: ",")
        return [
            FieldError(
                reason: "FieldValueInvalid", field: "spec",
                message: "Invalid value: {\(text)}: minAvailable and maxUnavailable cannot be both set")
        ]
    }

    // MARK: What cannot change

    private static func immutable(_ new: JSON, _ old: JSON, _ type: ResourceType) -> [FieldError] {
        switch type {
        case .deployments, .replicaSets, .daemonSets:
            guard let selector = new["spec", "selector"], selector != old["spec", "selector"] else { return [] }
            return [.invalid("spec.selector", selector, "field is immutable")]
        case .statefulSets:
            let mutable = [
                "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy",
                "minReadySeconds",
            ]
            guard without(new["spec"], mutable) != without(old["spec"], mutable) else { return [] }
            return [
                .forbidden(
                    "spec",
                    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
                        + "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden")
            ]
        case .jobs:
            return ["selector", "template", "completionMode"].compactMap { field in
                guard let value = new["spec"]?[field], value != old["spec"]?[field] else { return nil }
                return .invalid("spec.\(field)", value, "field is immutable")
            }
        case .pods: return PodValidation.update(new, old)
        case .configMaps, .secrets:
            var errors: [FieldError] = []
            if old["immutable"] == true {
                if new["immutable"] != true {
                    errors.append(.forbidden("immutable", "field is immutable when `immutable` is set"))
                }
                for part in ["data", "binaryData"] where new[part] != old[part] {
                    errors.append(.forbidden(part, "field is immutable when `immutable` is set"))
                }
            }
            if type == .secrets, let value = new["type"], value != old["type"] {
                errors.insert(.invalid("type", value, "field is immutable"), at: 0)
            }
            return errors
        default: return []
        }
    }

    private static func without(_ object: JSON?, _ keys: [String]) -> JSON? {
        var object = object
        for key in keys { object?[key] = nil }
        return object
    }
}
