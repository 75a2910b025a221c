/// What the API server refuses in a pod's spec, also inside a template.
enum PodValidation {
    static func spec(_ spec: JSON, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        var volumes: Set<String> = []
        for (index, volume) in (spec["volumes"]?.array ?? []).enumerated() {
            let name = volume["name"]?.string ?? ""
            let place = "\(path).volumes[\(index)].name"
            if name.isEmpty {
                errors.append(.required(place))
            } else if let problem = NameRules.label(name) {
                errors.append(.invalid(place, .string(name), problem))
            } else if !volumes.insert(name).inserted {
                errors.append(.duplicate(place, .string(name)))
            }
        }
        let containers = spec["containers"]?.array ?? []
        if containers.isEmpty { errors.append(.required("\(path).containers")) }
        var names: Set<String> = []
        for list in ["containers", "initContainers"] {
            for (index, container) in (spec[list]?.array ?? []).enumerated() {
                let place = "\(path).\(list)[\(index)]"
                let name = container["name"]?.string ?? ""
                if name.isEmpty {
                    errors.append(.required("\(place).name"))
                } else if let problem = NameRules.label(name) {
                    errors.append(.invalid("\(place).name", .string(name), problem))
                } else if !names.insert(name).inserted {
                    errors.append(.duplicate("\(place).name", .string(name)))
                }
                errors += self.container(container, place, volumes)
            }
        }
        if let policy = spec["restartPolicy"], !["Always", "OnFailure", "Never"].contains(policy) {
            errors.append(.notSupported("\(path).restartPolicy", policy, ["Always", "OnFailure", "Never"]))
        }
        if let policy = spec["dnsPolicy"], !["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"].contains(policy) {
            errors.append(
                .notSupported("\(path).dnsPolicy", policy, ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]))
        }
        if let seconds = spec["activeDeadlineSeconds"]?.int, !(1...2_147_483_647).contains(seconds) {
            errors.append(.invalid("\(path).activeDeadlineSeconds", JSON(seconds), "must be between 1 and 2147483647, inclusive"))
        }
        return errors + Validation.notNegative(spec, path, ["terminationGracePeriodSeconds"])
    }

    private static func container(_ container: JSON, _ path: String, _ volumes: Set<String>) -> [FieldError] {
        var errors: [FieldError] = []
        let image = container["image"]?.string ?? ""
        if image.isEmpty {
            errors.append(.required("\(path).image"))
        } else if image.first?.isWhitespace ?? false || image.last?.isWhitespace ?? false {
            errors.append(.invalid("\(path).image", .string(image), "must not have leading or trailing whitespace"))
        }
        if let policy = container["imagePullPolicy"], !["Always", "IfNotPresent", "Never"].contains(policy) {
            errors.append(.notSupported("\(path).imagePullPolicy", policy, ["Always", "IfNotPresent", "Never"]))
        }
        for (index, port) in (container["ports"]?.array ?? []).enumerated() {
            let place = "\(path).ports[\(index)]"
            let number = port["containerPort"]?.int ?? 0
            if number == 0 {
                errors.append(.required("\(place).containerPort"))
            } else if !(1...65535).contains(number) {
                errors.append(.invalid("\(place).containerPort", JSON(number), "must be between 1 and 65535, inclusive"))
            }
        }
        for (index, variable) in (container["env"]?.array ?? []).enumerated() where variable["name"]?.isEmpty ?? true {
            errors.append(.required("\(path).env[\(index)].name"))
        }
        for (index, mount) in (container["volumeMounts"]?.array ?? []).enumerated() {
            let place = "\(path).volumeMounts[\(index)]"
            let name = mount["name"]?.string ?? ""
            if name.isEmpty {
                errors.append(.required("\(place).name"))
            } else if !volumes.contains(name) {
                errors.append(FieldError(reason: "FieldValueNotFound", field: "\(place).name", message: "Not found: \"\(name)\""))
            }
            if mount["mountPath"]?.isEmpty ?? true { errors.append(.required("\(place).mountPath")) }
        }
        return errors + resources(container["resources"] ?? .emptyObject, "\(path).resources")
    }

    private static func resources(_ resources: JSON, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        let limits = resources["limits"]?.object ?? JSONObject()
        let requests = resources["requests"]?.object ?? JSONObject()
        let known = ["cpu", "memory", "ephemeral-storage", "storage"]
        func check(_ name: String, _ value: JSON, _ place: String) {
            if !name.contains("/"), !known.contains(name), !name.hasPrefix("hugepages-") {
                errors.append(.invalid("\(place)[\(name)]", .string(name), "must be a standard resource type or fully qualified"))
                errors.append(.invalid("\(place)[\(name)]", .string(name), "must be a standard resource for containers"))
            }
            if let quantity = Quantity(value.string ?? ""), quantity.nanos < 0 {
                errors.append(.invalid("\(place)[\(name)]", value, "must be greater than or equal to 0"))
            }
        }
        for (name, value) in limits { check(name, value, "\(path).limits") }
        for (name, value) in requests {
            check(name, value, "\(path).requests")
            guard let request = Quantity(value.string ?? ""), let text = limits[name]?.string, let limit = Quantity(text) else { continue }
            if request > limit {
                errors.append(
                    .invalid("\(path).requests", .string(request.text), "must be less than or equal to \(name) limit of \(limit.text)"))
            }
        }
        return errors
    }

    /// Most of a pod's spec cannot change.
    static func update(_ new: JSON, _ old: JSON) -> [FieldError] {
        guard mutableRemoved(new["spec"]) != mutableRemoved(old["spec"]) else { return [] }
        // The real message ends in a diff of Go structs, which nothing should rely on.
        return [
            .forbidden(
                "spec",
                "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
                    + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
                    + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)")
        ]
    }

    private static func mutableRemoved(_ spec: JSON?) -> JSON? {
        var spec = spec
        for key in ["activeDeadlineSeconds", "tolerations", "nodeName"] { spec?[key] = nil }
        for list in ["containers", "initContainers"] {
            for index in (spec?[list]?.array ?? []).indices { spec?[list]?[index]?["image"] = nil }
        }
        return spec
    }
}
