import CKafka

/// What librdkafka's own threads complained about since the last reading that worked: the reasons behind a time-out.
///
/// Touched by callbacks that run within `rd_kafka_poll`, on the thread of the handle's owner.
final class BrokerComplaints {
    private struct Complaint: Equatable {
        var code: rd_kafka_resp_err_t
        var text: String
    }

    /// The latest last, none twice.
    private var complaints: [Complaint] = []
    private let limit = 4

    /// Takes a complaint, `broker: what (after how long, how often)`; without the bracket, so that one fault has one text.
    func add(_ code: rd_kafka_resp_err_t, _ text: String) {
        // "1/1 brokers are down" says less than the broker's own complaint.
        guard code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN else { return }
        var text = text
        if let bracket = text.firstRange(of: " (after ") { text = String(text[..<bracket.lowerBound]) }
        let complaint = Complaint(code: code, text: text)
        complaints.removeAll { $0 == complaint }
        complaints.append(complaint)
        if complaints.count > limit { complaints.removeFirst() }
    }

    /// A reading worked.
    func clear() { complaints.removeAll() }

    /// Why the cluster does not let us in, if that is the reason: waiting longer would not help.
    var refusal: String? {
        if let complaint = complaints.last(where: { $0.code == RD_KAFKA_RESP_ERR__AUTHENTICATION }) {
            return "authentication failed: \(complaint.text)"
        }
        if let complaint = complaints.last(where: { $0.code == RD_KAFKA_RESP_ERR__SSL }) { return "TLS failed: \(complaint.text)" }
        return nil
    }

    /// The latest that is about the broker at an address; nil for none.
    func latest(about address: String) -> String? { complaints.last { $0.text.contains(address) }?.text }

    /// All of them in a line; empty when there are none.
    var text: String { complaints.map(\.text).joined(separator: "; ") }
}
