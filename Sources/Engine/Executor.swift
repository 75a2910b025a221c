package import AutomatonCore

/// Does what the core asks of a remediation, and puts the outcome into an event. Everything that can go wrong has its word.
package enum Executor {
    /// Asks for a plan.
    package static func plan(_ request: PlanRequest, with remediation: (any Remediation)?, in environment: Environment) async -> Event {
        guard let remediation else { return .unavailable(request.attempt, rulesChanged, retryAfter: nil) }
        do {
            switch try await remediation.plan(for: request.finding, on: request.subject, in: environment) {
            case .plan(let plan): return .planned(request.attempt, plan)
            case .refused(let why): return .refused(request.attempt, why)
            }
        } catch let error as PortError {
            return readFailed(error, request.attempt)
        } catch {
            return .unavailable(request.attempt, String(describing: error), retryAfter: nil)
        }
    }

    /// Writes a plan.
    package static func apply(_ plan: Plan, _ stamp: Stamp, with remediation: (any Remediation)?, in environment: Environment) async
        -> Event
    {
        guard let remediation else { return .unavailable(stamp.attempt, rulesChanged, retryAfter: nil) }
        do {
            return .applied(stamp.attempt, try await remediation.apply(plan, stamp: stamp, in: environment))
        } catch {
            switch error {
            case .conflict(let why): return .conflicted(stamp.attempt, why)
            case .outcomeUnknown(let why): return .outcomeUnknown(stamp.attempt, why)
            case .unavailable(let why, let wait): return .unavailable(stamp.attempt, why, retryAfter: wait)
            case .refused(let why), .notFound(let why): return .refused(stamp.attempt, why)
            }
        }
    }

    /// Takes an attempt back.
    package static func revert(_ id: AttemptID, _ plan: Plan, with remediation: (any Remediation)?, in environment: Environment) async
        -> Event
    {
        guard let remediation else { return .revertFailed(id, rulesChanged) }
        do {
            try await remediation.revert(plan, in: environment)
            return .reverted(id)
        } catch {
            // Taking back is held against what the attempt left: tried again, it changes nothing that was changed since.
            switch error {
            case .unavailable(let why, let wait): return .unavailable(id, why, retryAfter: wait)
            case .outcomeUnknown(let why): return .outcomeUnknown(id, why)
            case .conflict, .refused, .notFound: return .revertFailed(id, error.description)
            }
        }
    }

    /// Finds out what became of an attempt's write: the object bears its stamp, or not.
    package static func settle(_ id: AttemptID, _ plan: Plan, in environment: Environment) async -> Event {
        guard plan.write.workload != nil else {
            return .settled(id, .unknown("the run of the automaton ended before the answer, and what it does bears no stamp"))
        }
        do {
            let workload = try await environment.workloads.read(plan.subject)
            let isDone = workload.stamps.contains { $0.attempt == id }
            return .settled(
                id, isDone ? .done : .notDone("the run of the automaton ended before the write: \(plan.subject) bears no stamp of it"))
        } catch {
            switch error {
            case .notFound(let why): return .settled(id, .notDone(why))
            case .refused(let why): return .settled(id, .unknown(why))
            case .conflict(let why), .outcomeUnknown(let why): return .unavailable(id, why, retryAfter: nil)
            case .unavailable(let why, let wait): return .unavailable(id, why, retryAfter: wait)
            }
        }
    }

    private static let rulesChanged = "the rules changed since this was asked for"

    /// A read that failed changed nothing, so an unknown outcome is only unavailability.
    private static func readFailed(_ error: PortError, _ id: AttemptID) -> Event {
        switch error {
        case .notFound(let why), .refused(let why): .refused(id, why)
        case .conflict(let why), .outcomeUnknown(let why): .unavailable(id, why, retryAfter: nil)
        case .unavailable(let why, let wait): .unavailable(id, why, retryAfter: wait)
        }
    }
}
