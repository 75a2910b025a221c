import AutomatonCore
import SimulatedAPI
import Simulator
import Testing

/// Autoscalers as objects, and scaling by hand.
@Suite struct AutoscalerTests {
    private static let autoscalers = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"
    private static let scaledObjects = "/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects"

    private static func autoscaler(most: Int = 5, least: Int? = nil) -> JSON {
        var spec: JSON = ["scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"], "maxReplicas": JSON(most)]
        if let least { spec["minReplicas"] = JSON(least) }
        return ["apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": ["name": "web"], "spec": spec]
    }

    private func withDefault(_ features: ClusterFeatures, _ body: @Sendable (ServerFixture) async throws -> Void) async throws {
        try await withServer(features: features) { server in
            _ = try await server.client.post(
                "/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "default"]])
            try await body(server)
        }
    }

    @Test func horizontalPodAutoscalers() async throws {
        try await withDefault(.bare) { server in
            let made = try await server.client.post(Self.autoscalers, Self.autoscaler())
            #expect(made.status == 201 && made.json["spec", "minReplicas"] == 1)
            #expect(made.json["spec", "metrics", 0, "resource", "target", "averageUtilization"] == 80)
            let list = try await server.client.get(Self.autoscalers).json
            #expect(list["kind"] == "HorizontalPodAutoscalerList" && list["items", 0, "spec", "scaleTargetRef", "name"] == "web")
            let wrong = try await server.client.post(Self.autoscalers, Self.autoscaler(most: 2, least: 3))
            #expect(wrong.status == 422 && wrong.json["details", "causes", 0, "field"] == "spec.maxReplicas")
            #expect(try await server.client.get("/apis/autoscaling/v1/horizontalpodautoscalers").status == 404)
        }
    }

    @Test func scaledObjectsNeedTheirDefinition() async throws {
        let object: JSON = [
            "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": ["name": "mail"],
            "spec": ["scaleTargetRef": ["name": "mail"], "triggers": [["type": "kafka", "metadata": ["lagThreshold": "10"]]]],
        ]
        try await withDefault(.bare) { server in
            let absent = try await server.client.get(Self.scaledObjects)
            #expect(absent.status == 404 && absent.text == "404 page not found\n")
        }
        try await withDefault(.complete) { server in
            #expect(try await server.client.post(Self.scaledObjects, object).status == 201)
            let list = try await server.client.get(Self.scaledObjects).json
            #expect(list["items", 0, "spec"] == object["spec"])
            let strategic = try await server.client.patch("\(Self.scaledObjects)/mail", ["spec": ["paused": true]])
            #expect(strategic.status == 415)
            let merged = try await server.client.patch(
                "\(Self.scaledObjects)/mail", ["spec": ["maxReplicaCount": 4]], type: "merge-patch+json")
            #expect(merged.status == 200 && merged.json["spec", "maxReplicaCount"] == 4)
        }
    }

    @Test(arguments: [("deployments", WorkloadBlueprint.Kind.deployment()), ("statefulsets", .statefulSet)])
    func podsFollowAPatchOfReplicas(plural: String, kind: WorkloadBlueprint.Kind) async throws {
        try await withServer(controllers: [World(World.Configuration(timeScale: 0.02))]) { server in
            try await server.cluster.write { store, now in
                _ = try store.deploy(WorkloadBlueprint("mail", kind, replicas: 2), in: "production", at: now)
            }
            for count in [6, 1] {
                let path = "/apis/apps/v1/namespaces/production/\(plural)/mail"
                #expect(try await server.client.patch(path, ["spec": ["replicas": JSON(count)]]).status == 200)
                let follows = await eventually {
                    await server.cluster.read { store in
                        let pods = store.list(.pods, namespace: "production")
                        return pods.count == count && pods.allSatisfy { $0["status", "phase"] == "Running" && !$0.isBeingDeleted }
                    }
                }
                #expect(follows)
            }
        }
    }
}
