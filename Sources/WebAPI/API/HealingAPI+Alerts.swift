internal import AutomatonCore
internal import Engine
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging

/// The receiver of Alertmanager's webhook.
extension HealingAPI {
    /// A message may have so many bytes.
    static let largestAlerts = 1 << 20

    func alerts(_ body: [UInt8], _ caller: Caller, _ now: Instant) async throws(APIProblem) -> Response {
        if let why = await engine.partial { throw Self.elsewhere(why) }
        let message = try AlertmanagerMessage(body)
        let told = message.told(at: now)
        guard let receipt = inbox.take(told.alerts, at: now) else {
            throw Self.elsewhere(await engine.partial ?? "this process leads no more, or not yet")
        }
        let refused = told.refused + receipt.refused
        if refused > 0 || message.truncatedAlerts ?? 0 > 0 {
            var metadata: Logger.Metadata = [
                "refused": "\(refused)", "truncated": "\(message.truncatedAlerts ?? 0)", "most": "\(AlertInbox.most)",
            ]
            if let problem = told.problem { metadata["first"] = "\(PlainText.shown.line(problem.report.detail, atMost: 200))" }
            log("Alerts were not taken", caller, metadata)
        }
        return Response(.ok, AlertsReport(firing: receipt.firing, resolved: receipt.resolved, refused: refused))
    }

    /// Alertmanager tries again after a 5xx, and then may reach the leader: not over this connection, which leads here again.
    private static func elsewhere(_ why: String) -> APIProblem {
        APIProblem(
            .serviceUnavailable, "\(why); send it to the leader", leader: why, headers: [.retryAfter: "1", .connection: "close"])
    }
}
