internal import AutomatonCore
internal import HTTPTypes

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A message of Alertmanager's webhook, version 4; keys that are not known are left out
/// (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config).
struct AlertmanagerMessage: Decodable {
    struct Alert: Decodable {
        var status: String
        var labels: [String: String]
        var annotations: [String: String]?
        var startsAt: String
        var fingerprint: String
    }

    /// One alert, or what is wrong with it: others of the message may be right.
    private enum Entry: Decodable {
        case alert(Alert)
        case wrong(path: [any CodingKey], why: String)

        init(from decoder: any Decoder) throws {
            do {
                self = .alert(try Alert(from: decoder))
            } catch DecodingError.keyNotFound(let key, let context) {
                self = .wrong(path: context.codingPath + [key], why: "is missing")
            } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
                self = .wrong(path: context.codingPath, why: "has another type")
            }
        }
    }

    private var version: String
    var truncatedAlerts: Int?
    private var alerts: [Entry]

    /// Alerts of one message that are taken.
    static let most = 1000
    /// Labels of one alert, and bytes of each name and value.
    private static let (mostLabels, longest) = (64, 1024)

    /// Reads a message.
    init(_ body: [UInt8]) throws(APIProblem) {
        let right = "Alertmanager's webhook message, version 4"
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(body))
        } catch DecodingError.keyNotFound(let key, let context) {
            throw APIProblem.field(Self.path(context.codingPath + [key]), "is missing", expected: right)
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            throw APIProblem.field(Self.path(context.codingPath), "has another type", expected: right)
        } catch {
            throw APIProblem(.badRequest, "the body is no JSON object", expected: right)
        }
        guard version == "4" else {
            throw .field("version", "'\(version.prefix(20))' is not understood", expected: "\"4\"")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        String(keys.map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }.joined(separator: ".").prefix(100))
    }

    /// What a message tells.
    struct Told {
        /// The alerts as the automaton keeps them.
        var alerts: [AutomatonCore.Alert] = []
        /// How many are not taken.
        var refused = 0
        /// What is wrong with the first of those.
        var problem: APIProblem?
    }

    /// Takes the alerts that are right. Each one's own status counts, not the group's.
    func told(at now: Instant) -> Told {
        var told = Told()
        for (index, entry) in alerts.enumerated() {
            do throws(APIProblem) {
                guard index < Self.most else {
                    throw .field("alerts", "\(alerts.count) are too many", expected: "at most \(Self.most): set max_alerts of the receiver")
                }
                switch entry {
                case .alert(let alert): told.alerts.append(try Self.taken(alert, index, at: now))
                case .wrong(let path, let why): throw .field(Self.path(path), why)
                }
            } catch {
                told.refused += 1
                told.problem = told.problem ?? error
            }
        }
        return told
    }

    private static func taken(_ alert: Alert, _ index: Int, at now: Instant) throws(APIProblem) -> AutomatonCore.Alert {
        func field(_ name: String) -> String { "alerts[\(index)].\(name)" }
        guard alert.status == "firing" || alert.status == "resolved" else {
            throw .field(field("status"), "'\(alert.status.prefix(20))' is neither", expected: "firing or resolved")
        }
        guard !alert.fingerprint.isEmpty, alert.fingerprint.utf8.count <= 64,
            alert.fingerprint.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) })
        else { throw .field(field("fingerprint"), "is none", expected: "letters and digits, at most 64") }
        guard alert.labels.count <= mostLabels,
            alert.labels.allSatisfy({ $0.key.utf8.count <= longest && $0.value.utf8.count <= longest })
        else {
            throw .field(field("labels"), "are too many or too long", expected: "at most \(mostLabels), of \(longest) bytes")
        }
        guard alert.labels["alertname"]?.isEmpty == false else {
            throw .field(field("labels.alertname"), "is missing", expected: "the name of the alert")
        }
        guard let startsAt = Instant(rfc3339: alert.startsAt) else {
            throw .field(field("startsAt"), "'\(alert.startsAt.prefix(40))' is no time", expected: now.rfc3339)
        }
        let summary = alert.annotations?["summary"] ?? alert.annotations?["description"] ?? alert.annotations?["message"] ?? ""
        return AutomatonCore.Alert(
            fingerprint: alert.fingerprint, labels: alert.labels, summary: shown(summary), startsAt: startsAt,
            heardAt: now, resolvedAt: alert.status == "resolved" ? now : nil)
    }

    private static let longestSummary = 500

    /// What an annotation says, without secrets: templates put labels and values of exporters into it.
    private static func shown(_ text: String) -> String {
        PlainText.shown.line(SecretScrubber.beginning(of: text, longestSummary + 1), atMost: longestSummary)
    }
}
