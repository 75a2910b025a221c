internal import AutomatonCore

/// Marks with an end that nobody else can make: of a form, that a page of ours showed it to this browser; of a session, that who has it
/// knew the API token.
struct Seal: Sendable {
    private let key: [UInt8]

    /// A key that this process alone has.
    init() { key = (0..<32).map { _ in UInt8.random(in: .min ... .max) } }

    init(key: [UInt8]) { self.key = key }

    /// `SECONDS.CODE`: good until then, for this purpose.
    func mark(_ purpose: String, until end: Instant) -> String {
        let seconds = String(end.microseconds / 1_000_000)
        return "\(seconds).\(code(purpose, seconds))"
    }

    /// Whether a mark is one of ours for this purpose, and not over.
    func accepts(_ mark: String, _ purpose: String, at now: Instant) -> Bool {
        let parts = mark.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count <= 12, let seconds = Int64(parts[0]) else { return false }
        guard Array(parts[1].utf8).isSame(as: Array(code(purpose, String(parts[0])).utf8)) else { return false }
        return Instant(seconds: seconds) > now
    }

    private func code(_ purpose: String, _ seconds: String) -> String {
        SHA256.hex(SHA256.authentication(of: Array("\(purpose)\u{0}\(seconds)".utf8), key: key))
    }
}

/// The two cookies of the pages. Neither is the API token: a cookie of `localhost` goes to every port of it, also to other programs.
enum Cookie {
    /// Stands for the token that was known; good for half a day.
    static let session = "automaton_session"
    /// Ties a form to the browser that it was shown to.
    static let form = "automaton_form"

    static let sessionLength: Duration = .hours(12)
    static let formLength: Duration = .hours(2)

    /// The value of a cookie; nil when it did not come, or is none of ours.
    static func read(_ name: String, from headers: [String]) -> String? {
        for header in headers {
            for part in header.split(separator: ";") {
                let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if pair.count == 2, pair[0] == name, pair[1].utf8.count <= 200 { return String(pair[1]) }
            }
        }
        return nil
    }

    /// No script reads it, no other site sends it.
    static func text(_ name: String, _ value: String, lasts: Duration, isSecure: Bool) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(lasts.microseconds / 1_000_000); HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
    }
}

extension [UInt8] {
    /// Whether two are equal, in a time that does not tell how many bytes are.
    fileprivate func isSame(as other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        return zip(self, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
