import AutomatonCore
import Synchronization
import Testing

@testable import Checks

/// The check against a world of ports: order, patience, and an end when it is told.
@Suite(.timeLimit(.minutes(5))) struct PodHealthWatchTests {
    /// A check at work, and its reports as they come.
    final class Session: Sendable {
        let pods = FakePods()
        let clock = TestClock()
        private let task: Task<Void, any Error>
        private let reports: AsyncStream<String>

        init(_ workloads: FakeWorkloads = FakeWorkloads(), whenReporting: @escaping @Sendable () async -> Void = {}) throws {
            let (reports, tell) = AsyncStream<String>.makeStream()
            self.reports = reports
            let environment = Environment(pods: pods, workloads: workloads, limits: { SafetyPolicy() }, now: { [clock] in clock.now })
            let watch = PodHealthWatch(PodHealthState(settle: .minutes(2), window: .hours(1)), in: environment) { report in
                if case .population = report { return }
                await whenReporting()
                tell.yield(ReportText.of(report))
            }
            task = Task {
                defer { tell.finish() }
                try await watch.run(PodSelection()) { _ in try await Task.sleep(for: .milliseconds(1)) }
            }
        }

        deinit { task.cancel() }

        /// The next reports.
        func next(_ count: Int = 1) async -> [String] {
            var texts: [String] = []
            for await text in reports {
                texts.append(text)
                if texts.count == count { break }
            }
            return texts
        }

        /// Cancels it, and waits for its end.
        func stop() async {
            task.cancel()
            _ = await task.result
        }

        func result() async -> Result<Void, any Error> { await task.result }
    }

    @Test func reportsAsTheWorldChanges() async throws {
        let session = try Session()
        session.pods.tell(.listing, .page([pod(running())]), .listed)
        #expect(await session.next() == ["complete[]"])
        session.pods.tell(.changed(pod(ended(end("OOMKilled")))))
        #expect(await session.next() == ["email: OOMKilled#0 restarts 0 unwell 1 pods 1"])
        session.pods.tell(.changed(pod(running(1, last: end("OOMKilled")))), .alive)
        #expect(await session.next(2) == ["email: OOMKilled#0 restarts 1 unwell 1 pods 1", "current"])
        session.clock.advance(.minutes(2))
        #expect(await session.next() == ["email: restarts 1 unwell 0 pods 1"])
        session.pods.tell(.disconnected("reset"), .disconnected("refused"))
        // Both are told before time goes on: the watch of the pods has nothing more to give.
        while session.pods.watched.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        var blind: [String] = []
        let seen = Task { await session.next() }
        let mover = Task {
            while !Task.isCancelled {
                session.clock.advance(.seconds(10))
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        blind = await seen.value
        mover.cancel()
        #expect(blind == ["blind: refused"])
        await session.stop()
        #expect(await session.next() == [])
    }

    @Test func aLookUpThatHangsHoldsNobodyElse() async throws {
        let workloads = FakeWorkloads { (row) throws(PortError) in
            do { try await Task.sleep(for: .seconds(3600)) } catch { throw .unavailable("cancelled", retryAfter: nil) }
            return Subject(.pod, namespace: row.namespace, name: row.name)
        }
        let session = try Session(workloads)
        session.pods.tell(.listing, .page([pod(running()), pod(2, set: "db", kind: "StatefulSet", running())]), .listed)
        #expect(await session.next() == ["complete[]"])
        session.pods.tell(.changed(pod(ended(end("OOMKilled")))))
        session.pods.tell(.changed(pod(2, set: "db", kind: "StatefulSet", ended(end("OOMKilled")))))
        #expect(await session.next() == ["statefulset/db: OOMKilled#0 restarts 0 unwell 1 pods 1"])
        await session.stop()
    }

    @Test func aLookUpThatFailsIsTriedAgain() async throws {
        let failures = Mutex(2)
        let workloads = FakeWorkloads { (row) throws(PortError) in
            let fails = failures.withLock { left in
                left -= 1
                return left >= 0
            }
            if fails { throw .unavailable("time-out", retryAfter: nil) }
            return email
        }
        let session = try Session(workloads)
        session.pods.tell(.listing, .page([pod(ended(end("OOMKilled")))]), .listed)
        #expect(
            await session.next() == [
                "complete[replicaset/email-7d9c5: unknown: "
                    + "cannot tell which workload production/replicaset/email-7d9c5 belongs to: time-out]"
            ])
        session.clock.advance(.seconds(1))
        while failures.withLock({ $0 > 0 }) { try await Task.sleep(for: .milliseconds(1)) }
        session.clock.advance(.seconds(10))
        #expect(
            await session.next(2) == ["gone replicaset/email-7d9c5", "email: OOMKilled#0 restarts 0 unwell 1 pods 1"])
        await session.stop()
    }

    @Test func aSlowListenerIsToldOneThingAtATime() async throws {
        struct Door: Sendable {
            var isShut = false
            var inside = 0
            var most = 0
            var owners = 0
        }
        let door = Mutex(Door())
        let workloads = FakeWorkloads { (row) throws(PortError) in
            // The answer comes while the listener is busy with the report before.
            while door.withLock({ $0.inside == 0 }) {
                do { try await Task.sleep(for: .milliseconds(1)) } catch { throw .unavailable("cancelled", retryAfter: nil) }
            }
            door.withLock { $0.owners += 1 }
            return email
        }
        let session = try Session(workloads) {
            door.withLock { door in
                door.inside += 1
                door.most = max(door.most, door.inside)
            }
            while !Task.isCancelled, door.withLock({ $0.isShut }) { try? await Task.sleep(for: .milliseconds(1)) }
            door.withLock { $0.inside -= 1 }
        }
        session.pods.tell(.listing, .page([pod(running()), pod(2, set: "db", kind: "StatefulSet", running())]), .listed)
        #expect(await session.next() == ["complete[]"])
        door.withLock { $0.isShut = true }
        session.pods.tell(.changed(pod(running(1, last: end("OOMKilled")))))
        session.pods.tell(.changed(pod(2, set: "db", kind: "StatefulSet", ended(end("OOMKilled")))))
        while door.withLock({ $0.owners == 0 }) { try await Task.sleep(for: .milliseconds(1)) }
        // The answer, the timers and the pods all had time to try to get past the one inside.
        try await Task.sleep(for: .milliseconds(50))
        door.withLock { $0.isShut = false }
        #expect(
            await session.next(2) == [
                "statefulset/db: OOMKilled#0 restarts 0 unwell 1 pods 1", "email: OOMKilled#1 restarts 1 unwell 1 pods 1",
            ])
        #expect(door.withLock { $0.most } == 1)
        await session.stop()
    }

    @Test func anEndOfThePodsIsAnEndOfTheCheck() async throws {
        let session = try Session()
        session.pods.end()
        guard case .success = await session.result() else { throw Unexpected() }
    }

    @Test func onceListsWhatIsWrongNow() async throws {
        let pods = FakePods()
        let environment = Environment(pods: pods, workloads: FakeWorkloads(), limits: { SafetyPolicy() }, now: { start })
        let rows = [
            pod(1, running(9, last: end("OOMKilled"))), pod(2, set: "cart-7d9c5", ended(end("Error", exit: 1), restarts: 3)),
            pod(3, set: "odd", running()), pod(4, set: "odd", ended(end("OOMKilled"))),
        ]
        pods.tell(.listing, .page(rows), .listed)
        let findings = try await PodHealth(.init(namespace: "production", labels: "app=shop")).run(in: environment)
        #expect(
            findings.map(ReportText.of) == [
                "cart: Error#3 restarts 0 unwell 1 pods 1",
                "replicaset/odd: unknown: cannot tell which workload production/replicaset/odd belongs to: no replica set odd-4",
            ])
        #expect(pods.watched == [PodSelection(namespace: "production", labelSelector: "app=shop")])
    }

    @Test func onceSaysWhyItCannotSee() async throws {
        let pods = FakePods()
        let environment = Environment(pods: pods, workloads: FakeWorkloads(), limits: { SafetyPolicy() }, now: { start })
        pods.tell(.listing, .disconnected("forbidden"))
        await #expect(throws: PortError.unavailable("forbidden", retryAfter: nil)) {
            try await PodHealth(.init()).run(in: environment)
        }
    }

    struct Unexpected: Error {}
}
