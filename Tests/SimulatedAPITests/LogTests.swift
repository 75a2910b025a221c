import AutomatonCore
import SimulatedAPI
import Simulator
import Testing

/// `pods/log` with a kubelet behind it, in the words of kubernetes' `validateContainerLogStatus`.
@Suite struct LogTests {
    /// A Deployment `mail` of one pod, once it runs.
    static func withMail(
        annotations: [String: String] = [:], access: Access = .open, memory: Int64 = 256,
        _ body: @Sendable (ServerFixture, _ pod: String) async throws -> Void
    ) async throws {
        try await withServer(controllers: [World(World.Configuration(timeScale: 0.02))], access: access, features: .complete) { server in
            try await server.cluster.write { store, now in
                _ = try store.deploy(
                    WorkloadBlueprint(
                        "mail", replicas: 1, memoryLimit: ByteQuantity(bytes: memory << 20), podAnnotations: annotations),
                    in: "production", at: now)
            }
            var pod = ""
            let runs = await eventually {
                pod = await server.cluster.read {
                    $0.list(.pods, namespace: "production").first { $0["status", "phase"] == "Running" }?.name ?? ""
                }
                return !pod.isEmpty
            }
            #expect(runs)
            try await body(server, pod)
        }
    }

    static func isCrashLooping(_ server: ServerFixture, _ pod: String) async -> Bool {
        await eventually {
            await server.cluster.read {
                $0.get(.pods, namespace: "production", name: pod)?["status", "containerStatuses", 0, "lastState", "terminated"] != nil
            }
        }
    }

    private func path(_ pod: String) -> String { "/api/v1/namespaces/production/pods/\(pod)/log" }

    @Test func whatRunsHasNoPreviousRun() async throws {
        try await Self.withMail { server, pod in
            let log = try await server.client.get(path(pod))
            #expect(log.status == 200 && log.header("Content-Type") == "text/plain")
            let lines = log.text.split(separator: "\n")
            #expect(lines.count == 3 && lines[0].hasSuffix("INFO  mail starts, image registry.example.com/mail:2.4.1"), "\(lines)")
            let previous = try await server.client.get(path(pod) + "?previous=true")
            #expect(previous.status == 400 && previous.json["reason"] == "BadRequest")
            #expect(previous.json["message"]?.string == "previous terminated container \"mail\" in pod \"\(pod)\" not found")
            #expect(try await server.client.get(path(pod) + "?tailLines=1").text.hasSuffix("http: listening on :8080\n"))
            #expect(try await server.client.get(path(pod) + "?tailLines=0").text == "")
            #expect(try await server.client.get(path(pod) + "?limitBytes=7").text.utf8.count == 7)
            let timed = try await server.client.get(path(pod) + "?timestamps=true&tailLines=1").text
            #expect(timed.split(separator: " ").prefix(2).allSatisfy { Instant(rfc3339: String($0)) != nil })
            for (option, status) in [("limitBytes=0", 422), ("sinceSeconds=0", 422), ("follow=true", 501), ("container=x", 400)] {
                #expect(try await server.client.get(path(pod) + "?\(option)").status == status, "\(option)")
            }
        }
    }

    @Test func aCrashLeavesItsTrace() async throws {
        let annotations = ["simulator/exit-code": "3", "simulator/after": "1s", "simulator/log": "lock is held by\nanother one"]
        try await Self.withMail(annotations: annotations) { server, pod in
            #expect(await Self.isCrashLooping(server, pod))
            let log = try await server.client.get(path(pod) + "?previous=true&container=mail").text
            #expect(log.contains("\nlock is held by\nanother one\n") && log.contains("\tat com.example.shop.OrderLock"))
            #expect(log.hasSuffix("FATAL exit code 3\n"), "\(log)")
        }
    }

    @Test func anOutOfMemoryKillLeavesNoLastWord() async throws {
        try await Self.withMail(annotations: ["simulator/needs-memory": "1Gi"]) { server, pod in
            #expect(await Self.isCrashLooping(server, pod))
            let log = try await server.client.get(path(pod) + "?previous=true").text
            #expect(log.contains("memory: 98 % of 256Mi in use"))
            #expect(log.hasSuffix("reading 12,804 items into memory\n"), "\(log)")
        }
    }

    @Test func anImageThatIsMissingIsNotStarted() async throws {
        try await withServer(controllers: [World(World.Configuration(timeScale: 0.02))], features: .complete) { server in
            try await server.cluster.write { store, now in
                try store.deploy(WorkloadBlueprint("mail", replicas: 1), in: "production", at: now)
                try store.update(.deployments, namespace: "production", name: "mail") {
                    $0["spec", "template", "spec", "containers", 0, "image"] = "registry.example.com/mail:missing"
                }
            }
            let waits = try await eventually {
                let pods = await server.cluster.read { $0.list(.pods, namespace: "production").map(\.name) }
                for pod in pods {
                    let message = try await server.client.get(path(pod)).json["message"]?.string ?? ""
                    if message.contains("container \"mail\" in pod \"\(pod)\" is waiting to start: "), message.contains("image") {
                        return true
                    }
                }
                return false
            }
            #expect(waits)
        }
    }
}
