/// Takes secrets out of texts that were made by somebody else.
enum Scrubber {
    /// The text with every occurrence of the secret replaced.
    static func replace(_ secret: String, in text: String) -> String {
        let (needle, bytes) = (Array(secret.utf8), Array(text.utf8))
        guard !needle.isEmpty, bytes.count >= needle.count else { return text }
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes.count - index >= needle.count, bytes[index..<(index + needle.count)].elementsEqual(needle) {
                result += Array("<redacted>".utf8)
                index += needle.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
