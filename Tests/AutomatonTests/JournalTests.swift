import EmbeddedPostgres
import Foundation
import Simulator
import Testing

/// Two processes and one journal, without an election.
@Suite("One journal", .timeLimit(.minutes(10)))
struct JournalTests {
    @Test("A run whose process lives keeps its directory; the next one has it when that is dead")
    func directory() async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            let state = ["--state", stage.directory.path + "/state"]
            _ = try await stage.withAutomaton(state) { first in
                try await first.line("The journal was read")
                for options in [[], ["--dry-run"]] {
                    let second = try await Program.run(stage.arguments + state + options, environment: Stage.impatient)
                    #expect(second.end == .exit(1), "\(second.log)")
                    #expect(second.log.contains(try! Regex("is in use by run [0-9a-z]+, process [0-9]+ on ")), "\(second.log)")
                    #expect(second.log.contains("end that one first, or name another directory with --state"))
                }
                try await stage.oom(mebibytes: 1536)
                try await first.line("Done on oom-killed")
                first.kill()
                _ = try await first.wait()
            }
            _ = try await stage.withAutomaton(state) { next in try await next.line("The journal was read") }
        }
    }

    @Test("A database: who cannot listen takes nothing; who lost it ends and says so")
    func database() async throws {
        let server = try await TemporaryServer.start()
        let result: Result<Void, any Error>
        do {
            try await withStage { stage in try await Self.play(stage, ["--journal", server.local()]) }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await server.stop()
        try result.get()
    }

    private static func play(_ stage: Stage, _ journal: [String]) async throws {
        try await stage.deploy(Email.blueprint)
        try await stage.withAutomaton(journal) { first in
            try await first.line("The journal was read")
            let port = try await Scrape(of: first).port
            let late = try await Program.run(
                stage.arguments + journal + ["--listen", "127.0.0.1:\(port)"], environment: Stage.impatient)
            #expect(late.end == .exit(2), "\(late.log)")
            #expect(late.log.contains("another process listens there"))
            #expect(!late.log.contains("The journal was read"))
            let dry = try await Program.run(stage.arguments + journal + ["--dry-run"], environment: Stage.impatient)
            #expect(dry.end == .exit(1) && dry.log.contains("would take the journal from the run that has it"), "\(dry.log)")
            try await stage.oom(mebibytes: 1536)
            try await first.line("Done on oom-killed")

            try await stage.withAutomaton(journal) { second in
                try await second.line("The journal was read")
                // It learns of it with the next thing that it wants to write.
                try await stage.oom(mebibytes: 4096)
                #expect(try await first.wait() == .exit(2))
                let why = first.lines.last { $0.message.contains("Failed") }
                #expect(first.log.contains("was taken over by run "), "\(first.transcript)")
                #expect(first.log.contains("Two runs without leader election must not share a journal"), "\(String(describing: why))")
            }
        }
    }
}
