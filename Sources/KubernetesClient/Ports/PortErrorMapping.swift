internal import AutomatonCore

extension PortError {
    /// What a failure of a request means to the core.
    /// - Parameter isChange: Whether the request was to change something: then whatever leaves the outcome open must say so.
    init(_ error: any Error, isChange: Bool) {
        if let error = error as? PortError {
            self = error
            return
        }
        guard let error = error as? KubernetesError else {
            let text = error is CancellationError ? "given up because the program is ending" : MessageScrubber.scrub("\(error)")
            self = isChange ? .outcomeUnknown(text) : .unavailable(text, retryAfter: nil)
            return
        }
        let text = error.description
        switch error.kind {
        case .notFound: self = .notFound(text)
        case .conflict, .alreadyExists: self = .conflict(text)
        // A uid cannot be changed: the patch named that of an object which another of the same name has replaced.
        case .invalid(let fields) where fields.contains { $0.field == "metadata.uid" }:
            self = .conflict("\(error.request): replaced by another object of the same name since it was read")
        case .forbidden, .invalid, .rejected: self = .refused(text)
        case .outcomeUnknown: self = .outcomeUnknown(text)
        case .decoding where isChange: self = .outcomeUnknown(text)
        // A 500 can come after the change was stored (etcd gave no answer in time), unless an admission webhook was not even reached.
        case .serverError where isChange && error.status == 500 && !error.message.contains("failed calling webhook"):
            self = .outcomeUnknown(text)
        case .tooManyRequests, .timeout, .serverError, .unreachable, .unauthorized, .expired, .decoding, .credentials:
            self = .unavailable(text, retryAfter: error.retryAfter)
        }
    }
}
