import AutomatonCore

/// Behaviours read from the annotations of a pod template, so that somebody with nothing but kubectl can break things too.
///
/// | annotation | means |
/// |---|---|
/// | `simulator/needs-memory: 1536Mi` | OOM-killed while the memory limit is below |
/// | `simulator/exit-code: "1"` | exits with that code again and again (of a Job: once) |
/// | `simulator/restart-every: 30s` | exits with code 1 that often, without a lasting crash loop |
/// | `simulator/cannot-start: TEXT` | StartError with that message |
/// | `simulator/unready: "true"` | runs and is never ready |
/// | `simulator/after: 5s` | how long after its start the container fails (or, of a Job, ends); 2 s without it |
/// | `simulator/cured-by: restart` | well again once the template carries `kubectl.kubernetes.io/restartedAt` (the default of all but memory); `nothing`: never |
enum BehaviourAnnotations {
    /// An annotation that is not understood: which, and what would be right.
    struct Problem: Error, Hashable {
        var text: String
    }

    private static let prefix = "simulator/"

    /// The behaviour that a pod's annotations ask for; nil if there is none.
    static func behaviour(in annotations: JSONObject) -> Result<Behaviour?, Problem> {
        func value(_ name: String) -> String? { annotations[prefix + name]?.string }
        var after = Duration.seconds(2)
        if let text = value("after") {
            guard let duration = Duration(configured: text) else {
                return .failure(Problem(text: "simulator/after: \"\(text)\" is no duration such as 5s or 2m"))
            }
            after = duration
        }
        if let text = value("needs-memory") {
            guard let need = ByteQuantity(text) else {
                return .failure(Problem(text: "simulator/needs-memory: \"\(text)\" is no quantity such as 1536Mi"))
            }
            return .success(Behaviour(.needsMemory(need), after: after, cure: .specification))
        }
        switch value("cured-by") {
        case nil, "restart": if annotations["kubectl.kubernetes.io/restartedAt"] != nil { return .success(nil) }
        case "nothing": break
        case .some(let other):
            return .failure(Problem(text: "simulator/cured-by: \"\(other)\" is neither restart nor nothing"))
        }
        if let text = value("exit-code") {
            guard let code = Int(text), (0...255).contains(code) else {
                return .failure(Problem(text: "simulator/exit-code: \"\(text)\" is no number from 0 to 255"))
            }
            return .success(Behaviour(.exits(code: code), after: after, cure: .specification))
        }
        if let text = value("restart-every") {
            guard let every = Duration(configured: text) else {
                return .failure(Problem(text: "simulator/restart-every: \"\(text)\" is no duration such as 30s"))
            }
            return .success(Behaviour(.restartLoop, after: every, cure: .specification))
        }
        if let message = value("cannot-start") {
            return .success(Behaviour(.cannotStart(reason: .startError, message: message), cure: .specification))
        }
        if value("unready") == "true" { return .success(Behaviour(.unready, cure: .specification)) }
        return .success(nil)
    }
}
