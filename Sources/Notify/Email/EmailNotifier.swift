internal import AutomatonCore
import CurlHTTP
import Synchronization

/// Tells people by e-mail.
public final class EmailNotifier: Notifier {
    public static let kind = "email"

    private let settings: EmailSettings
    private let refused: @Sendable (String) -> Void
    private let pending = Mutex(Pending())

    /// Messages that some of their recipients have and others are still to get.
    private struct Pending {
        /// The addresses that still wait, by the message's name.
        var addresses: [String: [String]] = [:]
        /// The names, oldest first.
        var order: [String] = []

        /// Keeps in mind who still waits for a message; empty when nobody does.
        mutating func remember(_ waiting: [String], of id: String, most: Int) {
            if addresses.removeValue(forKey: id) != nil { order.removeAll { $0 == id } }
            guard !waiting.isEmpty else { return }
            addresses[id] = waiting
            order.append(id)
            if order.count > most { addresses[order.removeFirst()] = nil }
        }
    }

    /// How many such messages are kept in mind.
    private static let mostPending = 64

    /// Makes a notifier.
    /// - Parameter refused: Told, in a line, of a recipient who will not get a message that others got.
    public init(_ settings: EmailSettings, refused: @escaping @Sendable (String) -> Void = { _ in }) {
        self.settings = settings
        self.refused = refused
    }

    public func deliver(_ message: Message) async throws(DeliveryFailure) {
        let mail = mail(message)
        // Whoever has it does not get it again when the others' turn comes.
        let waiting = pending.withLock { $0.addresses[mail.id] } ?? settings.to.map(\.address)
        var credential: SMTPRequest.Credential?
        if let login = settings.login { credential = .init(user: login.user, password: try await login.password.read()) }
        let receipt: SMTPReceipt
        do {
            receipt = try await SMTP.deliver(request(mail.bytes, to: waiting, credential))
        } catch let error as SMTPError {
            throw DeliveryFailure(error.description, retry: error.isTransient ? .later(after: nil) : .never)
        } catch {
            throw DeliveryFailure("the delivery was given up because the program is ending", retry: .later(after: nil))
        }
        for refusal in receipt.refusals where !refusal.reply.isTransient {
            refused("mail server \(settings.host) does not take mail for \(refusal.recipient): \(refusal.reply.code) \(refusal.reply.text)")
        }
        let later = receipt.refusals.filter(\.reply.isTransient)
        pending.withLock { $0.remember(later.map(\.recipient), of: mail.id, most: Self.mostPending) }
        if let first = later.first {
            throw DeliveryFailure(
                "mail server \(settings.host) takes it later for \(later.count) of \(settings.to.count) recipients: "
                    + "\(first.reply.code) \(first.reply.text)", retry: .later(after: nil))
        }
    }

    private func request(_ bytes: [UInt8], to recipients: [String], _ credential: SMTPRequest.Credential?) -> SMTPRequest {
        SMTPRequest(
            host: settings.host, port: settings.port, security: settings.security, credential: credential,
            clientName: settings.clientName, sender: settings.from.address, recipients: recipients, message: bytes, tls: settings.tls,
            connectTimeout: min(.seconds(30), settings.timeout), timeout: settings.timeout)
    }

    /// The message as it is sent; the same each time.
    func mail(_ message: Message) -> MailMessage {
        let content = EmailContent(message)
        var thread = StableHash()
        thread.add(message.key.utf8)
        var identity = thread
        for part in [message.kind.rawValue, message.title, message.text] {
            identity.end()
            identity.add(part.utf8)
        }
        let time = message.at.rfc3339Milli.filter { $0 != "-" && $0 != ":" }
        return MailMessage(
            from: settings.from, to: settings.to, subject: content.title, date: message.at,
            id: "\(time).\(String(identity.value, radix: 16))@\(settings.from.domain)",
            thread: message.entries.isEmpty ? nil : "thread.\(String(thread.value, radix: 16))@\(settings.from.domain)",
            isUrgent: message.kind == .firing && message.severity >= .high, listID: settings.listID, plainText: EmailText.of(content),
            html: EmailHTML.of(content))
    }
}
