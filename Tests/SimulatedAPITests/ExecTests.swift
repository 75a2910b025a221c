import AutomatonCore
import SimulatedAPI
import Simulator
import Testing

/// Commands in pods over a WebSocket, and the figures of disks that follow them.
@Suite struct ExecTests {
    /// A shop of one Deployment whose disk is full of logs, once its pod runs.
    private func withLogs(
        features: ClusterFeatures = .complete, access: Access = .open, annotations: [String: String] = [:],
        _ body: @Sendable (ServerFixture, ExecClient, _ pod: String) async throws -> Void
    ) async throws {
        try await withServer(controllers: [World(World.Configuration(timeScale: 0.02))], access: access, features: features) { server in
            let name = try await server.cluster.write { store, now in
                try store.deploy(
                    WorkloadBlueprint("mail", replicas: 1, podAnnotations: annotations, claims: ["/data": "mail-data"]), in: "production",
                    at: now)
            }
            var pod = ""
            let runs = await eventually {
                pod = await server.cluster.read {
                    $0.list(.pods, namespace: "production").first { $0["status", "phase"] == "Running" }?.name ?? ""
                }
                return !pod.isEmpty
            }
            #expect(runs)
            if annotations.isEmpty {
                try await server.cluster.write { store, now in try store.fillDisk(name, path: "/data/logs", to: 96, at: now) }
            }
            try await body(server, ExecClient(port: server.client.port), pod)
        }
    }

    private static let old = ["find", "/data/logs", "-xdev", "-maxdepth", "1", "-type", "f", "-name", "app.log.*", "-mtime", "+7"]

    @Test(arguments: ["v5.channel.k8s.io", "v4.channel.k8s.io"])
    func listsAndDeletes(subprotocol: String) async throws {
        try await withLogs { server, client, pod in
            let full = try await client.exec(["df", "-P", "-k", "/data"], pod: pod, subprotocol: subprotocol)
            #expect(full.status == 101)
            #expect(full.head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
            #expect(full.head.contains("Sec-WebSocket-Protocol: \(subprotocol)"))
            #expect(full.output.split(separator: "\n").last?.hasSuffix(" 96% /data") == true)
            #expect(full.end == ["metadata": [:], "status": "Success"])
            #expect(full.closeCode == 1000)

            let listed = try await client.exec(Self.old + ["-printf", "%b %T@ %p\\0"], pod: pod, subprotocol: subprotocol)
            let files = listed.output.split(separator: "\0").map { $0.split(separator: " ") }
            // Ten rotated logs, three days apart: from nine days on.
            #expect(files.map { String($0[2]) }.sorted() == (3...10).map { "/data/logs/app.log.\($0)" }.sorted())
            let bytes = files.reduce(Int64(0)) { $0 + (Int64($1[0]) ?? 0) * 512 }

            #expect(try await Self.used(server, pod) > 9 << 30)
            let deleted = try await client.exec(Self.old + ["-delete"], pod: pod, subprotocol: subprotocol)
            #expect(deleted.output.isEmpty && deleted.end["status"] == "Success")
            let less = try await Self.used(server, pod)
            #expect(less < 3 << 30)
            let now = try await client.exec(["df", "-P", "-k", "/data"], pod: pod, subprotocol: subprotocol)
            let before = full.output.split(separator: "\n").last?.split(separator: " ").compactMap { Int64($0) } ?? []
            let after = now.output.split(separator: "\n").last?.split(separator: " ").compactMap { Int64($0) } ?? []
            #expect((before[1] - after[1]) << 10 == bytes)
            let rest = try await client.exec(["find", "/data/logs", "-type", "f"], pod: pod, subprotocol: subprotocol)
            #expect(rest.output.split(separator: "\n").count == 3)
        }
    }

    /// `usedBytes` of the claim in the kubelet's summary.
    private static func used(_ server: ServerFixture, _ pod: String) async throws -> Int64 {
        let node = await server.cluster.read { $0.get(.pods, namespace: "production", name: pod)?["spec", "nodeName"]?.string ?? "" }
        let summary = try await server.client.get("/api/v1/nodes/\(node)/proxy/stats/summary")
        #expect(summary.status == 200)
        #expect(summary.json["node", "nodeName"]?.string == node)
        let found = try #require(summary.json["pods"]?.array?.first { $0["podRef", "name"]?.string == pod })
        #expect(found["ephemeral-storage", "usedBytes"]?.int == 24 << 20)
        let volume = try #require(found["volume", 0])
        #expect(volume["pvcRef"] == ["name": "mail-data", "namespace": "production"])
        #expect(volume["capacityBytes"]?.int == 10 << 30)
        return Int64(volume["usedBytes"]?.int ?? 0)
    }

    @Test func annotationsFillTheNodesDisk() async throws {
        try await withLogs(annotations: ["simulator/disk-usage": "/var/log/mail=90%"]) { server, client, pod in
            let full = try await client.exec(["df", "-P", "-k", "/var/log/mail"], pod: pod)
            #expect(full.output.split(separator: "\n").last?.hasSuffix(" 90% /") == true)
            let node = await server.cluster.read { $0.get(.pods, namespace: "production", name: pod)?["spec", "nodeName"]?.string ?? "" }
            let summary = try await server.client.get("/api/v1/nodes/\(node)/proxy/stats/summary").json
            let used = summary["node", "fs", "usedBytes"]?.int ?? 0
            let capacity = summary["node", "fs", "capacityBytes"]?.int ?? 1
            #expect((89...90).contains(used * 100 / capacity))
            let missing = try await server.client.get("/api/v1/nodes/none/proxy/stats/summary")
            #expect(missing.status == 404)
        }
    }

