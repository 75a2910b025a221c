/// Somebody who is asked for a summary of an incident.
///
/// A provider makes one call: how many there are, and when, is the ``Summariser``'s. It bounds its time and what it reads, and shows no
/// secret in what it throws. What it answers with is hostile text until ``SummaryText`` has read it, and never more than text.
public protocol SummaryProvider: Sendable {
    /// Its name, as the metric and the record have it: `gemini`.
    var name: String { get }

    /// Asks for a summary. Answers with what was written, as it came.
    func summary(of prompt: Prompt) async throws(SummaryFailure) -> WrittenText
}

/// What a provider wrote.
public struct WrittenText: Hashable, Sendable {
    /// The text as it came.
    public var text: String
    /// Whether it ends before it was done, since it became too long.
    public var isCut: Bool

    /// Makes a text.
    public init(_ text: String, isCut: Bool = false) {
        self.text = text
        self.isCut = isCut
    }
}

/// Why there is no summary from a provider.
public struct SummaryFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Kind: Hashable, Sendable {
        /// No answer in time.
        case timeout
        /// No connection, or it broke.
        case unreachable
        /// Too many calls, and after how long another one may be made, where that was said.
        case quota(retryAfter: Duration?)
        /// The key is wrong, or may not do this (401, 403).
        case denied
        /// The request is wrong: model, address, size (other 4xx).
        case rejected
        /// The service is in trouble (5xx).
        case failing(retryAfter: Duration?)
        /// The service will not speak about this.
        case blocked
        /// There is no text in the answer, or too little.
        case empty
        /// What came is not an answer: not JSON, too large, of another shape, or a repetition of what was asked.
        case invalid
        /// The automaton shuts down.
        case cancelled
    }

    /// What went wrong.
    public let kind: Kind
    /// In a line, without secrets and without free text of the service.
    public let description: String

    /// Makes a failure.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

/// What became of asking for a summary: the label `result` of the metric.
public enum SummaryResult: String, Hashable, Sendable, CaseIterable {
    /// It was written.
    case ok
    case timeout
    case unreachable
    case quota
    case denied
    case rejected
    case failing
    case blocked
    case empty
    case invalid
    /// Nobody was asked: the day's budget is used up.
    case budget
    /// Nobody was asked: too many were waiting, while the provider was in trouble.
    case dropped

    /// The word for a failure; nil where nothing is counted.
    init?(_ kind: SummaryFailure.Kind) {
        switch kind {
        case .timeout: self = .timeout
        case .unreachable: self = .unreachable
        case .quota: self = .quota
        case .denied: self = .denied
        case .rejected: self = .rejected
        case .failing: self = .failing
        case .blocked: self = .blocked
        case .empty: self = .empty
        case .invalid: self = .invalid
        case .cancelled: return nil
        }
    }
}
