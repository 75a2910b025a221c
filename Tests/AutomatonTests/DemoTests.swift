import Testing

/// What a person sees first.
@Suite("Demo", .timeLimit(.minutes(10)))
struct DemoTests {
    @Test("All faults of the demo are healed, also with faults of the API", arguments: [[], ["--faults"]])
    func healed(_ options: [String]) async throws {
        try await Gate.shared.pass {
            let result = try await Program.run(["demo", "--rules", Program.shippedRules] + options, environment: ["NO_COLOR": "1"])
            let said = "\(result.out)\n\(result.log)"
            #expect(result.end == .exit(0), "\(said)")
            #expect(result.out.contains("thresholds are shorter than the defaults"))
            #expect(result.out.contains("4 of 4 faults healed"), "\(said)")
            let lines = result.out.split(separator: "\n")
            let head = try #require(lines.firstIndex { $0.hasPrefix("FAULT") }, "\(said)")
            for word in ["DETECTED", "HEALED", "ATTEMPTS", "TIME TO RECOVER"] { #expect(lines[head].contains(word)) }
            let table = lines[(head + 1)...].prefix(4)
            for workload in ["email-service", "checkout", "catalog", "inventory"] {
                #expect(table.contains { $0.contains("/\(workload) ") && !$0.contains("not healed") }, "\(workload):\n\(said)")
            }
            #expect(result.out.contains("  trouble  ") == !options.isEmpty)
        }
    }
}
