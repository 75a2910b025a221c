import AutomatonCore
import CurlHTTP
import KubernetesClient
import SimulatedAPI
import Simulator
import Testing

/// Revisions of a Deployment through the API, as `kubectl rollout undo` and the automaton go back to them.
@Suite struct RevisionTests {
    private static let path = "/apis/apps/v1/namespaces/production/deployments/web"
    private static let subject = Subject(.deployment, namespace: "production", name: "web")
    private static let workload = WorkloadName.deployment("web", in: "production")

    private func withWeb(_ body: @Sendable (ServerFixture, KubernetesWorkloads) async throws -> Void) async throws {
        try await withServer(controllers: [World(World.Configuration(timeScale: 0.02))]) { server in
            try await server.cluster.write { store, now in
                _ = try store.deploy(WorkloadBlueprint("web", replicas: 2), in: "production", at: now)
            }
            #expect(await isRolledOut(server))
            let http = try HTTPClient()
            let api = KubernetesAPI(ClusterConfiguration(server: "http://127.0.0.1:\(server.client.port)"), http: http, retry: .never)
            try await body(server, KubernetesWorkloads(api))
            await http.shutdown()
        }
    }

    private func isRolledOut(_ server: ServerFixture) async -> Bool {
        await eventually {
            await server.cluster.read { $0.get(.deployments, namespace: "production", name: "web")?.isRolledOut ?? false }
        }
    }

    private func deployment(_ server: ServerFixture) async throws -> JSON { try await server.client.get(Self.path).json }

    /// What `kubectl rollout undo` sends: a JSON patch of the template and of all annotations.
    private func undoAsKubectl(_ server: ServerFixture, to set: JSON) async throws -> Answer {
        var template = set["spec"]?["template"] ?? .null
        template["metadata", "labels", "pod-template-hash"] = nil
        let present = try await deployment(server)["metadata", "annotations"]?.strings ?? [:]
        let skipped = ["revision", "revision-history", "desired-replicas", "max-replicas"].map { "deployment.kubernetes.io/\($0)" }
        var annotations = present.filter { skipped.contains($0.key) }
        for (key, value) in set["metadata"]?["annotations"]?.strings ?? [:] where !skipped.contains(key) { annotations[key] = value }
        return try await server.client.patch(
            Self.path,
            [
                ["op": "replace", "path": "/spec/template", "value": template],
                ["op": "replace", "path": "/metadata/annotations", "value": JSON(annotations)],
            ], type: "json-patch+json")
    }

    @Test func goesBackAsKubectlDoes() async throws {
        try await withWeb { server, workloads in
            try await server.cluster.write { store, _ in
                _ = try store.update(.deployments, namespace: "production", name: "web") {
                    $0["metadata", "annotations", "kubernetes.io/change-cause"] = "release 1"
                }
            }
            let before = try await deployment(server)["spec", "template"]
            let listed = try await server.client.get("/apis/apps/v1/namespaces/production/replicasets").json["items", 0]
            let set = try #require(listed)
            // One way, then the other: each time a bad release before.
            for way in ["kubectl", "automaton"] {
                try await server.cluster.write { store, _ in
                    try store.rollOutBadRelease(of: Self.workload, image: "registry.example.com/web:3")
                    _ = try store.update(.deployments, namespace: "production", name: "web") {
                        $0["metadata", "annotations", "kubernetes.io/change-cause"] = "release 3"
                    }
                }
                let isMade = try await eventually {
                    try await workloads.revisions(of: Self.subject).first?.images == ["registry.example.com/web:3"]
                }
                #expect(isMade)
                if way == "kubectl" {
                    #expect(try await undoAsKubectl(server, to: set).status == 200)
                } else {
                    let stamp = Stamp(attempt: AttemptID("a-1"), rule: "crash-loop", remediation: "rollout-undo", at: simulationStart)
                    let target = try #require(try await workloads.revisions(of: Self.subject).first { !$0.isAlike })
                    #expect(target.uid == set["metadata", "uid"]?.string)
                    // Again when the controller wrote its status in between.
                    let undone = await eventually {
                        guard let workload = try? await workloads.read(Self.subject) else { return false }
                        let write = WorkloadWrite(
                            [.template(replicaSet: target.replicaSet, uid: target.uid)],
                            precondition: .version(uid: workload.uid, resourceVersion: workload.resourceVersion))
                        return (try? await workloads.write(write, to: Self.subject, stamp: stamp))?.stamps == [stamp]
                    }
                    #expect(undone)
                }
                let after = try await deployment(server)
                #expect(after["spec", "template"] == before, "\(way)")
                #expect(after["metadata", "annotations", "kubernetes.io/change-cause"] == "release 1", "\(way)")
                #expect(await isRolledOut(server))
                let revisions = try await workloads.revisions(of: Self.subject)
                #expect(revisions.map(\.number) == (way == "kubectl" ? [3, 2] : [5, 4]))
                #expect(revisions.first?.isCurrent == true && revisions.first?.uid == set["metadata", "uid"]?.string)
                #expect(revisions.first?.readySince != nil && revisions.first?.readyReplicas == 2)
            }
        }
    }

