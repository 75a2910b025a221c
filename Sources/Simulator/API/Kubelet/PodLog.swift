import AutomatonCore

/// What a kubelet answers for `pods/log`, and the words in which it refuses.
///
/// Source: `validateContainerLogStatus` in kubernetes' `pkg/kubelet/kubelet_pods.go`; the API server hands a kubelet's 400 on as a Status.
struct PodLog {
    private let container: String
    private let isPrevious: Bool
    private let withTimes: Bool
    private let tail: Int?
    private let limit: Int?
    private let since: Duration?

    /// Reads what a request asks for.
    init(_ request: APIRequest, container: String) throws(APIError) {
        func flag(_ key: String) -> Bool { ["", "true", "1"].contains(request.parameter(key) ?? "false") }
        self.container = container
        isPrevious = flag("previous")
        withTimes = flag("timestamps")
        tail = request.parameter("tailLines").flatMap { Int($0) }
        limit = request.parameter("limitBytes").flatMap { Int($0) }
        since = request.parameter("sinceSeconds").flatMap { Int($0) }.map { .seconds($0) }
        for key in ["follow", "sinceTime"] where request.parameter(key) != nil && (key != "follow" || flag(key)) {
            throw APIError(code: 501, reason: "", message: "the simulated kubelet does not serve \(key) of a log")
        }
    }

    /// The bytes of the log.
    func read(from pod: StoredObject, at now: Instant) throws(APIError) -> [UInt8] {
        let status = pod["status", "containerStatuses"]?.array?.first { $0["name"]?.string == container }
        let isFirst = pod["spec", "containers", 0, "name"]?.string == container
        guard let status = status ?? pod["status", "initContainerStatuses"]?.array?.first(where: { $0["name"]?.string == container }) else {
            throw .badRequest("container \"\(container)\" in pod \"\(pod.name)\" is not available")
        }
        let spec = (pod["spec", "containers"]?.array ?? []).first { $0["name"]?.string == container }
        let log = ContainerLog(
            container: container, image: spec?["image"]?.string ?? "", memoryLimit: spec?["resources"]?["limits"]?["memory"]?.string,
            words: isFirst ? pod["metadata", "annotations", "simulator/log"]?.string : nil)
        var lines = log.lines(of: try run(in: status, ofPod: pod.name), until: now)
        if let since { lines.removeAll { $0.at < now - since } }
        if let tail { lines = lines.suffix(tail) }
        let bytes = lines.flatMap { line in Array(((withTimes ? "\(line.at.rfc3339Micro) " : "") + line.text + "\n").utf8) }
        return limit.map { Array(bytes.prefix($0)) } ?? bytes
    }

    /// The run that is meant.
    private func run(in status: JSON, ofPod pod: String) throws(APIError) -> ContainerLog.Run {
        let state = status["state"] ?? .emptyObject
        let last = status["lastState"]?["terminated"].flatMap { $0["containerID"]?.isEmpty ?? true ? nil : $0 }
        let name = "container \"\(container)\" in pod \"\(pod)\""
        if isPrevious {
            guard let last else { throw .badRequest("previous terminated \(name) not found") }
            return Self.ended(last)
        }
        if let running = state["running"] { return ContainerLog.Run(startedAt: Self.time(running["startedAt"])) }
        if let ended = state["terminated"] {
            if !(ended["containerID"]?.isEmpty ?? true) { return Self.ended(ended) }
            guard let last else { throw .badRequest("\(name) is terminated") }
            return Self.ended(last)
        }
        if let last { return Self.ended(last) }
        switch state["waiting"]?["reason"]?.string {
        case "ErrImagePull": throw .badRequest("\(name) is waiting to start: image can't be pulled")
        case "ImagePullBackOff": throw .badRequest("\(name) is waiting to start: trying and failing to pull image")
        case let reason?: throw .badRequest("\(name) is waiting to start: \(reason)")
        case nil: throw .badRequest("\(name) is waiting to start - no logs yet")
        }
    }

    private static func ended(_ state: JSON) -> ContainerLog.Run {
        ContainerLog.Run(
            startedAt: time(state["startedAt"]),
            end: (
                state["reason"]?.string ?? "", state["exitCode"]?.int ?? 0, state["message"]?.string, time(state["finishedAt"])
            ))
    }

    private static func time(_ text: JSON?) -> Instant { text?.string.flatMap { Instant(rfc3339: $0) } ?? .epoch }
}
