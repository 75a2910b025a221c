import AutomatonCore

/// Runs one check in a task of its own, so that one that hangs or throws delays no other.
struct CheckRunner: Sendable {
    let id: CheckID
    let check: any Check
    let engine: Engine
    let environment: Environment
    let clock: EngineClock
    let locator: WorkloadLocator

    func run() async {
        if let watching = check as? any WatchingCheck {
            await follow(watching)
        } else {
            await poll()
        }
    }

    /// Watches; a watch that ends or throws is begun again, after a growing delay.
    private func follow(_ check: any WatchingCheck) async {
        var failures = 0
        while !Task.isCancelled {
            let began = clock.now()
            var why = "the watch ended"
            do {
                try await check.watch(in: environment) { report in
                    await receive(report)
                    switch report {
                    case .complete: await engine.checked(id, .ok, took: clock.now() - began)
                    case .changed, .gone, .current, .population: await engine.checked(id, .ok, took: nil)
                    case .blind(let why): await engine.checked(id, .failed(why), took: nil)
                    }
                }
            } catch {
                why = String(describing: error)
            }
            if Task.isCancelled { return }
            await engine.receive(.blind(why), from: id)
            await engine.checked(id, .failed(why), took: nil)
            failures = clock.now() - began > .minutes(5) ? 1 : failures + 1
            guard await pause(.seconds(min(60, 1 << min(failures, 6)))) else { return }
        }
    }

    private func poll() async {
        guard await pause(.zero) else { return }
        while !Task.isCancelled {
            await pollOnce()
            guard await pause(await engine.pace.checkInterval) else { return }
        }
    }

    /// One run, with a time-out. A check that does not heed its cancellation is reported first and waited for after.
    private func pollOnce() async {
        let began = clock.now()
        let timeout = await engine.pace.checkTimeout
        let (check, environment, clock, engine, id, runner) = (check, environment, clock, engine, id, self)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    let findings = try await check.run(in: environment)
                    guard !Task.isCancelled else { return }
                    await runner.receive(.complete(findings))
                    await engine.checked(id, .ok, took: clock.now() - began)
                } catch is CancellationError {
                    return
                } catch {
                    guard !Task.isCancelled else { return }
                    let why = String(describing: error)
                    await engine.receive(.blind(why), from: id)
                    await engine.checked(id, .failed(why), took: clock.now() - began)
                }
            }
            group.addTask {
                guard (try? await clock.sleep(timeout)) != nil else { return }
                await engine.receive(.blind("no answer within \(timeout.readable)"), from: id)
                await engine.checked(id, .timedOut(after: timeout), took: timeout)
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Hands a report to the engine, with the workloads that its rules find by a label.
    private func receive(_ report: CheckReport) async {
        let templates = await engine.labelTemplates(of: id)
        guard !templates.isEmpty else { return await engine.receive(report, from: id) }
        switch report {
        case .complete(let findings):
            var located: [Finding] = []
            for finding in findings { located.append(await locate(finding, templates)) }
            // The time was over meanwhile, and the check is told to be blind: what came late says nothing.
            guard !Task.isCancelled else { return }
            await engine.receive(.complete(located), from: id)
        case .changed(let finding): await engine.receive(.changed(await locate(finding, templates)), from: id)
        case .gone, .current, .population, .blind: await engine.receive(report, from: id)
        }
    }

    private func locate(_ finding: Finding, _ templates: [SubjectTemplate]) async -> Finding {
        let (located, missing) = await locator.locate(finding, templates, at: clock.now())
        await engine.note(missing: missing.first, of: finding.subject, by: id)
        return located
    }

    /// Waits, give or take the jitter. False when it was cancelled.
    private func pause(_ duration: Duration) async -> Bool {
        let spread = await engine.pace.jitter * clock.spread()
        do {
            try await clock.sleep(max(.zero, duration + duration * spread))
            return !Task.isCancelled
        } catch {
            return false
        }
    }
}
