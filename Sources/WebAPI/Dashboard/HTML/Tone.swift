internal import AutomatonCore

/// What a thing means to who looks at it. Each has a colour, a shape and, where it stands, a word: nobody has to tell colours apart.
enum Tone: String, CaseIterable, Hashable, Sendable {
    /// Well.
    case ok
    /// Something is being done.
    case busy
    /// To be looked at.
    case warn
    /// A person is needed.
    case bad
    /// Nothing is done, on purpose.
    case idle

    /// The shape: a check in a circle, arrows in a round, a triangle, an octagon, two bars.
    var icon: HTML {
        let drawing: StaticString =
            switch self {
            case .ok:
                "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm3.9 5.2-4.6 4.9a.8.8 0 0 1-1.1 0L4 8.9l1.1-1.2 1.6 1.6 4-4.3Z"
            case .busy:
                "M8 1.5a6.5 6.5 0 0 1 5.6 3.2V2.5h1.5v5h-5V6h2.4A5 5 0 0 0 3.2 6.6L1.8 6A6.5 6.5 0 0 1 8 1.5Zm0 13a6.5 6.5 0 0 1-5.6-3.2v2.2H.9v-5h5V10H3.5a5 5 0 0 0 9.3-.6l1.4.6A6.5 6.5 0 0 1 8 14.5Z"
            case .warn: "M8 1.2 15.4 14.5H.6Zm-.9 5V10h1.8V6.2Zm0 5v1.7h1.8v-1.7Z"
            case .bad: "M5 1h6l4 4v6l-4 4H5l-4-4V5Zm2.1 3.2v4.9h1.8V4.2Zm0 6.1V12h1.8v-1.7Z"
            case .idle: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1ZM5.4 4.8h1.8v6.4H5.4Zm3.4 0h1.8v6.4H8.8Z"
            }
        return tag("svg", .class("icon"), .viewBox(16, 16), .fixed(.hidden, "true")) { tag("path", .fixed(.path, drawing)) }
    }

    /// A word with its shape.
    func badge(_ word: String) -> HTML {
        tag("span", .class("badge", self)) {
            icon
            tag("span") { word }
        }
    }

    init(_ status: IncidentRecord.Status) {
        self =
            switch status {
            case .detected: .warn
            case .healing: .busy
            case .healed: .ok
            case .failed: .bad
            }
    }

    init(_ priority: Priority) {
        self =
            switch priority {
            case .critical: .bad
            case .high: .warn
            case .medium: .busy
            case .low: .idle
            }
    }
}

extension IncidentRecord {
    /// How far it is, in words.
    var state: String {
        switch (status, isOpen) {
        case (.detected, _): "Waiting"
        case (.healing, _): "Healing"
        case (.healed, _):
            switch ending {
            case .healed?: "Healed"
            case .recovered?: "Recovered"
            case .gone?: "Gone"
            case .ruleRemoved?: "Rule removed"
            case nil: "Healed"
            }
        case (.failed, true): "Needs a person"
        case (.failed, false): "Ended without the automaton"
        }
    }

    /// Its meaning to who looks at it: what ended is no alarm any more.
    var tone: Tone {
        switch (status, isOpen) {
        case (.failed, false): .warn
        case (.healed, _) where ending == .gone || ending == .ruleRemoved: .idle
        default: Tone(status)
        }
    }
}
