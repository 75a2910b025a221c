import HTTPTypes
import Hummingbird
import NIOCore
import Simulator

extension Response {
    /// A JSON answer, with the line feed that the API server ends its own with.
    static func json(_ status: HTTPResponse.Status, bytes: [UInt8]) -> Response {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(bytes.count + 1)
        buffer.writeBytes(bytes)
        if bytes.last != 0x0A { buffer.writeInteger(UInt8(0x0A)) }
        return Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-cache, private"],
            body: ResponseBody(byteBuffer: buffer))
    }

    /// A JSON answer.
    static func json(_ status: HTTPResponse.Status, _ json: JSON) -> Response { .json(status, bytes: json.bytes) }

    /// A refusal.
    static func status(_ error: APIError) -> Response {
        var response = Response.json(HTTPResponse.Status(code: error.code), error.status)
        if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
        return response
    }

    /// A container's log, as the API server hands it on.
    static func log(_ bytes: [UInt8]) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain", .cacheControl: "no-cache, private"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// An answer in plain text.
    static func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .xContentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension HTTPField.Name {
    static let warning = HTTPField.Name("Warning") ?? .via
}

/// A query string as Go's `url.ParseQuery` reads it.
enum Query {
    static func parse(_ text: String) -> [(name: String, value: String)] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decoded(parts[0]), parts.count > 1 ? decoded(parts[1]) : "")
        }
    }

    private static func decoded(_ text: Substring) -> String {
        guard text.utf8.contains(where: { $0 == 0x2B || $0 == 0x25 }) else { return String(text) }
        let spaced = String(text.map { $0 == "+" ? " " : $0 })
        return spaced.removingPercentEncoding ?? spaced
    }
}

extension String {
    /// The text with its `%xx` decoded; nil if one of them is malformed.
    var removingPercentEncoding: String? {
        var output: [UInt8] = []
        var bytes = Array(utf8)[...]
        while let byte = bytes.popFirst() {
            guard byte == 0x25 else {
                output.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: bytes.prefix(2), as: UTF8.self), radix: 16), bytes.count >= 2 else { return nil }
            output.append(value)
            bytes = bytes.dropFirst(2)
        }
        return String(decoding: output, as: UTF8.self)
    }
}
