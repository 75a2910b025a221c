import AutomatonCore
import Testing

@testable import Remediations

@Suite struct CleanLogsTests {
    private let full = Finding(email, observedAt: now, .seen(Evidence(figures: [Figure("used", 91, unit: "%")])))
    private static let rotated = CleanLogs.Parameters(path: "/var/log/app", name: "*.log.*")
    private let mebi: Int64 = 1 << 20

    private func world(_ files: FakeFiles) -> Environment {
        var subject = workload()
        (subject.wish, subject.readyReplicas) = (ObjectWish(mode: .observe), 3)
        var environment = RemediationsTests.world(FakeWorkloads(subject))
        environment.files = files
        return environment
    }

    private func plan(
        _ parameters: CleanLogs.Parameters, _ files: FakeFiles, on subject: Subject = email
    ) async throws -> PlanAnswer {
        try await CleanLogs(parameters).plan(for: full, on: subject, in: world(files))
    }

    private func planned(_ parameters: CleanLogs.Parameters, _ files: FakeFiles, on subject: Subject = email) async throws -> Plan {
        guard case .plan(let plan) = try await plan(parameters, files, on: subject) else { throw PortError.refused("no plan") }
        return plan
    }

    private func apply(_ plan: Plan, _ files: FakeFiles) async throws(PortError) -> AttemptReport {
        let remediation: CleanLogs
        do { remediation = try CleanLogs(.init(path: "/var/log/app", name: "*")) } catch { throw .refused("\(error)") }
        return try await remediation.apply(plan, stamp: stamp(2), in: world(files))
    }

    private func pods() -> FakeFiles {
        let files = FakeFiles(pods: ["email-1", "email-2", "email-3"])
        files.put(FakeFiles.pod("email-1"), used: 900 * mebi, ("/var/log/app/a.log.1", 100 * mebi), ("/var/log/app/b.log.1", 300 * mebi))
        files.put(FakeFiles.pod("email-2"), used: 900 * mebi, ("/var/log/app/a.log.1", 200 * mebi))
        files.put(FakeFiles.pod("email-3"), used: 100 * mebi)
        return files
    }

