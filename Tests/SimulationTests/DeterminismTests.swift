import Foundation
import Testing

@testable import Simulation

/// The same seed gives the same history, line for line, in every process.
@Suite struct DeterminismTests {
    /// What identifies a history: FNV-1a over its trace, and how many lines it has.
    static func fingerprint(_ seed: UInt64) -> String {
        let trace = Simulation(seed: seed, hours: 6).run(isTracing: true).trace
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in trace.joined(separator: "\n").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "\(trace.count) lines, \(String(hash, radix: 16))"
    }

    @Test(arguments: [3, 8] as [UInt64]) func sameSeedSameTrace(seed: UInt64) async throws {
        let first = try await aside { Simulation(seed: seed, hours: 3).run(isTracing: true).trace }
        let second = try await aside { Simulation(seed: seed, hours: 3).run(isTracing: true).trace }
        #expect(first.count > 500)
        #expect(first == second)
    }

    @Test func otherSeedOtherTrace() async throws {
        #expect(try await aside { Self.fingerprint(3) != Self.fingerprint(4) })
    }

    /// Hashing is seeded anew in each process, unless it is told not to be: what is done in the order of a set shows.
    @Test func sameTraceInEveryProcess() async throws {
        let here = try await aside { Self.fingerprint(5) }
        setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
        defer { unsetenv("SWIFT_DETERMINISTIC_HASHING") }
        let result = try await #require(processExitsWith: .success, observing: [\.standardOutputContent]) {
            print("fingerprint: \(DeterminismTests.fingerprint(5))")
        }
        #expect(String(decoding: result.standardOutputContent, as: UTF8.self).contains("fingerprint: \(here)\n"))
    }
}
