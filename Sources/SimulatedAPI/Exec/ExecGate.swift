import HTTPTypes
import NIOHTTP1
import Simulator

/// Decides which requests become a WebSocket into a pod. All others, and all that are refused, are answered over HTTP.
struct ExecGate: Sendable {
    let cluster: Cluster
    let access: Access
    let faults: APIFaultInjection
    let hasKubelets: Bool
    let onRequest: SimulatedAPIServer.RequestObserver?

    /// The subprotocols, the best first.
    private static let protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"]

    /// What is opened.
    struct Opening: Sendable {
        let exec: PodExec
        let path: String
        let subprotocol: String
    }

    /// What a request opens; nil if it does not. Decides nothing that the answer over HTTP would not decide alike.
    func opening(_ head: HTTPRequestHead) async -> Opening? {
        let parts = head.uri.split(separator: "?", maxSplits: 1)
        let path = parts.first.map { String($0).removingPercentEncoding ?? String($0) } ?? ""
        let query = Query.parse(parts.count > 1 ? String(parts[1]) : "")
        let request = APIRequest(
            method: head.method.rawValue, path: path, query: query, contentType: "", userAgent: head.headers["User-Agent"].first ?? "",
            body: [])
        guard head.method == .GET, let exec = PodExec(request), !faults.isDue(method: "GET", path: path) else { return nil }
        let offered = head.headers["Sec-WebSocket-Protocol"].flatMap { $0.split(separator: ",").map { $0.drop { $0 == " " } } }
        guard let chosen = Self.protocols.first(where: { name in offered.contains { $0 == name } }) else { return nil }
        // The older protocol goes through to the kubelet as it is, and ends before it where there is none.
        guard hasKubelets || chosen == Self.protocols[0] else { return nil }
        do {
            let user = try access.user(authorization: head.headers["Authorization"].first)
            try access.authorise(user, request.info)
            try access.authoriseConnect(user, request)
        } catch { return nil }
        guard await cluster.read({ store in exec.refusal(in: store) }) == nil else { return nil }
        onRequest?(head.method.rawValue, head.uri)
        return Opening(exec: exec, path: path, subprotocol: chosen)
    }
}
