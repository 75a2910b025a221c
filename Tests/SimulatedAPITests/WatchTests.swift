import SimulatedAPI
import Simulator
import Synchronization
import Testing

/// What clients that watch depend on: order, resumption, expiry, and that a dropped watch ends.
@Suite struct WatchTests {
    private static let path = "/api/v1/namespaces/default/configmaps"

    private static func configMap(_ name: String) -> JSON { ["metadata": ["name": .string(name)], "data": ["a": "1"]] }

    @Test func resumesWithEveryChangeInOrder() async throws {
        try await withServer(controllers: []) { server in
            try await server.prepareDefaultNamespace()
            let start = try await server.client.get(Self.path).json["metadata", "resourceVersion"]?.string ?? ""
            for name in ["a", "b", "c"] { _ = try await server.client.post(Self.path, Self.configMap(name)) }
            _ = try await server.client.patch("\(Self.path)/b", ["data": ["a": "2"]])
            _ = try await server.client.send("DELETE", "\(Self.path)/a")
            let watch = try await server.client.get("\(Self.path)?watch=true&resourceVersion=\(start)&timeoutSeconds=1")
            let seen = watch.events.map { "\($0["type"]?.string ?? "") \($0["object", "metadata", "name"]?.string ?? "")" }
            #expect(seen == ["ADDED a", "ADDED b", "ADDED c", "MODIFIED b", "DELETED a"])
            let versions = watch.events.compactMap { $0["object", "metadata", "resourceVersion"]?.string.flatMap { Int($0) } }
            #expect(versions == versions.sorted() && Set(versions).count == 5)
        }
    }

    @Test func expiredVersionIsOneErrorEventWith410() async throws {
        try await withServer { server in
            let start = try await server.client.get(Self.path).json["metadata", "resourceVersion"]?.string ?? ""
            _ = await server.cluster.write { store, now in try? store.create(.configMaps, Self.configMap("late"), at: now) }
            await server.faults.expireHistory()
            let watch = try await server.client.get("\(Self.path)?watch=true&resourceVersion=\(start)")
            #expect(watch.status == 200)
            #expect(watch.events.count == 1)
            #expect(watch.events.first?["type"] == "ERROR")
            #expect(watch.events.first?["object", "code"] == 410)
            let list = try await server.client.get("\(Self.path)?resourceVersion=\(start)&resourceVersionMatch=Exact")
            #expect(list.status == 410)
        }
    }

    @Test func droppedWatchEnds() async throws {
        try await withServer { server in
            let watch = Task { try await server.client.get("\(Self.path)?watch=true") }
            #expect(await eventually { await server.cluster.watchCount == 1 })
            await server.faults.dropWatches()
            let status = try await watch.value.status
            #expect(status == 200)
            #expect(await server.cluster.watchCount == 0)
        }
    }

    @Test func shutdownEndsWatches() async throws {
        let watch = try await withServer { server in
            let watch = Task { try await server.client.get("\(Self.path)?watch=true") }
            #expect(await eventually { await server.cluster.watchCount == 1 })
            return watch
        }
        let status2 = try await watch.value.status
        #expect(status2 == 200)
    }

    @Test func slowReaderIsCutOffAndNotBuffered() async throws {
        let store = Store(logCapacity: 64)
        let cluster = Cluster(ControlPlane(store: store), clock: ScaledClock(start: simulationStart))
        let watch = try await cluster.watch(.configMaps, namespace: nil, from: .now)
        await cluster.write { store, now in
            for index in 0..<200 { _ = try? store.create(.configMaps, Self.configMap("c-\(index)"), at: now) }
        }
        var told = 0
        for await _ in watch.notices { told += 1 }
        #expect(told < 200)
        #expect(await cluster.watchCount == 0)
    }
}

extension ServerFixture {
    /// Makes the namespace `default` where no controller does.
    func prepareDefaultNamespace() async throws {
        try await cluster.write { store, now in _ = try store.create(.namespaces, ["metadata": ["name": "default"]], at: now) }
    }
}
