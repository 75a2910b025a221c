import SimulatedAPI
import Simulator
import Testing

/// The faults that the demo and the tests of clients inject.
@Suite struct FaultTests {
    private static let path = "/api/v1/namespaces/default/configmaps"

    @Test func throttledIsTextWithRetryAfter() async throws {
        try await withServer { server in
            server.faults.inject(.throttled, count: 2, method: "GET", path: "configmaps")
            for _ in 0..<2 {
                let answer = try await server.client.get(Self.path)
                #expect(answer.status == 429)
                #expect(answer.header("Retry-After") == "1")
                #expect(answer.header("Content-Type")?.hasPrefix("text/plain") == true)
            }
            let status = try await server.client.get(Self.path).status
            #expect(status == 200)
            #expect(server.faults.pending == 0)
        }
    }

    @Test(arguments: [(APIFaultInjection.Fault.internalError, 500), (.conflict, 409)])
    func answersStatus(fault: APIFaultInjection.Fault, code: Int) async throws {
        try await withServer { server in
            server.faults.inject(fault, method: "GET")
            let answer = try await server.client.get(Self.path)
            #expect(answer.status == code)
            #expect(answer.json["kind"] == "Status")
            #expect(answer.json["code"]?.int == code)
        }
    }

    @Test(arguments: [APIFaultInjection.Fault.droppedConnection, .hang(.milliseconds(50))])
    func closesWithoutAnswer(fault: APIFaultInjection.Fault) async throws {
        try await withServer { server in
            server.faults.inject(fault)
            await #expect(throws: (any Error).self) { try await server.client.get(Self.path) }
            let status2 = try await server.client.get(Self.path).status
            #expect(status2 == 200)
        }
    }

    @Test func onlyWhatMatchesFails() async throws {
        try await withServer { server in
            server.faults.inject(.internalError, method: "PATCH", path: "deployments")
            let status3 = try await server.client.get(Self.path).status
            #expect(status3 == 200)
            #expect(server.faults.pending == 1)
            server.faults.clear()
            #expect(server.faults.pending == 0)
        }
    }
}