    @Test func whatTheAutomatonNeedsToKnow() async throws {
        try await withWeb { server, workloads in
            let patch: JSON = ["metadata": ["annotations": ["self-healing-automaton/mode": "observe"]], "spec": ["replicas": 4]]
            for manager in ["kubectl-scale", "argocd-controller"] {
                _ = try await server.client.patch(Self.path + "?fieldManager=\(manager)", patch)
            }
            #expect(await isRolledOut(server))
            let workload = try await workloads.read(Self.subject)
            #expect(workload.wish == ObjectWish(mode: .observe))
            #expect(workload.readyReplicas == 4 && workload.desired == 4 && workload.takesDown == 1 && workload.revision == 1)
            // The second wrote nothing new: an update owns what it changed.
            #expect(workload.owners == [FieldOwner(kind: .person, name: "kubectl-scale", field: .replicas)])
            let image: JSON = ["spec": ["template": ["spec": ["containers": [["name": "web", "image": "registry.example.com/web:3"]]]]]]
            _ = try await server.client.patch(Self.path + "?fieldManager=argocd-controller", image)
            #expect(
                try await workloads.read(Self.subject).owners.contains(.init(kind: .gitOps, name: "argocd-controller", field: .template)))
        }
    }

    /// A precondition that fails is a conflict in a strategic patch with `$patch: replace`, as in any other; nothing is changed.
    @Test func replacesTheTemplateUnderItsPrecondition() async throws {
        try await withWeb { server, _ in
            let before = try await deployment(server)
            var template = before["spec", "template"] ?? .null
            template["$patch"] = "replace"
            template["spec", "containers", 0, "image"] = "registry.example.com/web:9"
            template["spec", "containers", 0, "ports"] = nil
            for (version, uid, status) in [("1", nil, 409), (nil, "x", 422)] as [(String?, String?, Int)] {
                var metadata: JSON = .emptyObject
                if let version { metadata["resourceVersion"] = .string(version) }
                if let uid { metadata["uid"] = .string(uid) }
                let answer = try await server.client.patch(Self.path, ["metadata": metadata, "spec": ["template": template]])
                #expect(answer.status == status)
            }
            #expect(try await deployment(server)["spec"] == before["spec"])
            let answer = try await server.client.patch(Self.path, ["spec": ["template": template]])
            #expect(answer.status == 200)
            // What the patch does not name is gone, unlike in a merge.
            let container = try await deployment(server)["spec", "template", "spec", "containers", 0]
            #expect(container?["image"] == "registry.example.com/web:9" && container?["ports"] == nil && container?["$patch"] == nil)
            #expect(try await deployment(server)["spec", "template", "$patch"] == nil)
        }
    }
}
