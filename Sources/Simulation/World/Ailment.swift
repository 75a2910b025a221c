import AutomatonCore

/// Something that is wrong with the world, from when it began until it is truly over.
final class Ailment {
    enum Kind: String, CaseIterable, Sendable {
        case outOfMemory = "out of memory"
        case fillsMemory = "memory nearly full"
        case crash = "crash that a rollout cures"
        case passingCrash = "crash that passes"
        case badRelease = "bad release"
        case eviction
        case surge = "surge of messages"
        case stuck = "stuck consumer"
        case leak = "leak of sessions"
        case fullDisk = "full disk"
    }

    let kind: Kind
    let subject: Subject
    let began: Instant
    /// Whether rules cover it and limits allow its cure: then it must be over in the end.
    let isCurable: Bool
    var ended: Instant?
    /// Whether the automaton wrote to it between.
    var wasTouched = false

    init(_ kind: Kind, _ subject: Subject, began: Instant, isCurable: Bool) {
        self.kind = kind
        self.subject = subject
        self.began = began
        self.isCurable = isCurable
    }
}
