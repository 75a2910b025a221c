internal import AutomatonCore
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// A file that the pages use, served by themselves: no other host is ever asked.
struct Asset: Sendable {
    let type: String
    let text: String
    /// Names the content: a page asks for the one that it was written for.
    let version: String

    init(_ type: String, _ text: String) {
        self.type = type
        self.text = text
        var hash = StableHash()
        hash.add(text.utf8)
        version = String(hash.value, radix: 16)
    }

    static let style = Asset("text/css; charset=utf-8", StyleSheet.text)
    static let script = Asset("text/javascript; charset=utf-8", Script.text)
    static let icon = Asset(
        "image/svg+xml",
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1a56b0"/>\
        <path d="M5 17h5l3-8 6 15 3-7h5" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>
        """)

    static func named(_ path: String) -> Asset? {
        switch path {
        case "/assets/app.css": style
        case "/assets/app.js": script
        case "/assets/icon.svg", "/favicon.ico": icon
        default: nil
        }
    }

    var response: Response {
        let headers: HTTPFields = [
            .contentType: type, .cacheControl: "public, max-age=31536000, immutable", .xContentTypeOptions: "nosniff",
        ]
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
