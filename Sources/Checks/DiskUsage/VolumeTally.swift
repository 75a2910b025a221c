import AutomatonCore

/// The reasons that disk-usage reports.
enum VolumeCode: String, CaseIterable {
    /// The volume whose figures the finding carries.
    case fullest = "FullestVolume"
    /// Another volume of the same subject.
    case other = "OtherVolume"
    /// A volume that could not be read.
    case unreadable = "UnreadableVolume"
}

/// What the volumes of one subject come to: the fullest speaks for all.
struct VolumeTally {
    /// So many volumes are named.
    static let maximumReasons = 10

    private struct Measured {
        var reading: VolumeReading
        var usage: VolumeReading.Usage

        var share: Double { Double(usage.used) / Double(usage.capacity) }
    }

    /// Fullest first.
    private var measured: [Measured] = []
    private var unread: [(reading: VolumeReading, why: String)] = []

    init(_ readings: [VolumeReading]) {
        for reading in readings {
            switch reading.usage {
            case .known(let usage) where usage.capacity > 0 && usage.used >= 0: measured.append(Measured(reading: reading, usage: usage))
            case .known: unread.append((reading, "\(Self.name(reading)): its size is not above zero"))
            case .unknown(let why): unread.append((reading, why))
            }
        }
        measured.sort { ($1.share, Self.name($0.reading)) < ($0.share, Self.name($1.reading)) }
        dropRepeatedClaims()
    }

    /// Several pods can mount one claim: it counts once, by whoever could tell.
    private mutating func dropRepeatedClaims() {
        var seen: Set<String> = []
        measured.removeAll { $0.reading.kind == .claim && !seen.insert($0.reading.name).inserted }
        unread.removeAll { $0.reading.kind == .claim && seen.contains($0.reading.name) }
    }

    var observation: Observation {
        let unreadText = unread.first.map { $0.why + (unread.count > 1 ? " (and \(unread.count - 1) more)" : "") }
        guard let fullest = measured.first else { return .unknown(unreadText ?? "no volume was read") }
        let free = max(0, fullest.usage.capacity - fullest.usage.used)
        let figures = [
            // A tenth of a percent is as fine as anybody reads it.
            Figure("used", (fullest.share * 1000).rounded() / 10, unit: "%"),
            Figure("usedBytes", Double(fullest.usage.used), unit: "bytes"),
            Figure("capacityBytes", Double(fullest.usage.capacity), unit: "bytes"), Figure("freeBytes", Double(free), unit: "bytes"),
        ]
        var reasons = measured.enumerated().map { index, measured in
            reason(index == 0 ? .fullest : .other, measured.reading, Self.text(measured.usage))
        }
        // Unread ones keep some of the room: they are why it may not be healthy.
        let room = Self.maximumReasons - min(unread.count, Self.maximumReasons / 2)
        reasons = Array(reasons.prefix(room))
        reasons += unread.prefix(Self.maximumReasons - reasons.count).map { reason(.unreadable, $0.reading, $0.why) }
        return .seen(Evidence(figures: figures, reasons: reasons, unread: unreadText))
    }

    private func reason(_ code: VolumeCode, _ reading: VolumeReading, _ message: String) -> Reason {
        Reason(code.rawValue, part: Self.name(reading), container: reading.container, message: String(message.prefix(300)))
    }

    /// `web-0: claim data`, without any number: the same volume has the same name in each finding.
    private static func name(_ reading: VolumeReading) -> String {
        let volume =
            switch reading.kind {
            case .claim: "claim \(reading.name)"
            case .ephemeral: "ephemeral storage"
            case .path: reading.name
            }
        return reading.pod.map { "\($0.name): \(volume)" } ?? volume
    }

    private static func text(_ usage: VolumeReading.Usage) -> String {
        let used = ByteQuantity(bytes: usage.used).readable
        let capacity = ByteQuantity(bytes: usage.capacity).readable
        return "\(used) of \(capacity) used"
    }
}
