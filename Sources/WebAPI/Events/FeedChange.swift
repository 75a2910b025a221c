public import AutomatonCore
internal import Engine
internal import Synchronization

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A change as those who follow are told of it. Its text is made once, by the first who reads it.
final class FeedChange: Sendable {
    /// The name of the event.
    enum Kind: String, Sendable, CaseIterable {
        /// An incident of the history is new, or changed: `HistoryReport`.
        case incident
        /// Something was decided, also to do nothing: `TrailReport`.
        case decision
        /// What holds for everything changed: `ChangedState`.
        case state
    }

    private enum Content: Sendable {
        case incident(IncidentRecord)
        case decision(TrailEntry)
        case state(ChangedState)
    }

    let kind: Kind
    private let content: Content
    private let text = Mutex<[UInt8]?>(nil)

    /// Of an event of the engine; nil for what nobody follows.
    init?(_ event: EngineEvent, at instant: Instant) {
        let what: String
        switch event {
        case .recorded(let record):
            (kind, content) = (.incident, .incident(record))
            return
        case .decided(let decision):
            (kind, content) = (.decision, .decision(TrailEntry(decision)))
            return
        case .configured: what = "configured"
        case .noticed(.suspended), .noticed(.resumed): what = "suspensions"
        case .noticed: what = "noticed"
        case .journalFailed, .deposed, .recalled: what = "journal"
        case .leadership: what = "leadership"
        case .stopping: what = "stopping"
        case .fix: what = "fixes"
        case .iteration, .checked, .measured, .unknown, .incident, .escalated, .writeFailed, .fixesKept: return nil
        }
        (kind, content) = (.state, .state(ChangedState(at: Timestamp(instant), what: what)))
    }

    /// Its JSON, in one line.
    var json: [UInt8] {
        text.withLock { text in
            if let text { return text }
            let made = make()
            text = made
            return made
        }
    }

    private func make() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Only a number that is none could not be written, and there is none in a report.
        let data: Data? =
            switch content {
            case .incident(let record): try? encoder.encode(HistoryReport(record, isWhole: false))
            case .decision(let entry): try? encoder.encode(TrailReport(entry))
            case .state(let state): try? encoder.encode(state)
            }
        return data.map { Array($0) } ?? Array("{}".utf8)
    }
}

/// What holds for everything changed: ask `/status` and `/explain` for how it is now.
public struct ChangedState: Hashable, Codable, Sendable {
    /// When.
    public var at: Timestamp
    /// `configured`, `noticed`, `journal`, `leadership`, `suspensions`, `fixes` or `stopping`.
    public var what: String
}
