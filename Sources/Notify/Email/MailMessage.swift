internal import AutomatonCore

/// A message for a mail server: two bodies that say the same (RFC 5322; RFC 2046, section 5.1.4).
struct MailMessage {
    var from: MailAddress
    var to: [MailAddress]
    var subject: String
    var date: Instant
    /// Names it, the same each time it is sent: `20261122T041233Z.8f3a01b2@example.com`.
    var id: String
    /// Names what it is about, for programs that show what belongs together; nil for nothing.
    var thread: String?
    /// Whether a person should look at once.
    var isUrgent = false
    /// The list that it belongs to: `auto-heal.example.com`; nil for none.
    var listID: String?
    var plainText: String
    var html: String

    /// As it goes over the wire.
    var bytes: [UInt8] {
        var header = MailHeader()
        header.add("From", addresses: [from])
        header.add("To", addresses: to)
        header.add("Subject", text: subject)
        header.add("Date", words: [date.mailDate])
        header.add("Message-ID", words: ["<\(id)>"])
        if let thread {
            header.add("In-Reply-To", words: ["<\(thread)>"])
            header.add("References", words: ["<\(thread)>"])
        }
        // No program is to answer it (RFC 3834; the second is Exchange's).
        header.add("Auto-Submitted", words: ["auto-generated"])
        header.add("X-Auto-Response-Suppress", words: ["All"])
        if isUrgent { header.add("Importance", words: ["high"]) }
        if let listID { header.add("List-Id", words: ["<\(listID)>"]) }
        header.add("MIME-Version", words: ["1.0"])
        header.add("Content-Type", words: ["multipart/alternative;", "boundary=\"\(Self.boundary)\""])
        var bytes = header.bytes
        append(part: "text/plain", plainText, to: &bytes)
        append(part: "text/html", html, to: &bytes)
        bytes.append(contentsOf: "\r\n--\(Self.boundary)--\r\n".utf8)
        return bytes
    }

    /// What no quoted-printable text has in it: there, "=" is followed by two digits or a line end.
    private static let boundary = "=_auto-heal_="

    private func append(part type: String, _ text: String, to bytes: inout [UInt8]) {
        let head = "\r\n--\(Self.boundary)\r\nContent-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        bytes.append(contentsOf: head.utf8)
        bytes.append(contentsOf: QuotedPrintable.encode(text))
    }
}
