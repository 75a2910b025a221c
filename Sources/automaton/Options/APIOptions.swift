import ArgumentParser
import AutomatonCore
import CurlHTTP
import WebAPI

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Which running automaton is asked.
struct APIOptions: ParsableArguments {
    @Option(name: .long, help: "The running automaton: http://HOST:PORT. Default: $AUTOMATON_API, else \(Self.standard).")
    var api: String?

    @OptionGroup var token: TokenOptions

    static let standard = "http://127.0.0.1:8000"

    /// Where it is.
    var url: String { api ?? ProcessInfo.processInfo.environment["AUTOMATON_API"].flatMap { $0.isEmpty ? nil : $0 } ?? Self.standard }

    func validate() throws {
        let place = api == nil ? "AUTOMATON_API" : "--api"
        guard ["http://", "https://"].contains(where: { url.hasPrefix($0) && url.count > $0.count }),
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !url.contains("@"), !url.contains("?"), !url.contains("#")
        else { throw ValidationError("\(place) \(url): write http://HOST:PORT or https://HOST:PORT") }
    }

    /// Asks with a client that ends after.
    func ask(_ body: (APIClient) async throws(AskFailure) -> Void) async throws {
        let http: HTTPClient
        do { http = try HTTPClient() } catch { throw AskFailure("\(error)", exit: .unreachable).told() }
        do throws(AskFailure) {
            let token: APIToken?
            do { token = try self.token.token() } catch { throw AskFailure("\(error)", exit: .usage) }
            try await body(APIClient(url: url, token: token, http: http))
            await http.shutdown()
        } catch {
            await http.shutdown()
            throw error.told()
        }
    }
}
