import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How an answer is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

extension Encodable {
    /// As JSON for people and scripts: indented, keys in order.
    func prettyJSON() throws(AskFailure) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        do { return String(decoding: try encoder.encode(self), as: UTF8.self) } catch { throw AskFailure("\(error)", exit: .unreachable) }
    }
}
