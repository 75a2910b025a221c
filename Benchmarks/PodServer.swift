import AutomatonCore
import Engine
import Logging
import ServiceLifecycle
import SimulatedAPI
import Simulator

#if canImport(Glibc)
    import Glibc
#endif

/// A simulated API server in a process of its own, so that its memory is not taken for the client's.
enum PodServer {
    /// Serves the recorded pods, several times over under other names, and prints its port.
    static func run(copies: Int) async {
        do {
            let cluster = Cluster(ControlPlane(store: try store(copies: copies)), clock: ScaledClock(start: WallClock.read()))
            let server = SimulatedAPIServer(cluster: cluster)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await ServiceGroup(services: [server], logger: Logger(label: "server")).run() }
                group.addTask {
                    print(try await server.port)
                    fflush(nil)
                    // The parent's end of the pipe closes when it is done.
                    while readLine() != nil {}
                    exit(0)
                }
                try await group.waitForAll()
            }
        } catch {
            print("failed: \(error)")
        }
    }

    private static func store(copies: Int) throws -> Store {
        let items = try JSON(parsing: RecordedPods.list())["items"]?.array ?? []
        var store = Store()
        for copy in 0..<copies {
            for (index, item) in items.enumerated() {
                var pod = item
                pod["metadata", "name"] = .string("\(item["metadata", "name"]?.string ?? "pod")-\(copy)-\(index)")
                pod["metadata", "namespace"] = "production"
                try store.create(.pods, pod, at: WallClock.read())
            }
        }
        return store
    }
}
