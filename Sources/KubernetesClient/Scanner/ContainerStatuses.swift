internal import AutomatonCore

/// Reads `status.containerStatuses` and `status.initContainerStatuses`.
enum ContainerStatuses {
    /// The rows, in order.
    static func rows(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>, areInit: Bool) throws(ScanError) -> [ContainerRow] {
        var rows: [ContainerRow] = []
        guard try cursor.enterArray(bytes) else { return rows }
        while try cursor.nextElement(bytes) {
            guard try cursor.enterObject(bytes) else { continue }
            rows.append(try row(&cursor, bytes, isInit: areInit))
        }
        return rows
    }

    private static func row(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>, isInit: Bool) throws(ScanError) -> ContainerRow {
        var row = ContainerRow(name: "", state: .waiting(reason: "", message: ""), isInit: isInit)
        var fields = SeenFields()
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "name", bytes) {
                try fields.see(0, "status.containerStatuses.name", key)
                row.name = try cursor.string(bytes) ?? ""
            } else if cursor.matches(key, "restartCount", bytes) {
                try fields.see(1, "status.containerStatuses.restartCount", key)
                row.restartCount = try cursor.integer(bytes) ?? 0
            } else if cursor.matches(key, "ready", bytes) {
                try fields.see(2, "status.containerStatuses.ready", key)
                row.isReady = try cursor.boolean(bytes) ?? false
            } else if cursor.matches(key, "state", bytes) {
                try fields.see(3, "status.containerStatuses.state", key)
                row.state = try state(&cursor, bytes).state
            } else if cursor.matches(key, "lastState", bytes) {
                try fields.see(4, "status.containerStatuses.lastState", key)
                row.lastTermination = try state(&cursor, bytes).terminated
            } else {
                try cursor.skipValue(bytes)
            }
        }
        return row
    }

    /// A ContainerState: at most one of the three is set; none of them means waiting (the API's own default).
    private struct State {
        var terminated: ContainerRow.Termination?
        var running: ContainerRow.State?
        var waiting: ContainerRow.State?

        var state: ContainerRow.State {
            terminated.map { .terminated($0) } ?? running ?? waiting ?? .waiting(reason: "", message: "")
        }
    }

    private static func state(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> State {
        var state = State()
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return state }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "running", bytes) {
                try fields.see(0, "state.running", key)
                state.running = try running(&cursor, bytes)
            } else if cursor.matches(key, "terminated", bytes) {
                try fields.see(1, "state.terminated", key)
                state.terminated = try terminated(&cursor, bytes)
            } else if cursor.matches(key, "waiting", bytes) {
                try fields.see(2, "state.waiting", key)
                state.waiting = try waiting(&cursor, bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        return state
    }

    private static func running(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> ContainerRow.State? {
        var since: Instant?
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return nil }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "startedAt", bytes) {
                try fields.see(0, "state.running.startedAt", key)
                since = try cursor.instant(bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        return .running(since: since)
    }

    private static func waiting(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> ContainerRow.State? {
        var reason = ""
        var message = ""
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return nil }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "reason", bytes) {
                try fields.see(0, "state.waiting.reason", key)
                reason = try cursor.string(bytes) ?? ""
            } else if cursor.matches(key, "message", bytes) {
                try fields.see(1, "state.waiting.message", key)
                message = try cursor.string(bytes, atMost: PodScanner.messageLimit) ?? ""
            } else {
                try cursor.skipValue(bytes)
            }
        }
        return .waiting(reason: reason, message: message)
    }

    private static func terminated(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(ScanError) -> ContainerRow.Termination? {
        var termination = ContainerRow.Termination(reason: "", exitCode: 0)
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return nil }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "reason", bytes) {
                try fields.see(0, "state.terminated.reason", key)
                termination.reason = try cursor.string(bytes) ?? ""
            } else if cursor.matches(key, "exitCode", bytes) {
                try fields.see(1, "state.terminated.exitCode", key)
                termination.exitCode = try cursor.integer(bytes) ?? 0
            } else if cursor.matches(key, "finishedAt", bytes) {
                try fields.see(2, "state.terminated.finishedAt", key)
                termination.finishedAt = try cursor.instant(bytes)
            } else if cursor.matches(key, "message", bytes) {
                try fields.see(3, "state.terminated.message", key)
                termination.message = try cursor.string(bytes, atMost: PodScanner.messageLimit) ?? ""
            } else {
                try cursor.skipValue(bytes)
            }
        }
        return termination
    }
}