    @Test func thePlanIsTheListing() async throws {
        let files = pods()
        let plan = try await planned(Self.rotated, files)
        #expect(plan.summary == "delete 3 files (600Mi) older than 7 days below /var/log/app in 2 pods")
        #expect(
            plan.changes.map(\.field) == [
                "production/email-1: /var/log/app/b.log.1", "production/email-2: /var/log/app/a.log.1",
                "production/email-1: /var/log/app/a.log.1",
            ])
        #expect(plan.changes.first?.before?.hasPrefix("300Mi, last changed ") == true && plan.changes.allSatisfy { $0.after == "deleted" })
        #expect(plan.inverse == nil && plan.subject == email)
        var circumstances = Circumstances()
        circumstances.wish = ObjectWish(mode: .observe)
        #expect(plan.circumstances == circumstances)
        let search = FileSearch(path: "/var/log/app", name: "*.log.*", olderThanDays: 7, depth: 3, limit: 1000)
        #expect(plan.write == .files(FileCleaning(places: [FakeFiles.pod("email-1"), FakeFiles.pod("email-2")], search: search)))
        #expect(files.deletions == 0)
    }

    @Test func manyFilesAreSummedUp() async throws {
        let files = FakeFiles(pods: ["email-1"])
        for index in 0..<60 { files.put(FakeFiles.pod("email-1"), ("/var/log/app/\(index)", Int64(index) * mebi)) }
        let plan = try await planned(.init(path: "/var/log/app", name: "*.log.*", limit: 50), files)
        #expect(plan.changes.count == 21)
        #expect(plan.changes.last?.field == "30 files more" && plan.changes.last?.before == "435Mi")
        #expect(plan.summary.hasPrefix("delete the oldest 50 files (1.2Gi)") && plan.summary.contains("more than the limit of 50"))
        let report = try await apply(plan, files)
        #expect(report.summary == "Deleted 50 old log files, 1.2Gi freed" && report.details.count <= 41)
        #expect(files.left(FakeFiles.pod("email-1")).count == 10)
    }

    @Test func theReportIsTheSecondMeasurement() async throws {
        let files = pods()
        let plan = try await planned(Self.rotated, files)
        let report = try await apply(plan, files)
        #expect(report.summary == "Deleted 3 old log files, 600Mi freed")
        #expect(report.details.first == "production/email-1: 2 files of 400Mi, 400Mi less in use")
        #expect(report.details.contains("production/email-2: /var/log/app/a.log.1 (200Mi)"))
        // A file that something holds open frees nothing.
        files.put(FakeFiles.pod("email-1"), used: nil, ("/var/log/app/c.log.1", 50 * mebi))
        let again = try await planned(Self.rotated, files)
        let sized = try await apply(again, files)
        #expect(sized.summary == "Deleted 1 old log file, 50Mi freed", "where nothing measures, the sizes count")
        // Gone in between.
        #expect(try await apply(again, files).summary == "Deleted no file: what was listed is gone already")
    }

    @Test func anEmptyListingIsNoPlan() async throws {
        let files = FakeFiles(pods: ["email-1"])
        #expect(
            try await plan(Self.rotated, files)
                == .refused("no file named *.log.* older than 7 days below /var/log/app in pod email-1: there is nothing to delete"))
        #expect(try await plan(Self.rotated, FakeFiles()) == .refused("no pod of \(email) is running: there is nowhere to delete files"))
    }

    @Test func oneFailingPodStopsNoOther() async throws {
        let files = pods()
        files.fail(FakeFiles.pod("email-1"), .list(.refused("no find")))
        let plan = try await planned(Self.rotated, files)
        #expect(
            plan.summary == "delete 1 file (200Mi) older than 7 days below /var/log/app in pod email-2; not in production/email-1: no find")
        for name in ["email-1", "email-2", "email-3"] { files.fail(FakeFiles.pod(name), .list(.refused("no find"))) }
        await #expect(throws: PortError.refused("no find")) { try await self.plan(Self.rotated, files) }
    }

    @Test func failuresAreTold() async throws {
        let unknown = PortError.outcomeUnknown("the stream broke")
        let cases: [(FakeFiles.Fault, String?, PortError?)] = [
            (.delete(.refused("read-only file system")), nil, .refused("read-only file system")),
            // The second listing says what became of a broken stream.
            (.deleteSome(1, unknown), "Deleted 1 old log file, 100Mi freed", nil), (.deleteSome(0, unknown), nil, unknown),
            (.goneDark, nil, .outcomeUnknown("what was deleted is not known: the stream broke")),
        ]
        for (fault, summary, error) in cases {
            let files = FakeFiles(pods: ["email-1"])
            files.put(FakeFiles.pod("email-1"), ("/var/log/app/a", 100 * mebi), ("/var/log/app/b", 300 * mebi))
            let plan = try await planned(.init(path: "/var/log/app", name: "*"), files)
            files.fail(FakeFiles.pod("email-1"), fault)
            do throws(PortError) {
                let report = try await apply(plan, files)
                #expect(report.summary == summary)
                #expect(report.details.contains { $0.contains("the stream broke") })
            } catch let thrown {
                #expect(thrown == error)
            }
        }
    }

    @Test func placesFollowFromTheSubject() async throws {
        let files = FakeFiles(pods: ["email-1"])
        let host = Subject(.host, namespace: "", name: "laptop:/data/logs")
        files.put(.local, used: 10 * mebi, ("/data/logs/a.log.1", 5 * mebi))
        let plan = try await planned(.init(name: "*.log.*"), files, on: host)
        #expect(plan.summary == "delete 1 file (5Mi) older than 7 days below /data/logs on this machine")
        #expect(files.searches.first?.path == "/data/logs")
        guard case .files(let cleaning) = plan.write else { Issue.record("\(plan)"); return }
        #expect(cleaning.places == [.local])
        files.put(FakeFiles.pod("email-1", container: "app"), ("/x/a.log.1", 1))
        let contained = try await planned(.init(path: "/x", name: "*.log.*", container: "app"), files)
        guard case .files(let inContainer) = contained.write else { Issue.record("\(contained)"); return }
        #expect(inContainer.places == [FakeFiles.pod("email-1", container: "app")])
        let claim = Subject(.volume, namespace: "production", name: "data")
        for (subject, parameters, text) in [
            (claim, CleanLogs.Parameters(path: "/x", name: "*"), "the rule's 'subject:' says which workload"),
            (email, .init(name: "*"), "write 'path:' in the rule"),
            (Subject(.host, namespace: "", name: "laptop:/"), .init(name: "*"), "is the root itself"),
            (Subject(.host, namespace: "", name: "laptop:/etc"), .init(name: "*"), "belongs to the system"),
        ] {
            guard case .refused(let why) = try await self.plan(parameters, files, on: subject) else { Issue.record("\(subject)"); continue }
            #expect(why.contains(text), "\(why)")
        }
    }

    @Test func fewPodsAtATime() async throws {
        let names = (0..<33).map { "email-\($0)" }
        let files = FakeFiles(pods: names)
        for name in names { files.put(FakeFiles.pod(name), ("/var/log/app/a.log.1", mebi)) }
        let plan = try await planned(Self.rotated, files)
        #expect(plan.summary.hasSuffix("in 20 pods; 13 more pods wait for the next attempt"))
        _ = try await apply(plan, files)
        #expect(files.deletions == 20)
    }

    @Test func parametersAreStrict() {
        let bad: [(String, CleanLogs.Parameters)] = [
            ("path", .init(path: "/", name: "*")), ("path", .init(path: "logs", name: "*")), ("path", .init(path: "/a/../b", name: "*")),
            ("path", .init(path: "/var", name: "*")), ("path", .init(path: "/proc/1", name: "*")), ("path", .init(path: "/a/", name: "*")),
            ("path", .init(name: "*", source: "pods")), ("name", .init(path: "/a", name: "")), ("name", .init(path: "/a", name: "a/b")),
            ("olderThanDays", .init(path: "/a", name: "*", olderThanDays: 0)), ("depth", .init(path: "/a", name: "*", depth: 11)),
            ("limit", .init(path: "/a", name: "*", limit: 10_001)), ("limit", .init(path: "/a", name: "*", limit: 0)),
            ("source", .init(path: "/a", name: "*", source: "node")), ("container", .init(path: "/a", name: "*", container: "")),
            ("container", .init(path: "/a", name: "*", container: "app", source: "local")),
        ]
        for (key, parameters) in bad {
            let error = #expect(throws: ParameterError.self, "\(parameters)") { try CleanLogs(parameters) }
            #expect(error?.key == key)
        }
    }

    @Test func whatIsDeletedIsNotBroughtBack() async throws {
        let files = pods()
        let plan = try await planned(Self.rotated, files)
        let remediation = try CleanLogs(.init(path: "/var/log/app", name: "*"))
        await #expect(throws: PortError.self) { try await remediation.revert(plan, in: world(files)) }
    }
}
