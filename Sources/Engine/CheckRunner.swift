import AutomatonCore

/// Runs one check in a task of its own, so that one that hangs or throws delays no other.
struct CheckRunner: Sendable {
    let id: CheckID
    let check: any Check
    let engine: Engine
    let environment: Environment
    let clock: EngineClock

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
                    switch report {
                    case .complete: await engine.receive(report, from: id, .ok, took: clock.now() - began)
                    case .changed, .gone, .current, .population: await engine.receive(report, from: id, .ok)
                    case .blind(let why): await engine.receive(report, from: id, .failed(why))
                    case .waiting(let why): await engine.receive(report, from: id, .waiting(why))
                    }
                }
            } catch {
                why = String(describing: error)
            }
            if Task.isCancelled { return }
            await engine.receive(.blind(why), from: id, .failed(why))
            failures = clock.now() - began > .minutes(5) ? 1 : failures + 1
            guard await pause(.seconds(min(60, 1 << min(failures, 6))), await engine.pace) else { return }
        }
    }

    private func poll() async {
        guard await pause(.zero, await engine.pace) else { return }
        while !Task.isCancelled {
            let pace = await engine.pace
            await pollOnce(timeout: pace.checkTimeout)
            guard await pause(pace.checkInterval, pace) else { return }
        }
    }

    /// One run, with a time-out. A check that does not heed its cancellation is reported first and waited for after.
    private func pollOnce(timeout: Duration) async {
        let began = clock.now()
        let (check, environment, clock, engine, id) = (check, environment, clock, engine, id)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    let findings = try await check.run(in: environment)
                    guard !Task.isCancelled else { return }
                    await engine.receive(.complete(findings), from: id, .ok, took: clock.now() - began)
                } catch is CancellationError {
                    return
                } catch {
                    guard !Task.isCancelled else { return }
                    let why = String(describing: error)
                    await engine.receive(.blind(why), from: id, .failed(why), took: clock.now() - began)
                }
            }
            group.addTask {
                guard (try? await clock.sleep(timeout)) != nil else { return }
                let why = "no answer within \(timeout.readable)"
                await engine.receive(.blind(why), from: id, .timedOut(after: timeout), took: timeout)
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Waits, give or take the jitter. False when it was cancelled.
    private func pause(_ duration: Duration, _ pace: EngineSettings) async -> Bool {
        let spread = pace.jitter * clock.spread()
        do {
            try await clock.sleep(max(.zero, duration + duration * spread))
            return !Task.isCancelled
        } catch {
            return false
        }
    }
}
