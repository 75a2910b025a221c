import AutomatonCore

/// What a container or its kubelet wrote of an end, made fit to be told: the container's own log may be in it, and secrets in that.
enum ReportedMessage {
    /// Unicode scalars that are told of it.
    static let longest = 300

    /// The message without secrets, and bounded.
    static func shown(_ message: String) -> String {
        guard !message.isEmpty else { return "" }
        var text = message[...]
        // As long as this, it is the end of a log that was cut at both ends, anywhere: half a secret is not known for one.
        if message.utf8.count > PodRow.longestMessage - 4 {
            let isBlank = \Unicode.Scalar.properties.isWhitespace
            let (first, last) = (
                message.unicodeScalars.firstIndex { $0[keyPath: isBlank] }, message.unicodeScalars.lastIndex { $0[keyPath: isBlank] }
            )
            text = first.flatMap { first in last.map { message[first..<$0] } } ?? ""
        }
        return SecretScrubber.beginning(of: text, longest)
    }
}
