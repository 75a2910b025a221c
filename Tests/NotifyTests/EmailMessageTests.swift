import SeededRandom
import Testing

@testable import AutomatonCore
@testable import Notify

@Suite(.timeLimit(.minutes(10)))
struct EmailMessageTests {
    private static let fields = [
        "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "X-Auto-Response-Suppress",
        "Importance", "MIME-Version", "Content-Type",
    ]

    private func notifier(from: String = "Auto-Heal <heal@example.com>", to: [String] = ["sre@example.com"]) throws -> EmailNotifier {
        EmailNotifier(try EmailSettings(server: "smtp://127.0.0.1", from: from, to: to))
    }

    @Test func saysWhatHappened() async throws {
        let message = try notifier(to: ["Sören Ä. <soeren@example.com>", "\"Night, watch\" <night@example.com>", "c@example.com"]).mail(
            sampleMessage())
        let mail = try #require(try await ReadMail.of([message.bytes]).first)
        #expect(mail.defects == [])
        #expect(mail.fields == Self.fields)
        #expect(mail.subject == "Auto-Heal: my-app-7c9-xyz Restarted (OOMKilled)")
        #expect(mail.from == [["Auto-Heal", "heal@example.com"]])
        #expect(
            mail.to == [["Sören Ä.", "soeren@example.com"], ["Night, watch", "night@example.com"], ["", "c@example.com"]])
        #expect(mail.date == "2026-10-30T06:00:00+00:00")
        #expect(mail.parts.map(\.type) == ["multipart/alternative", "text/plain", "text/html"])
        for part in mail.parts.dropFirst() {
            for words in ["CRITICAL", "my-app-7c9-xyz", "OOMKilled", "137", "oom-killed", "Likely cause: a limit that is too low.", "UTC"] {
                #expect(part.text.contains(words), "\(part.type) \(words)")
            }
        }
    }

    @Test func keepsOneThreadAnIncident() throws {
        let notifier = try notifier()
        var later = sampleMessage(.resolved)
        later.at = later.at + .seconds(60)
        let (first, again, end) = (notifier.mail(sampleMessage()), notifier.mail(sampleMessage()), notifier.mail(later))
        #expect(first.bytes == again.bytes)
        #expect(first.id != end.id)
        #expect(first.thread == end.thread)
        var other = sampleMessage()
        other.key = "another"
        #expect(notifier.mail(other).thread != first.thread)
        #expect(!end.isUrgent)
    }

    /// Whatever the texts are, the message has the same fields and parts, and says them.
    @Test func takesNoFieldAndNoPartFromHostileText() async throws {
        var random = SplitMix64(7)
        let pieces = [
            "\r\n", "\n", "\r", "\u{0}", "\u{2028}", "\u{2029}", "\u{85}", "\u{B}", "\u{C}", "Bcc: x@evil.example",
            "\r\nBcc: x@evil.example\r\n",
            "\r\n\r\n", "--=_auto-heal_=", "--=_auto-heal_=--", "\r\n.\r\n", "=?utf-8?q?=0D=0ABcc:_x@evil.example?=", "<script>",
            "\"'&</td>",
            " ", "  ", "\t", "a", "word", "ä", "日本語", "👩‍👩‍👧‍👦", "\u{202E}", "\u{E000}", "=", "=3D", ".", "From ", "\\", ",", ";", "<a@b>", "(c)",
            String(repeating: "x", count: 1200), String(repeating: "ö", count: 300), String(repeating: "e\u{301}", count: 90), "e\u{301}",
        ]
        func text() -> String {
            (0..<Int.random(in: 0...9, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
        }
        var messages: [Message] = []
        var mails: [MailMessage] = []
        for _ in 0..<250 {
            var message = sampleMessage()
            message.title = text()
            message.text = text()
            message.key = text()
            message.link = text()
            message.entries[0].summary = text()
            let subject = Subject(.deployment, namespace: text(), name: text())
            let reason = Reason(text(), part: text(), container: text(), exitCode: 1, message: text())
            message.entries[0].record = IncidentRecord(
                Incident(
                    key: IncidentKey(rule: text(), subject: subject), detectedAt: message.at, priority: .high,
                    finding: Finding(subject, observedAt: message.at, .seen(Evidence(reasons: [reason])))), at: message.at)
            message.entries[0].record.attempts = [
                .init(
                    id: AttemptID("1"), remediation: text(), at: message.at, summary: text(),
                    changes: [Change(text(), before: text(), after: text())])
            ]
            message.entries[0].record.personTold = text()
            // Names that a configuration would not be allowed to have are refused before.
            let name = text()
            let from = MailAddress("\(name) <heal@example.com>") == nil ? "heal@example.com" : "\(name) <heal@example.com>"
            messages.append(message)
            mails.append(try notifier(from: from).mail(message))
        }
        let read = try await ReadMail.of(mails.map(\.bytes))
        #expect(read.count == mails.count)
        for (index, mail) in read.enumerated() {
            #expect(mail.fields == Self.fields, "\(index)")
            #expect(mail.defects == [], "\(index)")
            #expect(mail.parts.map(\.type) == ["multipart/alternative", "text/plain", "text/html"], "\(index)")
            #expect(mail.partFields.allSatisfy { $0 == ["Content-Type", "Content-Transfer-Encoding"] }, "\(index)")
            #expect(mail.longestLine <= 998, "\(index)")
            #expect(!mail.hasStrayBytes, "\(index)")
            #expect(mail.subject == messages[index].title.oneLine(250), "\(index)")
            #expect(mail.from.map { $0[1] } == ["heal@example.com"], "\(index)")
            #expect(mail.to == [["", "sre@example.com"]], "\(index)")

            #expect(mail.parts[1].text.trimmingEnd() == mails[index].plainText.trimmingEnd(), "\(index)")
            #expect(mail.parts[2].text.trimmingEnd() == mails[index].html.trimmingEnd(), "\(index)")
            #expect(!mail.parts[2].text.contains("<script>"), "\(index)")
            #expect(mail.parts[2].text.utf8.count < 100_000, "\(index)")
        }
    }

    @Test func staysBelowWhatMailProgramsCutOff() throws {
        var message = sampleMessage()
        let long = String(repeating: "<&\"'>", count: 5000)
        message.text = long
        message.entries[0].summary = long
        message.entries[0].record.personTold = long
        message.entries[0].record.attempts = (0..<40).map { index in
            .init(
                id: AttemptID("\(index)"), remediation: "raise-memory", at: message.at, summary: long,
                changes: (0..<40).map { Change("field-\($0)", before: "1", after: "2") })
        }
        message.entries = Array(repeating: message.entries[0], count: 40)
        let mail = try notifier().mail(message)
        #expect(mail.html.contains("And 32 more incidents."))
        #expect(mail.html.contains("(35 earlier)"))
        #expect(mail.html.contains("and 32 more<"))
        // At worst five bytes each for characters that must be escaped.
        #expect(mail.bytes.count < 600_000)
    }

    @Test func linksNothingButWebAddresses() throws {
        for link in ["javascript:alert(1)", "https://x/\r\nBcc: a", "http://x/ü", "ftp://x", ""] {
            var message = sampleMessage()
            message.link = link
            let html = try notifier().mail(message).html
            #expect(!html.contains("<a "), "\(link)")
        }
        var message = sampleMessage()
        message.link = "https://heal.example.com/?a=1&b=\"2\""
        #expect(try notifier().mail(message).html.contains("href=\"https://heal.example.com/?a=1&amp;b=&quot;2&quot;\""))
    }

    @Test func writesQuotedPrintableAsItIsRead() {
        #expect(String(decoding: QuotedPrintable.encode("a=b \n.x\nFrom y\n"), as: UTF8.self) == "a=3Db=20\r\n=2Ex\r\n=46rom y\r\n\r\n")
        let long = QuotedPrintable.encode(String(repeating: "x", count: 77))
        #expect(String(decoding: long, as: UTF8.self) == String(repeating: "x", count: 75) + "=\r\nxx\r\n")
    }
}

extension String {
    fileprivate func trimmingEnd() -> Substring {
        var text = self[...]
        while let last = text.last, last.isNewline || last == " " { text = text.dropLast() }
        return text
    }
}
