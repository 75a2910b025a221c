internal import AutomatonCore

extension ObjectWish {
    /// Reads the annotations `self-healing-automaton/mode` and `self-healing-automaton/paused-until`.
    ///
    /// What cannot be read is told, and counts as a no: somebody wanted something.
    init(mode: String?, pausedUntil: String?) {
        self.init()
        var problems: [String] = []
        if let mode {
            self.mode = Mode(rawValue: mode)
            if self.mode == nil {
                let known = Mode.allCases.map(\.rawValue).joined(separator: ", ")
                problems.append(
                    "annotation \(KubernetesWorkloads.modeAnnotation) is '\(mode.prefix(utf8Bytes: 60))': write one of \(known)")
            }
        }
        if let pausedUntil {
            self.pausedUntil = pausedUntil == "true" ? Instant(microseconds: .max) : Instant(rfc3339: pausedUntil)
            if self.pausedUntil == nil {
                problems.append(
                    "annotation \(KubernetesWorkloads.pausedUntilAnnotation) is '\(pausedUntil.prefix(utf8Bytes: 60))': write a time such as "
                        + "2026-11-21T18:00:00Z, or true for ever, or remove it")
            }
        }
        if !problems.isEmpty { problem = problems.joined(separator: "; ") }
    }
}
