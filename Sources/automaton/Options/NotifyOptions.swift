import ArgumentParser
import AutomatonCore
import CurlHTTP
import Engine
import Logging
import Notify
import Rules

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Who is told.
struct NotifyOptions: ParsableArguments {
    @Option(
        name: .long,
        help: """
            Who is told of what, and how: a YAML file. Default: $NOTIFY, else notify.yaml in the directory of the thresholds if it is there; \
            else nobody is told.
            """, completion: .file(extensions: ["yaml", "yml"]))
    var notify: String?

    /// The file's name beside the thresholds.
    static let fileName = "notify.yaml"

    /// Where it is; nil when nobody is told.
    /// - Parameter config: where the thresholds are.
    func path(config: String?) -> String? {
        if let notify { return notify }
        if let path = ProcessInfo.processInfo.environment["NOTIFY"], !path.isEmpty { return path }
        guard let config else { return nil }
        let path = (config.hasSuffix("/") ? config : config + "/") + Self.fileName
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    /// Reads it.
    /// - Throws: `ConfigurationErrors`; `HTTPError` when there can be no client.
    func load(_ path: String) throws -> Notifications.Setup {
        let http = try HTTPClient(connectionsPerHost: 4, idleConnections: 16)
        let context = ReceiverContext(
            http: http, environment: ProcessInfo.processInfo.environment, now: WallClock.read,
            remark: { Logger(label: "automaton").warning("\($0)") })
        return Notifications.Setup(file: try NotifyFile(NotifyLoader(context), path: path), http: http)
    }
}
