import AutomatonCore

/// What is wrong with one pod, or was in the window.
struct PodTrouble: Sendable {
    /// A fault that counts, and the end of the container that it belongs to.
    private struct Fault: Sendable {
        var code: FaultCode
        var death: Int32
        var reason: Reason
    }

    private struct Part: Sendable {
        let container: String
        var faults: [Fault] = []
        /// Since when it has been seen to run after the last of it; nil while it is down.
        var uprightSince: Instant?
    }

    /// The pod's name.
    let pod: String
    private var parts: [Part] = []
    private var ending: Reason?
    private var endedAt: Instant?
    private var restarts = RestartLog()

    init(pod: String) { self.pod = pod }

    /// Whether a fault counts now.
    var isUnwell: Bool { ending != nil || parts.contains { !$0.faults.isEmpty } }

    /// Whether there is nothing left to remember.
    var isEmpty: Bool { parts.isEmpty && ending == nil && restarts.total == 0 }

    /// Restarts in the window.
    var restartCount: Int { restarts.total }

    /// The faults that count, in no order.
    var reasons: [(code: FaultCode, reason: Reason)] {
        var reasons = parts.flatMap { part in part.faults.map { ($0.code, $0.reason) } }
        if let ending, let code = FaultCode(podReason: ending.code) { reasons.append((code, ending)) }
        return reasons
    }

    /// Takes in a sighting of a container. One that is well and was well leaves no trace.
    mutating func take(_ sighting: ContainerSighting, of row: ContainerRow, isFinished: Bool, at now: Instant, window: Duration) {
        let known = parts.firstIndex { $0.container == row.name }
        guard known != nil || !sighting.faults.isEmpty || sighting.restarts > 0 else { return }
        if sighting.restarts > 0 { restarts.record(Int(sighting.restarts), at: now, window: window) }
        guard known != nil || !sighting.faults.isEmpty else { return }
        var part = known.map { parts[$0] } ?? Part(container: row.name)
        var isNews = sighting.restarts > 0
        for fault in sighting.faults {
            let old = part.faults.firstIndex { $0.code == fault.code }
            // The same end, told again by a later status: it keeps the time and the figures that it was first seen with.
            if let old, part.faults[old].death == fault.death { continue }
            isNews = true
            let reason = Reason(
                fault.code.rawValue, part: pod, container: row.name, exitCode: fault.termination?.exitCode,
                restartCount: row.restartCount, since: fault.termination?.finishedAt ?? now, message: ReportedMessage.shown(fault.message))
            let new = Fault(code: fault.code, death: fault.death, reason: reason)
            if let old { part.faults[old] = new } else { part.faults.append(new) }
        }
        if !(sighting.isUpright || isFinished) {
            part.uprightSince = nil
        } else if isNews || part.uprightSince == nil {
            part.uprightSince = now
        }
        if let known { parts[known] = part } else { parts.append(part) }
    }

    /// Takes in that the pod as a whole was ended.
    mutating func end(_ code: FaultCode, message: String, at now: Instant) {
        ending = Reason(code.rawValue, part: pod, since: now, message: ReportedMessage.shown(message))
        endedAt = now
    }

    /// Drops what has run long enough, and restarts that have left the window. True when something was dropped.
    mutating func expire(at now: Instant, settle: Duration, window: Duration) -> Bool {
        var changed = restarts.expire(at: now, window: window)
        let before = parts.count
        parts.removeAll { part in part.uprightSince.map { $0 + settle <= now } ?? false }
        changed = changed || parts.count != before
        if let endedAt, endedAt + settle <= now {
            ending = nil
            self.endedAt = nil
            changed = true
        }
        return changed
    }

    /// When ``expire(at:settle:window:)`` will next drop something; nil when nothing is on its way out.
    func nextExpiry(settle: Duration, window: Duration) -> Instant? {
        var next = restarts.nextExpiry(window: window)
        for time in parts.map(\.uprightSince) + [endedAt] {
            guard let time else { continue }
            next = min(next ?? .init(microseconds: .max), time + settle)
        }
        return next
    }
}
