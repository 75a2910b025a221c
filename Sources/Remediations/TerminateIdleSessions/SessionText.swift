import AutomatonCore

extension Session {
    /// `pid 4711 (role app, application web, 10.0.0.7)`.
    var label: String {
        var parts = ["role \(role)"]
        if !application.isEmpty { parts.append("application \(application)") }
        if !database.isEmpty { parts.append("database \(database)") }
        if !address.isEmpty { parts.append(address) }
        return "pid \(pid) (\(parts.joined(separator: ", ")))"
    }

    /// `pid 4711 (role app, application web), idle for 23 min`.
    var account: String { "\(label), \(state.rawValue) for \(stateFor.readable)" }
}
