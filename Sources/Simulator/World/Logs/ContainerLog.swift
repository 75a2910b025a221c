import AutomatonCore

/// What one run of a container wrote. It follows from the run's beginning and end, as its status has them: nothing is stored, and the same
/// run has the same log whenever it is asked for.
///
/// | annotation of the pod template | means |
/// |---|---|
/// | `simulator/log: TEXT` | each run of the first container writes that right before its end, or as it starts to serve |
struct ContainerLog {
    /// A line and when it was written.
    struct Line: Hashable {
        var at: Instant
        var text: String
    }

    /// A run of a container.
    struct Run {
        var startedAt: Instant
        /// Nil while it goes on.
        var end: (reason: String, exitCode: Int, message: String?, at: Instant)?
    }

    /// Lines about its work that a run writes at most, one a minute.
    private static let longestWork = 1000

    let container: String
    let image: String
    /// The memory limit as the specification writes it.
    let memoryLimit: String?
    /// What the annotation says.
    let words: String?

    /// All lines of a run, oldest first.
    func lines(of run: Run, until now: Instant) -> [Line] {
        // It never ran.
        if let end = run.end, end.reason == "StartError" || end.reason == "ContainerCannotRun" { return [] }
        var lines: [Line] = []
        func say(_ at: Instant, _ level: String, _ text: String) {
            lines.append(Line(at: at, text: "\(at.rfc3339) \(level.padded(to: 5)) \(text)"))
        }
        let start = run.startedAt
        let last = run.end?.at ?? now
        say(start, "INFO", "\(container) starts, image \(image)")
        // As many services do: what a scrubber is for.
        say(start, "INFO", "config: DATABASE_URL=postgres://\(container):\(Self.password)@shop-db:5432/\(container)")
        say(start, "INFO", "http: listening on :8080")
        let minutes = max(0, Int((last - start).components.seconds / 60))
        for minute in (0..<minutes).suffix(Self.longestWork) {
            say(start + .minutes(minute + 1), "INFO", "served \(240 + minute * 37 % 113) requests, p99 \(18 + minute * 7 % 23) ms")
        }
        for text in (words ?? "").split(separator: "\n") { lines.append(Line(at: last, text: String(text))) }
        guard let end = run.end else { return lines }
        switch end.reason {
        case "OOMKilled":
            let limit = memoryLimit.map { " of \($0)" } ?? ""
            for percent in [81, 89, 94, 98] { say(last, "WARN", "memory: \(percent) %\(limit) in use after a full collection") }
            say(last, "INFO", "batch 4711: reading 12,804 items into memory")
        case "Completed": say(last, "INFO", "stopped")
        default:
            say(last, "ERROR", "unhandled exception: \(end.message ?? "cannot go on")")
            let trace = [
                "java.lang.IllegalStateException: \(end.message ?? "cannot go on")",
                "\tat com.example.shop.OrderLock.acquire(OrderLock.java:87)",
                "\tat com.example.shop.Checkout.run(Checkout.java:142)",
                "\tat java.base/java.lang.Thread.run(Thread.java:1583)",
                "Caused by: org.postgresql.util.PSQLException: connection lost (user=\(container) password=\(Self.password))",
                "\t... 3 more",
            ]
            lines += trace.map { Line(at: last, text: $0) }
            say(last, "FATAL", "exit code \(end.exitCode)")
        }
        return lines
    }

    /// A secret that is none.
    static let password = "Winter-2026-pw"
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
