import Foundation

/// Pods and events recorded from a real API server; the statuses are a stand-in kubelet's, modelled on the real one.
enum PodFixtures {
    static func data(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")
        return [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }

    /// Every recorded pod: healthy ones, unwell ones, and each step of each fault.
    static func pods() throws -> [[UInt8]] {
        try items(data("pods.json")) + items(data("pods-unwell.json"))
            + data("pod-fault-events.jsonl").split(separator: 0x0A).flatMap { try values(Array($0), after: "\"object\":") }
    }

    static func items(_ list: [UInt8]) throws -> [[UInt8]] { try values(list, after: "\"items\":[") }

    /// The objects that follow the marker, cut out by their brackets: the very bytes, not decoded and encoded again.
    static func values(_ bytes: [UInt8], after marker: String) throws -> [[UInt8]] {
        let text = Array(marker.utf8)
        guard let found = bytes.indices.first(where: { bytes[$0...].starts(with: text) }) else { throw CocoaError(.fileReadCorruptFile) }
        var result: [[UInt8]] = []
        var start = 0
        var depth = 0
        var isQuoted = false
        var index = found + text.count
        while index < bytes.count {
            switch bytes[index] {
            case 0x5C where isQuoted: index += 1
            case 0x22: isQuoted.toggle()
            case 0x7B where !isQuoted, 0x5B where !isQuoted:
                if depth == 0 { start = index }
                depth += 1
            case 0x7D where !isQuoted, 0x5D where !isQuoted:
                depth -= 1
                if depth == 0 { result.append(Array(bytes[start...index])) }
                if depth < 0 { return result }
            default: break
            }
            index += 1
        }
        return result
    }
}
