import ArgumentParser
import WebAPI

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The secret of the API.
struct TokenOptions: ParsableArguments {
    @Option(
        name: .long,
        help: """
            A file with the API's token, for requests that change something. Default: $API_TOKEN; without one, such requests are taken from \
            the same machine only.
            """, completion: .file())
    var apiTokenFile: String?

    /// Reads the token; nil when none is configured. What is configured and cannot be used is an error.
    /// - Throws: `APIToken.Unusable`.
    func token() throws(APIToken.Unusable) -> APIToken? {
        guard let apiTokenFile else {
            guard let text = ProcessInfo.processInfo.environment["API_TOKEN"] else { return nil }
            return try APIToken(text.utf8, from: "API_TOKEN")
        }
        guard let data = FileManager.default.contents(atPath: apiTokenFile) else {
            throw APIToken.Unusable("--api-token-file \(apiTokenFile): the file cannot be read")
        }
        return try APIToken(data, from: "--api-token-file \(apiTokenFile)")
    }
}