    @Test func exitCodesAndErrorsOfCommands() async throws {
        try await withLogs { _, client, pod in
            let unknown = try await client.exec(["sh", "-c", "ls"], pod: pod)
            #expect(unknown.end["reason"] == "NonZeroExitCode")
            #expect(unknown.end["details", "causes", 0, "reason"] == "ExitCode")
            #expect(unknown.exitCode == "127")
            #expect(unknown.errors.contains("executable file not found"))
            let missing = try await client.exec(["find", "/nope", "-type", "f"], pod: pod)
            #expect(missing.errors == "find: '/nope': No such file or directory\n")
            #expect(missing.exitCode == "1")
            // What is not asked for is not sent.
            let quiet = try await client.exec(["find", "/nope"], pod: pod, query: "&stdout=true")
            #expect(quiet.errors.isEmpty && quiet.exitCode == "1")
        }
    }

    @Test func refusedBeforeTheProtocolChanges() async throws {
        let rules = [
            Access.Rule(verbs: ["get", "list"], resources: ["pods", "pods/exec"])
        ]
        let access = Access(tokens: [
            "reader": Access.User(name: "reader", rules: rules), "none": Access.User(name: "none", rules: []),
            "all": .administrator,
        ])
        try await withLogs(access: access) { _, client, pod in
            let all = ["Authorization": "Bearer all"]
            let missing = try await client.exec(["df"], pod: "nope", headers: all)
            #expect(missing.status == 404 && missing.json["message"] == "pods \"nope\" not found")
            let container = try await client.exec(["df"], pod: pod, query: "&stdout=true&container=nope", headers: all)
            #expect(container.status == 400 && container.json["message"]?.string == "container nope is not valid for pod \(pod)")
            let reader = try await client.exec(["df"], pod: pod, headers: ["Authorization": "Bearer reader"])
            #expect(reader.status == 403)
            #expect(
                reader.json["message"]?.string
                    == "pods \"\(pod)\" is forbidden: User \"reader\" cannot create resource \"pods/exec\" in API group \"\" in the namespace \"production\""
            )
            let none = try await client.exec(["df"], pod: pod, headers: ["Authorization": "Bearer none"])
            #expect(none.status == 403 && none.json["message"]?.string?.contains("cannot get resource") == true)
            #expect(try await client.exec(["df"], pod: pod, headers: ["Authorization": "Bearer x"]).status == 401)
            #expect(try await client.exec(["df"], pod: pod, headers: all).end["status"] == "Success")
        }
    }

    @Test func whatTheKubeletSaysComesAsStatus() async throws {
        try await withLogs(annotations: ["simulator/exit-code": "1", "simulator/after": "1s"]) { server, client, pod in
            let isDown = await eventually {
                await server.cluster.read {
                    $0.get(.pods, namespace: "production", name: pod)?["status", "containerStatuses", 0, "state", "waiting"] != nil
                }
            }
            #expect(isDown)
            let answer = try await client.exec(["df"], pod: pod)
            #expect(answer.status == 101)
            #expect(answer.end["reason"] == "InternalError" && answer.end["code"] == 500)
            #expect(answer.end["message"]?.string?.contains("container not found (\"mail\")") == true)
        }
    }

    @Test func withoutAKubelet() async throws {
        try await withLogs(features: .bare) { server, client, pod in
            let translated = try await client.exec(["df"], pod: pod)
            #expect(translated.status == 101 && translated.end["reason"] == "InternalError")
            #expect(translated.end["message"]?.string?.contains("connection refused") == true)
            let older = try await client.exec(["df"], pod: pod, subprotocol: "v4.channel.k8s.io")
            #expect(older.status == 500)
            #expect(older.json["message"]?.string?.hasPrefix("error dialing backend") == true)
            #expect(try await server.client.get("/api/v1/nodes/sim-1/proxy/stats/summary").status == 400)
        }
    }

    @Test func faultsOfTheStream() async throws {
        try await withLogs { server, client, pod in
            server.faults.inject(.brokenStream, path: "/exec")
            let broken = try await client.exec(["df", "-P", "-k", "/"], pod: pod)
            #expect(broken.status == 101 && broken.closeCode == nil && broken.end == .null && !broken.output.isEmpty)
            server.faults.inject(.silentStream(.milliseconds(50)), path: "/exec")
            let silent = try await client.exec(["df"], pod: pod)
            #expect(silent.status == 101 && silent.closeCode == nil && silent.output.isEmpty)
            server.faults.inject(.internalError, path: "/exec")
            #expect(try await client.exec(["df"], pod: pod).status == 500)
            #expect(server.faults.pending == 0)
            #expect(try await client.exec(["df"], pod: pod).closeCode == 1000)
        }
    }

    @Test func longOutputComesInFramesAndPingsAreAnswered() async throws {
        try await withLogs { server, client, pod in
            try await server.cluster.write { store, now in
                let files = (0..<4000).map { SimulatedFile("/tmp/many/file-\($0)", bytes: 10, modifiedAt: now) }
                try store.write(files, into: .deployment("mail", in: "production"), at: now)
            }
            let answer = try await client.exec(["find", "/tmp/many", "-type", "f"], pod: pod)
            #expect(answer.output.split(separator: "\n").count == 4000)
            #expect(answer.frames > 3)
            server.faults.inject(.silentStream(.milliseconds(200)), path: "/exec")
            let pinged = try await client.exec(["df"], pod: pod, ping: Array("hello".utf8))
            #expect(pinged.pongs == [Array("hello".utf8)])
        }
    }
}
