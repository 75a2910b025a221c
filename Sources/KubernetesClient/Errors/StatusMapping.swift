import CurlHTTP

extension KubernetesError {
    /// What an answer other than 2xx means.
    /// - Parameters:
    ///   - isChange: Whether the request could have changed something.
    init(_ response: HTTPResponse, request: String, isChange: Bool) {
        let status = APIStatus(json: response.body)
        let text = status?.message ?? String(decoding: response.body.prefix(1024), as: UTF8.self)
        // A message about a Secret can quote its data in any form: only the server's reason is kept.
        let isSecret = request.contains("/secrets") || status?.details?.kind?.lowercased() == "secret"
        let message = isSecret && response.status != 403 && response.status != 404 ? "(message withheld: it is about a Secret)" : text
        let retryAfter =
            (response.head["Retry-After"].flatMap { Int($0) } ?? status?.details?.retryAfterSeconds)
            .map { Duration.seconds(max(0, min($0, 3600))) }
        self.init(
            Self.kind(response.status, status, text, retryAfter, isChange: isChange, withholding: isSecret), request: request,
            status: response.status, reason: String((status?.reason ?? "").prefix(64)), message: message)
    }

    /// What an ERROR event of a watch means; its object is a Status.
    init(errorEvent bytes: [UInt8], request: String) {
        let status = APIStatus(json: bytes)
        let code = status?.code ?? 500
        let message = status?.message ?? "an ERROR event without a Status"
        self.init(
            Self.kind(code, status, message, nil, isChange: false, withholding: false), request: request, status: code,
            reason: String((status?.reason ?? "").prefix(64)), message: message)
    }

    /// What a missing answer means.
    init(_ error: HTTPError, request: String, isChange: Bool) {
        let kind: Kind
        switch error.kind {
        case _ where isChange && error.requestSent: kind = .outcomeUnknown
        case .timeout: kind = .timeout
        case .tooLarge: kind = .decoding
        case .badRequest: kind = .rejected
        default: kind = .unreachable
        }
        self.init(kind, request: request, message: error.description)
    }

    private static func kind(
        _ code: Int, _ status: APIStatus?, _ message: String, _ retryAfter: Duration?, isChange: Bool, withholding: Bool
    ) -> Kind {
        switch code {
        case 401: return .unauthorized
        case 403: return .forbidden(Denial(status, message: message))
        case 404: return .notFound
        case 409: return status?.reason == "AlreadyExists" ? .alreadyExists : .conflict
        case 410: return .expired(freshContinue: status?.metadata?.continue)
        case 422:
            let fields = (status?.details?.causes ?? []).prefix(20).map {
                InvalidField(
                    field: MessageScrubber.scrub($0.field ?? ""), reason: String(($0.reason ?? "").prefix(64)),
                    message: withholding ? "(withheld)" : MessageScrubber.scrub($0.message ?? ""))
            }
            return .invalid(fields)
        case 429:
            let budget = status?.details?.causes?.first { $0.reason == "DisruptionBudget" }
            return .tooManyRequests(
                retryAfter: retryAfter, disruptionBudget: budget.map { MessageScrubber.scrub($0.message ?? status?.message ?? "") })
        // A gateway's answers say nothing about what stood behind it.
        case 502 where isChange, 504 where isChange: return .outcomeUnknown
        case 504: return .timeout
        case 500...: return .serverError(retryAfter: retryAfter)
        default: return .rejected
        }
    }
}
