import SeededRandom
import AutomatonCore
import Testing

@testable import Remediations

/// The arithmetic: exact, and never above a cap.
@Suite struct MemoryRaiseTests {
    struct Row: Sendable {
        var limit: String
        var request: String?
        var factor = 2.0
        var cap = "8Gi"
        var ratio: Double?
        var newLimit: String
        var newRequest: String?
    }

    static let rows = [
        Row(limit: "1Gi", request: "512Mi", newLimit: "2Gi", newRequest: "1Gi"),
        Row(limit: "1Gi", request: nil, newLimit: "2Gi", newRequest: nil),
        Row(limit: "1Gi", request: "1Gi", newLimit: "2Gi", newRequest: "2Gi"),
        Row(limit: "100Mi", request: "50Mi", factor: 1.5, newLimit: "150Mi", newRequest: "75Mi"),
        Row(limit: "100Mi", request: "33Mi", factor: 1.1, newLimit: "110Mi", newRequest: "37Mi"),
        Row(limit: "1G", request: "500M", newLimit: "1908Mi", newRequest: "954Mi"),
        Row(limit: "1", request: nil, newLimit: "1Mi", newRequest: nil),
        Row(limit: "5Gi", request: "4Gi", newLimit: "8Gi", newRequest: "8Gi"),
        Row(limit: "5Gi", request: "1Gi", newLimit: "8Gi", newRequest: "2Gi"),
        Row(limit: "5Gi", request: "3Gi", factor: 10, cap: "6G", newLimit: "6G", newRequest: "6G"),
        Row(limit: "1Gi", request: "256Mi", ratio: 4, newLimit: "2Gi", newRequest: "512Mi"),
        Row(limit: "1Gi", request: "100Mi", ratio: 4, newLimit: "2Gi", newRequest: "512Mi"),
        Row(limit: "1Gi", request: "100Mi", ratio: 3, newLimit: "2Gi", newRequest: "683Mi"),
        Row(limit: "1Gi", request: "512Mi", ratio: 4, newLimit: "2Gi", newRequest: "1Gi"),
        Row(limit: "1Gi", request: "512Mi", ratio: 1, newLimit: "2Gi", newRequest: "2Gi"),
    ]

    @Test(arguments: rows) func table(_ row: Row) throws {
        let factor = try #require(MemoryRaise.Factor(row.factor))
        let cap = MemoryRaise.Cap(bytes: try #require(ByteQuantity(row.cap)), source: "MAX_MEMORY")
        let outcome = MemoryRaise.raise(container(limit: row.limit, request: row.request), by: factor, caps: [cap], ratio: row.ratio)
        guard case .raised(let raise) = outcome else { throw Unexpected() }
        #expect(raise.limit == ByteQuantity(row.newLimit))
        #expect(raise.request == row.newRequest.flatMap { ByteQuantity($0) })
    }

    @Test func neverBeyondAnyBound() throws {
        var random = SplitMix64(7)
        var raised = 0
        for _ in 0..<20_000 {
            let limit = Int64.random(in: 1...(1 << Int64.random(in: 1...62, using: &random)), using: &random)
            let request = Bool.random(using: &random) ? Int64.random(in: 1...limit, using: &random) : nil
            let factor = try #require(MemoryRaise.Factor(Double(Int64.random(in: 1001...10_000, using: &random)) / 1000))
            let caps = (0..<Int.random(in: 1...3, using: &random)).map { index in
                MemoryRaise.Cap(bytes: ByteQuantity(bytes: Int64.random(in: 1...(1 << 62), using: &random)), source: "cap \(index)")
            }
            let ratio = Bool.random(using: &random) ? Double.random(in: 1...8, using: &random) : nil
            let before = Workload.Container(
                name: "email", memoryLimit: ByteQuantity(bytes: limit), memoryRequest: request.map { ByteQuantity(bytes: $0) })
            switch MemoryRaise.raise(before, by: factor, caps: caps, ratio: ratio) {
            case .refused(let why):
                #expect(caps.contains { $0.bytes.bytes <= limit } || limit > .max - (1 << 20), "\(why)")
            case .raised(let raise):
                raised += 1
                #expect(raise.limit.bytes > limit)
                #expect(caps.allSatisfy { raise.limit <= $0.bytes })
                #expect((raise.request == nil) == (request == nil))
                if let request, let new = raise.request {
                    #expect(new <= raise.limit)
                    #expect(new.bytes >= request)
                    if let ratio { #expect(Double(raise.limit.bytes) / Double(new.bytes) <= ratio * 1.000_001) }
                }
                if raise.cappedBy == nil {
                    #expect(raise.limit.bytes % (1 << 20) == 0)
                    #expect(Double(raise.limit.bytes) <= Double(limit) * Double(factor.thousandths) / 1000 * 1.000_001 + Double(1 << 20))
                }
            }
        }
        #expect(raised > 1000)
    }

    @Test func theInverseTakesBackExactlyWhatWasWritten() async throws {
        var random = SplitMix64(11)
        for _ in 0..<300 {
            let limit = Int64.random(in: 1...(4 << 30), using: &random)
            let request = Bool.random(using: &random) ? Int64.random(in: 1...limit, using: &random) : nil
            let before = workload(
                email,
                Workload.Container(
                    name: "email", memoryLimit: ByteQuantity(bytes: limit), memoryRequest: request.map { ByteQuantity(bytes: $0) }),
                container("proxy"))
            let workloads = FakeWorkloads(before)
            let remediation = try RaiseMemory(.init(factor: 1.5))
            guard case .plan(let plan) = try await remediation.plan(for: oom(email, "email", "proxy"), on: email, in: world(workloads))
            else {
                throw Unexpected()
            }
            _ = try await remediation.apply(plan, stamp: stamp(2), in: world(workloads))
            #expect(workloads.workload.containers != before.containers)
            try await remediation.revert(plan, in: world(workloads))
            #expect(workloads.workload.containers == before.containers)
        }
    }

    struct Unexpected: Error {}
}
