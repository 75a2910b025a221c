import CurlHTTP

extension KubernetesAPI {
    /// Opens a WebSocket on a subresource and runs it to its end. One try, but for a 401.
    /// - Parameters:
    ///   - isChange: Whether what runs behind it could change something: then a break leaves the outcome open.
    ///   - makeReceiver: Called for each try.
    /// - Returns: The close; nil when the connection ended without one.
    /// - Throws: `KubernetesError`, `CancellationError`, the receiver's own error.
    func webSocket(
        _ path: APIPath, query: APIQuery, protocols: [String], timeouts: HTTPTimeouts, isChange: Bool,
        into makeReceiver: () -> sending some WebSocketReceiver
    ) async throws -> WebSocketClose? {
        let line = "GET \(path)"
        var isSecondTry = false
        while true {
            let credential = try await credential(for: line)
            let request = request("GET", path, query, credential, body: nil, contentType: "")
            let webSocket = WebSocketRequest(
                url: request.url, headers: request.headers, protocols: protocols, timeouts: timeouts, tls: request.tls, proxy: request.proxy
            )
            let outcome: WebSocketOutcome
            do {
                outcome = try await WebSocket.run(webSocket, into: makeReceiver())
            } catch let error as HTTPError {
                observe("GET", nil)
                throw KubernetesError(error, request: line, isChange: isChange)
            }
            switch outcome {
            case .closed(let close):
                observe("GET", 101)
                return close
            case .refused(let response):
                observe("GET", response.status)
                if response.status == 401, !isSecondTry {
                    isSecondTry = true
                    await configuration.credentials.reject(credential)
                    continue
                }
                // Refused before anything ran, but for what a gateway says of what stands behind it.
                throw KubernetesError(response, request: line, isChange: isChange && [502, 504].contains(response.status))
            }
        }
    }
}
