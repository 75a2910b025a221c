import AutomatonCore

/// Follows the conversation with a mail server by what goes over the wire, to say later where it failed and what the server said.
struct SMTPDialogue {
    private let recipients: [String]
    private let secrets: [[UInt8]]
    /// How far it has come.
    private(set) var stage = SMTPError.Stage.connect
    /// Whether we have said goodbye: nothing that follows counts.
    private(set) var isOver = false
    /// The recipients that the server did not take.
    private(set) var refusals: [SMTPReceipt.Refusal] = []
    private var lines: [String] = []
    private var code: Int?
    private var isReplyWhole = false
    private var recipientsNamed = 0

    init(recipients: [String], credential: SMTPRequest.Credential?) {
        self.recipients = recipients
        secrets =
            credential.map { credential in
                let password = credential.password.bytes
                let plain = [0] + Array(credential.user.utf8) + [0] + password
                return [password, base64(password), base64(plain)].filter { !$0.isEmpty }
            } ?? []
    }

    /// The server's answer to the last command; nil while there is none.
    var reply: SMTPReply? {
        guard let code, isReplyWhole else { return nil }
        return SMTPReply(code: code, text: text)
    }

    /// A command was sent, its line end included.
    mutating func sent(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard !isOver else { return }
        let verb = String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self).uppercased()
        switch verb {
        case "QUIT":
            isOver = true
            return
        case "EHLO", "HELO": stage = .greeting
        case "STARTTLS": stage = .tls
        case "AUTH": stage = .authentication
        case "MAIL": stage = .sender
        case "RCPT":
            stage = .recipients
            recipientsNamed += 1
        case "DATA": stage = .data
        // The answers of an AUTH conversation.
        default: break
        }
        forget()
    }

    /// The last byte of the message was handed over.
    mutating func sentMessage() {
        guard stage == .data, !isOver else { return }
        stage = .message
        forget()
    }

    /// A line came, its line end included.
    mutating func received(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard !isOver else { return }
        if stage == .connect { stage = .greeting }
        if isReplyWhole { forget() }
        let digits = bytes.prefix(3)
        guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return }
        code = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        if lines.count < 5 { lines.append(String(decoding: bytes.dropFirst(4).prefix(512), as: UTF8.self)) }
        isReplyWhole = bytes.count < 4 || bytes[3] != 0x2D
        if isReplyWhole, stage == .recipients, let code, code / 100 != 2, recipients.indices.contains(recipientsNamed - 1) {
            refusals.append(.init(recipient: recipients[recipientsNamed - 1], reply: SMTPReply(code: code, text: text)))
        }
    }

    private mutating func forget() {
        lines = []
        code = nil
        isReplyWhole = false
    }

    /// What the server said, fit for a log. At AUTH only the status code within it, for a server may quote what it was sent.
    private var text: String {
        var text = ""
        for line in lines {
            var line = line[...]
            let status = Self.enhancedStatus(line)
            // Repeated in each line of a reply.
            if !text.isEmpty, let status { line = line.dropFirst(status.count) }
            if stage == .authentication { line = status.map { $0[...] } ?? "" }
            // Nothing that is not seen may part a secret that is looked for below.
            let words = PlainText.bare.line(line, atMost: .max)
            if !words.isEmpty { text += (text.isEmpty ? "" : " ") + words }
        }
        let bytes = Array(text.utf8)
        if secrets.contains(where: { Self.contains($0, in: bytes) }) { return "" }
        return PlainText.bare.line(text, atMost: 200)
    }

    /// `5.1.1` at the start (RFC 3463).
    private static func enhancedStatus(_ line: Substring) -> String? {
        let word = line.prefix { $0 != " " && $0 != "\r" && $0 != "\n" && $0 != "\r\n" }
        let numbers = word.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 3, numbers.allSatisfy({ (1...3).contains($0.utf8.count) && $0.allSatisfy { ("0"..."9").contains($0) } })
        else {
            return nil
        }
        return String(word)
    }

    private static func contains(_ part: [UInt8], in whole: [UInt8]) -> Bool {
        guard part.count <= whole.count else { return false }
        return (0...(whole.count - part.count)).contains { whole[$0...].starts(with: part) }
    }
}

/// Bytes in base64 (RFC 4648, section 4).
private func base64(_ bytes: [UInt8]) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
        for index in 0..<4 { text.append(index <= group.count ? alphabet[value >> (18 - 6 * index) & 63] : 0x3D) }
    }
    return text
}
