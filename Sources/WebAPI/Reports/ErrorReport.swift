/// What every error of the API answers: problem details (RFC 9457, section 3), with what else helps.
public struct ErrorReport: Hashable, Codable, Sendable {
    /// Always false.
    public var success = false
    /// Always `about:blank`: the status says which kind of problem it is (RFC 9457, section 4.2.1).
    public var type = "about:blank"
    /// The status in words.
    public var title: String
    /// The status of the answer.
    public var status: Int
    /// What is wrong.
    public var detail: String
    /// The field of the query or the body that is wrong, where it is one.
    public var field: String?
    /// What would be right, where that can be told.
    public var expected: String?
    /// Who leads, as far as it is known, where it is another process that has to be asked.
    public var leader: String?

    /// The media type of such an answer.
    static let mediaType = "application/problem+json"
}
