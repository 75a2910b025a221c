/// A refusal as the API server states it: a `Status` (k8s.io/apimachinery/pkg/apis/meta/v1).
public struct APIError: Error, Sendable {
    /// The HTTP status code.
    public var code: Int
    /// The machine-readable reason; empty for the errors that have none.
    public var reason: String
    /// The text for people.
    public var message: String
    /// `details`, if there are any.
    public var details: JSON?
    /// `metadata` of the Status; an expired continue token gets a fresh one here.
    public var metadata: JSON = .emptyObject
    /// Seconds for Retry-After.
    public var retryAfter: Int?

    /// Makes an error.
    public init(code: Int, reason: String, message: String, details: JSON? = nil, retryAfter: Int? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.retryAfter = retryAfter
    }

    /// The Status.
    public var status: JSON {
        var status: JSON = [
            "kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure", "message": .string(message),
            "code": JSON(code),
        ]
        if !reason.isEmpty { status["reason"] = .string(reason) }
        status["details"] = details
        return status
    }
}

/// One thing that is wrong with one field.
struct FieldError: Sendable {
    let reason: String
    let field: String
    let message: String

    static func invalid(_ field: String, _ value: JSON, _ detail: String) -> FieldError {
        FieldError(reason: "FieldValueInvalid", field: field, message: "Invalid value: \(value.text): \(detail)")
    }
    static func required(_ field: String, _ detail: String = "") -> FieldError {
        FieldError(reason: "FieldValueRequired", field: field, message: detail.isEmpty ? "Required value" : "Required value: \(detail)")
    }
    static func forbidden(_ field: String, _ detail: String) -> FieldError {
        FieldError(reason: "FieldValueForbidden", field: field, message: "Forbidden: \(detail)")
    }
    static func notSupported(_ field: String, _ value: JSON, _ supported: [String]) -> FieldError {
        FieldError(
            reason: "FieldValueNotSupported", field: field,
            message: "Unsupported value: \(value.text): supported values: " + supported.map { "\"\($0)\"" }.joined(separator: ", "))
    }
    static func duplicate(_ field: String, _ value: JSON) -> FieldError {
        FieldError(reason: "FieldValueDuplicate", field: field, message: "Duplicate value: \(value.text)")
    }
    static func tooLong(_ field: String, _ bytes: Int) -> FieldError {
        FieldError(reason: "FieldValueTooLong", field: field, message: "Too long: may not be more than \(bytes) bytes")
    }
}

extension APIError {
    package static func badRequest(_ message: String) -> APIError { APIError(code: 400, reason: "BadRequest", message: message) }

    static func internalError(_ message: String) -> APIError { APIError(code: 500, reason: "", message: message) }

    package static func notFound(_ type: ResourceType, _ name: String) -> APIError {
        APIError(
            code: 404, reason: "NotFound", message: "\(type.qualifiedName) \"\(name)\" not found",
            details: details(type, name, kind: type.plural))
    }

    static func alreadyExists(_ type: ResourceType, _ name: String) -> APIError {
        APIError(
            code: 409, reason: "AlreadyExists", message: "\(type.qualifiedName) \"\(name)\" already exists",
            details: details(type, name, kind: type.plural))
    }

    static func conflict(_ type: ResourceType, _ name: String, _ detail: String = staleObject) -> APIError {
        APIError(
            code: 409, reason: "Conflict", message: "Operation cannot be fulfilled on \(type.qualifiedName) \"\(name)\": \(detail)",
            details: details(type, name, kind: type.plural))
    }

    static let staleObject = "the object has been modified; please apply your changes to the latest version and try again"

    /// A precondition of a deletion does not hold. The real server names the kind here, not the resource.
    static func precondition(_ type: ResourceType, _ name: String, _ detail: String) -> APIError {
        APIError(
            code: 409, reason: "Conflict",
            message: "Operation cannot be fulfilled on \(kindName(type.kind, type.group)) \"\(name)\": \(detail)",
            details: details(type, name, kind: type.kind))
    }

    static func forbidden(_ type: ResourceType, _ name: String, _ detail: String) -> APIError {
        APIError(
            code: 403, reason: "Forbidden",
            message: name.isEmpty
                ? "\(type.qualifiedName) is forbidden: \(detail)" : "\(type.qualifiedName) \"\(name)\" is forbidden: \(detail)",
            details: details(type, name, kind: type.plural))
    }

    static func invalid(_ type: ResourceType, _ name: String, _ errors: [FieldError]) -> APIError {
        invalid(kind: type.kind, group: type.group, name: name, errors)
    }

    static func invalid(kind: String, group: String, name: String, _ errors: [FieldError]) -> APIError {
        // The causes repeat what two validators both found, the message does not.
        var texts: [String] = []
        for text in errors.map({ "\($0.field): \($0.message)" }) where !texts.contains(text) { texts.append(text) }
        var details: JSON = ["kind": .string(kind)]
        if !name.isEmpty { details["name"] = .string(name) }
        if !group.isEmpty { details["group"] = .string(group) }
        details["causes"] = .array(
            errors.map { ["reason": .string($0.reason), "message": .string($0.message), "field": .string($0.field)] })
        return APIError(
            code: 422, reason: "Invalid",
            message: "\(kindName(kind, group)) \"\(name)\" is invalid: "
                + (texts.count == 1 ? texts[0] : "[" + texts.joined(separator: ", ") + "]"),
            details: details)
    }

    /// A patch whose result cannot be decoded.
    static func undecodablePatch(_ value: String, _ detail: String) -> APIError {
        let cause = "Invalid value: \(JSON.string(value).text): \(detail)"
        return APIError(
            code: 422, reason: "Invalid", message: " \"\" is invalid: patch: \(cause)",
            details: ["causes": [["reason": "FieldValueInvalid", "message": .string(cause), "field": "patch"]]])
    }

    static let patchNotApplicable = APIError(
        code: 422, reason: "Invalid", message: "the server rejected our request due to an error in our request", details: .emptyObject)

    package static let unknownResource = APIError(
        code: 404, reason: "NotFound", message: "the server could not find the requested resource", details: .emptyObject)

    package static let methodNotAllowed = APIError(
        code: 405, reason: "MethodNotAllowed", message: "the server does not allow this method on the requested resource",
        details: .emptyObject)

    static func expired(_ message: String) -> APIError { APIError(code: 410, reason: "Expired", message: message) }

    static func details(_ type: ResourceType, _ name: String, kind: String) -> JSON {
        var details: JSON = ["kind": .string(kind)]
        if !name.isEmpty { details["name"] = .string(name) }
        if !type.group.isEmpty { details["group"] = .string(type.group) }
        return details
    }

    private static func kindName(_ kind: String, _ group: String) -> String { group.isEmpty ? kind : "\(kind).\(group)" }
}
