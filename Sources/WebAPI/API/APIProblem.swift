internal import HTTPTypes

/// Why a request is not carried out.
struct APIProblem: Error, Sendable {
    var status: HTTPResponse.Status
    var report: ErrorReport
    var headers: HTTPFields = [:]

    init(
        _ status: HTTPResponse.Status, _ error: String, field: String? = nil, expected: String? = nil, leader: String? = nil,
        headers: HTTPFields = [:]
    ) {
        self.status = status
        report = ErrorReport(
            title: status.reasonPhrase, status: status.code, detail: error, field: field, expected: expected, leader: leader)
        self.headers = headers
    }

    /// Fewer may ask at once.
    static var tooMuch: APIProblem {
        APIProblem(.serviceUnavailable, "too much is asked at once; ask again in a moment", headers: [.retryAfter: "1"])
    }

    /// A field is wrong: which, and what would be right.
    static func field(_ name: String, _ error: String, expected: String? = nil) -> APIProblem {
        APIProblem(.badRequest, "\(name): \(error)", field: name, expected: expected)
    }
}
