internal import AutomatonCore
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore

/// Changes as they happen: server-sent events (HTML Living Standard, section 9.2).
extension HealingAPI {
    func events(_ request: Request, _ caller: Caller) throws(APIProblem) -> Response {
        _ = try RequestFields(query: request.uri, known: [])
        var headers = HTTPFields.guarded
        headers[.contentType] = "text/event-stream"
        // nginx would hold back what is not yet whole.
        if let buffering = HTTPField.Name("X-Accel-Buffering") { headers[buffering] = "no" }
        guard request.method != .head else { return Response(status: .ok, headers: headers) }
        guard let place = feed.follow() else {
            throw APIProblem(
                .serviceUnavailable, "\(ChangeFeed.mostFollowers) follow already, or it is shutting down", headers: [.retryAfter: "5"])
        }
        let seen = request.headers.first { $0.name.canonicalName == "last-event-id" }?.value
        let follower = Follower(feed, place, seen: seen, pace: pace) { await self.mayStay(caller, request) }
        let body = request.body
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                try await body.consumeWithInboundCloseHandler { _ in
                    try await follower.serve(&writer)
                } onInboundClosed: {
                    follower.leave()
                }
            })
    }

    /// Whether who follows may still read; nil when nobody can say now. A token ends, is taken back, or loses its right.
    private func mayStay(_ caller: Caller, _ request: Request) async -> Bool? {
        // The cookie may stand for nothing by now.
        let caller = caller.signedIn(sessions, at: now())
        do throws(APIProblem) {
            try await rights.check(caller, .get, request.uri.path)
            return true
        } catch {
            return error.status == .unauthorized || error.status == .forbidden ? false : nil
        }
    }
}
