/// The options of a list or a watch, checked as k8s.io/apimachinery/pkg/apis/meta/internalversion/validation does.
public struct ListOptions: Sendable {
    /// How exactly a resourceVersion is meant.
    public enum Match: Sendable {
        /// That version or a later one.
        case notOlder(UInt64)
        /// That version.
        case exact(UInt64)
        /// Whatever is at hand: resourceVersion=0.
        case any
        /// The latest.
        case latest
    }

    /// Which labels.
    public let labels: LabelSelector
    /// Which fields.
    public let fields: FieldSelector
    /// The page size; nil for no pages.
    public let limit: Int?
    /// The page's token.
    public let continueToken: ContinueToken?
    /// Which state.
    public let match: Match
    /// Seconds a watch lasts, if the client says.
    public let timeoutSeconds: Int?
    /// Whether a watch sends bookmarks.
    public let allowsBookmarks: Bool
    /// Whether a watch begins with all there is and says when that is done; nil for the old behaviour.
    public let sendsInitialEvents: Bool?
    /// Whether the version was left out.
    public let isUnversioned: Bool

    /// Reads the options of a request.
    public init(_ request: APIRequest, for resource: ServedResource, isWatch: Bool) throws(APIError) {
        labels = try LabelSelector(parsing: request.parameter("labelSelector") ?? "")
        var fields = try FieldSelector(parsing: request.parameter("fieldSelector") ?? "", for: resource)
        if !request.info.name.isEmpty { fields = try FieldSelector(parsing: "metadata.name=\(request.info.name)", for: resource) }
        self.fields = fields
        if let timeout = request.parameter("timeout"), Self.isBadDuration(timeout) {
            throw .badRequest("invalid timeout specified in the request URL - time: invalid duration \(JSON.string(timeout).text)")
        }
        for name in ["limit", "timeoutSeconds"] {
            if let text = request.parameter(name), !text.isEmpty, Int64(text) == nil {
                throw .badRequest("strconv.ParseInt: parsing \(JSON.string(text).text): invalid syntax")
            }
        }
        let limit = request.parameter("limit").flatMap { Int($0) } ?? 0
        timeoutSeconds = request.parameter("timeoutSeconds").flatMap { Int($0) }
        allowsBookmarks = request.flag("allowWatchBookmarks")
        sendsInitialEvents = request.parameter("sendInitialEvents").map { $0 == "true" || $0 == "1" }
        let version = request.parameter("resourceVersion") ?? ""
        let match = request.parameter("resourceVersionMatch") ?? ""
        let token = request.parameter("continue") ?? ""
        isUnversioned = version.isEmpty
        if let detail = Self.forbiddenMatch(
            version: version, match: match, token: token, initialEvents: sendsInitialEvents, isWatch: isWatch)
        {
            throw .invalid(
                kind: "ListOptions", group: "meta.k8s.io", name: "",
                [
                    detail.hasPrefix("Unsupported")
                        ? FieldError(reason: "FieldValueNotSupported", field: "resourceVersionMatch", message: detail)
                        : .forbidden("resourceVersionMatch", detail)
                ])
        }
        if !token.isEmpty, !version.isEmpty, version != "0" {
            throw .badRequest("specifying resource version is not allowed when using continue")
        }
        continueToken = try isWatch || token.isEmpty ? nil : ContinueToken(token)
        let isLimited = limit > 0 && version != "0"
        self.limit = isLimited ? limit : nil
        if version.isEmpty {
            self.match = .latest
        } else {
            guard let number = UInt64(version) else {
                let detail = ObjectWriter.unparsable(version)
                throw isWatch ? .internalError(detail) : .badRequest("invalid resource version: \(detail)")
            }
            if number == 0 {
                self.match = .any
            } else if match == "Exact" || (match.isEmpty && isLimited && !isWatch) {
                self.match = .exact(number)
            } else {
                self.match = .notOlder(number)
            }
        }
    }

    private static func forbiddenMatch(
        version: String, match: String, token: String, initialEvents: Bool?, isWatch: Bool
    ) -> String? {
        if isWatch {
            if !token.isEmpty { return "resourceVersionMatch is forbidden when continue is provided" }
            if initialEvents != nil {
                return match == "NotOlderThan" ? nil : "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            }
            return match.isEmpty ? nil : "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        }
        guard !match.isEmpty else { return nil }
        if !token.isEmpty { return "resourceVersionMatch is forbidden when continue is provided" }
        if version.isEmpty { return "resourceVersionMatch is forbidden unless resourceVersion is provided" }
        if match == "Exact" {
            return version == "0" ? "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"" : nil
        }
        return match == "NotOlderThan"
            ? nil : "Unsupported value: \(JSON.string(match).text): supported values: \"Exact\", \"NotOlderThan\""
    }

    private static func isBadDuration(_ text: String) -> Bool {
        if text.isEmpty || text == "0" { return false }
        let units = ["ns", "us", "µs", "ms", "s", "m", "h"]
        var rest = Substring(text)
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { !$0.isNumber && $0 != "." }
            rest = rest[unit.endIndex...]
            if number.isEmpty || !units.contains(String(unit)) { return true }
        }
        return false
    }

    /// Whether an object is in the selection.
    public func selects(_ object: StoredObject) -> Bool {
        (labels.isEmpty || labels.matches(object.labels)) && (fields.isEmpty || fields.matches(object))
    }
}

/// The token of the next page, in the API server's own form (k8s.io/apiserver/pkg/storage/continue.go).
public struct ContinueToken: Sendable {
    /// The version of the first page; nil to go on with the present state.
    public let version: UInt64?
    /// The path after which the page begins.
    public let after: String

    /// Makes a token.
    public init(version: UInt64?, after: String) {
        self.version = version
        self.after = after
    }

    /// Reads a token.
    public init(_ text: String) throws(APIError) {
        func failure(_ detail: String) -> APIError { .badRequest("invalid continue token: continue key is not valid: \(detail)") }
        let standard = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        guard let bytes = Base64.decode(standard) else {
            throw failure("illegal base64 data at input byte \(Base64.firstIllegal(in: standard) ?? 0)")
        }
        let json: JSON
        do { json = try JSON(parsing: bytes) } catch { throw failure(error.reason) }
        guard json["v"] == "meta.k8s.io/v1", let start = json["start"]?.string else {
            throw failure("server does not recognize this encoded version \(JSON.string(json["v"]?.string ?? "").text)")
        }
        guard let number = json["rv"]?.int, number != 0 else {
            throw failure("incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
        }
        version = number < 0 ? nil : UInt64(number)
        after = String(start.drop { $0 == "/" }.filter { $0 != "\0" })
    }

    /// The token as text.
    public var text: String {
        let json: JSON = ["v": "meta.k8s.io/v1", "rv": version.map { JSON(Int($0)) } ?? -1, "start": .string("/\(after)\0")]
        return Base64.encode(json.bytes, isPadded: false).map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }.reduce(into: "") { $0.append($1) }
    }
}
