#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The API server's answer to what it did not do (meta.k8s.io/v1 Status), as far as it is used.
struct APIStatus: Decodable {
    struct Metadata: Decodable {
        var `continue`: String?
    }

    struct Cause: Decodable {
        var reason: String?
        var message: String?
        var field: String?
    }

    struct Details: Decodable {
        var name: String?
        var group: String?
        var kind: String?
        var causes: [Cause]?
        var retryAfterSeconds: Int?
    }

    var kind: String?
    var metadata: Metadata?
    var message: String?
    var reason: String?
    var details: Details?
    var code: Int?

    /// Reads a Status; nil when the bytes are something else, as from a proxy or from the server's outermost handlers.
    init?(json bytes: [UInt8]) {
        guard bytes.count <= 4 << 20, let status = try? JSONDecoder().decode(APIStatus.self, from: Data(bytes)), status.kind == "Status"
        else { return nil }
        self = status
    }
}
