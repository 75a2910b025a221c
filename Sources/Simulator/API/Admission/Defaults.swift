/// The defaults that the API server fills in (k8s.io/kubernetes/pkg/apis/*/v1/defaults.go).
public enum Defaults {
    /// Fills in what a client left out of an object.
    public static func apply(to object: inout JSON, type: ResourceType) {
        switch type {
        case .pods: pod(&object)
        case .deployments:
            template(&object)
            set(&object, ["spec", "replicas"], 1)
            set(&object, ["spec", "revisionHistoryLimit"], 10)
            set(&object, ["spec", "progressDeadlineSeconds"], 600)
            set(&object, ["spec", "strategy", "type"], "RollingUpdate")
            if object["spec", "strategy", "type"] == "RollingUpdate" {
                set(&object, ["spec", "strategy", "rollingUpdate", "maxUnavailable"], "25%")
                set(&object, ["spec", "strategy", "rollingUpdate", "maxSurge"], "25%")
            }
        case .replicaSets:
            template(&object)
            set(&object, ["spec", "replicas"], 1)
        case .statefulSets:
            template(&object)
            set(&object, ["spec", "replicas"], 1)
            set(&object, ["spec", "podManagementPolicy"], "OrderedReady")
            set(&object, ["spec", "revisionHistoryLimit"], 10)
            set(&object, ["spec", "updateStrategy", "type"], "RollingUpdate")
            if object["spec", "updateStrategy", "type"] == "RollingUpdate" {
                set(&object, ["spec", "updateStrategy", "rollingUpdate", "partition"], 0)
            }
            set(&object, ["spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"], "Retain")
            set(&object, ["spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"], "Retain")
        case .daemonSets:
            template(&object)
            set(&object, ["spec", "revisionHistoryLimit"], 10)
            set(&object, ["spec", "updateStrategy", "type"], "RollingUpdate")
            if object["spec", "updateStrategy", "type"] == "RollingUpdate" {
                set(&object, ["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"], 1)
                set(&object, ["spec", "updateStrategy", "rollingUpdate", "maxSurge"], 0)
            }
        case .jobs: job(&object)
        case .secrets: set(&object, ["type"], "Opaque")
        case .services: service(&object)
        case .namespaces:
            set(&object, ["spec", "finalizers"], ["kubernetes"])
            set(&object, ["status", "phase"], "Active")
            if let name = object["metadata", "name"] { set(&object, ["metadata", "labels", "kubernetes.io/metadata.name"], name) }
        case .limitRanges: limitRange(&object)
        case .horizontalPodAutoscalers:
            set(&object, ["spec", "minReplicas"], 1)
            let processor: JSON = ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 80]]
            set(&object, ["spec", "metrics"], [["type": "Resource", "resource": processor]])
        default: break
        }
    }

    private static func set(_ object: inout JSON, _ path: [JSON.Step], _ value: JSON) {
        if object[path: path] == nil { object[path: path] = value }
    }

    private static func template(_ object: inout JSON) {
        guard var spec = object["spec", "template", "spec"] else { return }
        podSpec(&spec)
        object["spec", "template", "spec"] = spec
    }

    private static func job(_ object: inout JSON) {
        template(&object)
        if object["spec", "completions"] == nil, object["spec", "parallelism"] == nil { object["spec", "completions"] = 1 }
        set(&object, ["spec", "parallelism"], 1)
        set(&object, ["spec", "backoffLimit"], 6)
        set(&object, ["spec", "completionMode"], "NonIndexed")
        set(&object, ["spec", "suspend"], false)
        set(&object, ["spec", "manualSelector"], false)
        set(&object, ["spec", "podReplacementPolicy"], "TerminatingOrFailed")
    }

    private static func service(_ object: inout JSON) {
        set(&object, ["spec", "sessionAffinity"], "None")
        set(&object, ["spec", "type"], "ClusterIP")
        set(&object, ["spec", "internalTrafficPolicy"], "Cluster")
        set(&object, ["spec", "ipFamilies"], ["IPv4"])
        set(&object, ["spec", "ipFamilyPolicy"], "SingleStack")
        for index in (object["spec", "ports"]?.array ?? []).indices {
            set(&object, ["spec", "ports", .element(index), "protocol"], "TCP")
            if object["spec", "ports", .element(index), "targetPort"] == 0 {
                object["spec", "ports", .element(index), "targetPort"] = object["spec", "ports", .element(index), "port"]
            }
        }
        if let address = object["spec", "clusterIP"] { set(&object, ["spec", "clusterIPs"], [address]) }
    }

    private static func limitRange(_ object: inout JSON) {
        let items = object["spec", "limits"]?.array ?? []
        for (index, item) in items.enumerated() where item["type"] == "Container" {
            for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
                for (name, quantity) in object["spec", "limits", .element(index), .member(from)]?.object ?? JSONObject() {
                    set(&object, ["spec", "limits", .element(index), .member(to), .member(name)], quantity)
                }
            }
        }
    }

    private static func pod(_ object: inout JSON) {
        var spec = object["spec"] ?? .emptyObject
        podSpec(&spec)
        set(&spec, ["enableServiceLinks"], true)
        for list in ["containers", "initContainers"] {
            for (index, container) in (spec[list]?.array ?? []).enumerated() {
                for (resource, quantity) in container["resources", "limits"]?.object ?? JSONObject() {
                    set(&spec, [.member(list), .element(index), "resources", "requests", .member(resource)], quantity)
                }
            }
        }
        object["spec"] = spec
        set(&object, ["status", "phase"], "Pending")
    }

    private static func podSpec(_ spec: inout JSON) {
        set(&spec, ["restartPolicy"], "Always")
        set(&spec, ["terminationGracePeriodSeconds"], 30)
        set(&spec, ["dnsPolicy"], "ClusterFirst")
        set(&spec, ["securityContext"], .emptyObject)
        set(&spec, ["schedulerName"], "default-scheduler")
        if let account = spec["serviceAccountName"]?.string, !account.isEmpty { spec["serviceAccount"] = .string(account) }
        if let account = spec["serviceAccount"]?.string, !account.isEmpty { spec["serviceAccountName"] = .string(account) }
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            guard let containers = spec[list]?.array else { continue }
            spec[list] = .array(containers.map { container($0, isEphemeral: list == "ephemeralContainers") })
        }
        for index in (spec["volumes"]?.array ?? []).indices { volume(&spec, index) }
    }

    private static func container(_ original: JSON, isEphemeral: Bool) -> JSON {
        var container = original
        set(&container, ["resources"], .emptyObject)
        set(&container, ["terminationMessagePath"], "/dev/termination-log")
        set(&container, ["terminationMessagePolicy"], "File")
        if container["imagePullPolicy"] == nil {
            let image = container["image"]?.string ?? ""
            let last = image.split(separator: "/").last ?? ""
            let isLatest = !image.contains("@") && (!last.contains(":") || last.hasSuffix(":latest"))
            container["imagePullPolicy"] = isLatest ? "Always" : "IfNotPresent"
        }
        for index in (container["ports"]?.array ?? []).indices { set(&container, ["ports", .element(index), "protocol"], "TCP") }
        for (index, variable) in (container["env"]?.array ?? []).enumerated() where variable["valueFrom", "fieldRef"] != nil {
            set(&container, ["env", .element(index), "valueFrom", "fieldRef", "apiVersion"], "v1")
        }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] where container[probe] != nil {
            for (key, value) in [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)] {
                set(&container, [.member(probe), .member(key)], JSON(value))
            }
            httpGet(&container, [.member(probe), "httpGet"])
        }
        for hook in ["postStart", "preStop"] { httpGet(&container, ["lifecycle", .member(hook), "httpGet"]) }
        return container
    }

    private static func httpGet(_ container: inout JSON, _ path: [JSON.Step]) {
        guard container[path: path] != nil else { return }
        set(&container, path + ["path"], "/")
        set(&container, path + ["scheme"], "HTTP")
    }

    private static func volume(_ spec: inout JSON, _ index: Int) {
        let path: [JSON.Step] = ["volumes", .element(index)]
        guard let volume = spec[path: path] else { return }
        for source in ["secret", "configMap", "projected", "downwardAPI"] where volume[source] != nil {
            set(&spec, path + [.member(source), "defaultMode"], 420)
        }
        if volume["hostPath"] != nil { set(&spec, path + ["hostPath", "type"], "") }
        for sourceIndex in (volume["projected", "sources"]?.array ?? []).indices
        where volume["projected", "sources", .element(sourceIndex), "serviceAccountToken"] != nil {
            set(
                &spec, path + ["projected", "sources", .element(sourceIndex), "serviceAccountToken", "expirationSeconds"], 3600)
        }
        if volume.object?.count == 1 { spec[path: path + ["emptyDir"]] = .emptyObject }
    }
}
