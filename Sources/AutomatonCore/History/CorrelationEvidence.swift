/// What a record says of its own cause.
extension IncidentRecord {
    /// Why the world ended a pod that it ended for its node's sake.
    private static let nodeReasons: Set<String> = ["NodeLost", "NodeShutdown"]
    private static let nodeEvents: Set<String> = ["NodeNotReady", "TaintManagerEviction"]

    /// Whether its pod failed because of its node, by the pod's own word or that of an event near its detection.
    var blamesNode: Bool {
        guard key.subject.kind.isWorkload else { return false }
        if let reason, Self.nodeReasons.contains(reason.code) { return true }
        if let reason, reason.code == "Evicted" { return Self.isOfNode(reason.message) }
        return (context?.events ?? []).contains { event in
            guard event.about.hasPrefix("pod/"), max(event.at - detectedAt, detectedAt - event.at) <= Correlation.nodeWindow else {
                return false
            }
            return Self.nodeEvents.contains(event.reason) || (event.reason == "Evicted" && Self.isOfNode(event.note))
        }
    }

    /// The kubelet's words: "The node was low on resource: memory", "The node had condition: [DiskPressure]". A pod that used more than it
    /// may is evicted in others.
    private static func isOfNode(_ message: String) -> Bool { message.hasPrefix("The node ") }

    /// Whether what depends on something else may look like this.
    var isCrashOrError: Bool { key.subject.kind.isWorkload && ["CrashLoopBackOff", "Error"].contains(reason?.code) }
}

extension Subject {
    /// Whether workloads may depend on it.
    var isDependency: Bool { [.database, .consumerGroup, .volume].contains(kind) }
}

extension Subject.Kind {
    var isWorkload: Bool { Set<Subject.Kind>.workloads.contains(self) }
}

/// A ReplicaSet of a Deployment was scaled up from none: a new revision, or a start from zero.
struct RolloutBeginning: Hashable {
    var replicaSet: String
    var at: Instant

    /// As the Deployment controller says it: "Scaled up replica set email-7c9 from 0 to 1".
    init?(_ event: IncidentContext.ObjectEvent, of deployment: String) {
        guard event.reason == "ScalingReplicaSet", event.about == "deployment/\(deployment)" else { return nil }
        let words = event.note.split(separator: " ")
        guard words.count == 9, words.prefix(4).elementsEqual(["Scaled", "up", "replica", "set"]),
            words[5] == "from", words[6] == "0", words[4].hasPrefix(deployment + "-")
        else { return nil }
        replicaSet = String(words[4])
        at = event.at
    }
}

/// The lines of a record that say that something failed.
struct Complaints {
    private static let words = [
        "error", "fail", "fatal", "refused", "timeout", "timed out", "unreachable", "unavailable", "exception", "cannot", "can't",
        "could not", "couldn't", "unable", "too many", "lost", "denied", "no space", "read-only", "panic",
    ]
    /// In small letters.
    private let lines: [String]

    init(_ record: IncidentRecord) {
        let texts =
            [record.reason?.message ?? ""] + (record.context?.log ?? [])
            + (record.context?.events ?? []).filter { $0.type == "Warning" }.map { "\($0.reason) \($0.note)" }
        lines = texts.map { $0.lowercased() }.filter { line in Self.words.contains { line.contains($0) } }
    }

    /// Whether one of them names a subject.
    /// - Parameter namespace: where who complains is: a volume is only meant in its own.
    func name(_ subject: Subject, from namespace: String) -> Bool {
        if !subject.namespace.isEmpty, subject.namespace != namespace { return false }
        let names = Self.names(of: subject)
        return lines.contains { line in names.contains { Self.names($0, in: line) } }
    }

    /// The names that can only mean it: a word of letters alone (`postgres`, `data`) says too little, and each pod has its own localhost.
    private static func names(of subject: Subject) -> [String] {
        let name = subject.name.lowercased()
        let host = subject.kind == .database ? String(name.prefix { $0 != ":" }) : name
        guard host != "localhost", !host.hasPrefix("127."), !host.hasPrefix("/") else { return [] }
        return Set([name, host]).filter { name in name.utf8.count >= 4 && name.utf8.contains { !(0x61...0x7A).contains($0) } }.sorted()
    }

    /// Whether a line has a name in it that is not part of a longer one.
    private static func names(_ name: String, in line: String) -> Bool {
        let (line, name) = (Array(line.utf8), Array(name.utf8))
        guard let first = name.first, line.count >= name.count else { return false }
        for start in 0...(line.count - name.count) where line[start] == first {
            let end = start + name.count
            guard line[start..<end].elementsEqual(name) else { continue }
            let isBegun = start == 0 || !isPart(line[start - 1])
            // A full stop may end a sentence; before more of a name it makes another host of it.
            let after = end < line.count && line[end] == UInt8(ascii: ".") ? end + 1 : end
            if isBegun, after == line.count || !isPart(line[after]) { return true }
        }
        return false
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: byte >= 0x80
        }
    }
}
