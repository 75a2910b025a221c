import SeededRandom
import AutomatonCore
import Foundation
import Testing

@testable import KubernetesClient

/// Holds the scanner against JSONDecoder on mutated pods.
///
/// Where both accept, they agree. Where they differ in what they accept, it is for a reason that is written down here:
/// - The scanner alone refuses: a field that stands twice, a comma before `}`, `1.0` for an integer, mismatched or unended structure
///   around what it reads (JSONDecoder takes the first of two, and lets a comma before `}` pass).
/// - The scanner alone accepts: mistakes in what it jumps over (a misspelled literal, `[}` there).
@Suite("Scanner: mutated pods")
struct PodScannerFuzzTests {
    @Test("Never crashes, and agrees with JSONDecoder where both accept", arguments: [1, 2, 3, 4] as [UInt64])
    func mutations(seed: UInt64) throws {
        var random = SplitMix64(seed &* 0x9E37_79B9_7F4A_7C15)
        let pods = try PodFixtures.pods().map(Self.withoutManagedFields)
        var bothAccepted = 0
        var scannerAlone = 0
        for _ in 0..<1500 {
            var bytes = pods[random.below(pods.count)]
            for _ in 0...random.below(3) { Self.mutate(&bytes, &random) }
            let scanned = try? PodScanner.pod(bytes.span)
            let expected = try? PodOracle.row(bytes)
            if let scanned, let expected {
                bothAccepted += 1
                #expect(scanned.row == expected.row, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
                #expect(scanned.resourceVersion == expected.resourceVersion)
            } else if scanned != nil {
                scannerAlone += 1
            }
        }
        #expect(bothAccepted > 300)
        #expect(scannerAlone < 600)
    }

    @Test("Every truncation of a pod is refused")
    func truncations() throws {
        let pod = try #require(try PodFixtures.pods().last)
        for count in 0..<pod.count {
            #expect(throws: ScanError.self) { try PodScanner.pod(pod.span.extracting(0..<count)) }
        }
    }

    @Test("Rewritten with other space, order and escapes, a pod reads the same", arguments: [11, 12] as [UInt64])
    func rewritten(seed: UInt64) throws {
        var random = SplitMix64(seed)
        for bytes in try PodFixtures.pods() {
            let value = try JSONSerialization.jsonObject(with: Data(bytes))
            let rewritten = Array(Self.write(value, &random).utf8)
            #expect(try PodScanner.pod(rewritten.span) == PodScanner.pod(bytes.span))
        }
    }

    @Test("Random bytes of JSON's alphabet")
    func noise() {
        var random = SplitMix64(99)
        let alphabet = Array(#"{}[]":,\u0d8e-1.tfn "#.utf8) + Array(#"{"metadata":{"uid":"#.utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<random.below(90)).map { _ in alphabet[random.below(alphabet.count)] }
            #expect((try? PodScanner.pod(bytes.span)) == nil)
        }
    }

    // MARK: Mutations

    /// Half of a pod's bytes are managedFields, which are jumped over: mutations hit more of what matters without them.
    static func withoutManagedFields(_ bytes: [UInt8]) throws -> [UInt8] {
        guard var pod = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
            var metadata = pod["metadata"] as? [String: Any]
        else { return bytes }
        metadata["managedFields"] = nil
        pod["metadata"] = metadata
        return [UInt8](try JSONSerialization.data(withJSONObject: pod, options: [.withoutEscapingSlashes, .sortedKeys]))
    }

    static func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        guard bytes.count > 8 else { return }
        let place = random.below(bytes.count)
        switch random.below(9) {
        case 0: bytes[place] ^= UInt8(1 << random.below(8))
        case 1: bytes[place] = Array(#"{}[]":,\ n0"#.utf8)[random.below(11)]
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(4)))
        case 3:
            bytes.insert(
                contentsOf: Array([" ", "\n", "\t ", "\\n", "\\u0041", "\\ud83d\\ude00", "null", ",", "😀"][random.below(9)].utf8), at: place
            )
        case 4:
            // A byte of a string becomes its escape.
            let byte = bytes[place]
            if byte >= 0x61, byte <= 0x7A {
                bytes.replaceSubrange(place...place, with: Array("\\u00\(String(byte, radix: 16))".utf8))
            }
        case 5:
            // A part stands twice.
            let end = min(bytes.count, place + random.below(200))
            bytes.insert(contentsOf: Array(bytes[place..<end]), at: end)
        case 6: bytes.removeLast(random.below(3))
        case 7:
            // Another value after a colon.
            if let colon = bytes[place...].firstIndex(of: 0x3A), colon + 1 < bytes.count {
                let values = ["null,\"x\":", "1,\"x\":", "{},\"x\":", "[null],\"x\":", "true,\"x\":", "\"t\",\"x\":"]
                bytes.insert(contentsOf: Array(values[random.below(values.count)].utf8), at: colon + 1)
            }
        default:
            let other = random.below(bytes.count)
            bytes.swapAt(place, other)
        }
    }

    /// Writes a value with random white space, escapes and the order of the dictionary.
    static func write(_ value: Any, _ random: inout SplitMix64) -> String {
        let space = ["", "", " ", "\n\t"][random.below(4)]
        switch value {
        case let object as [String: Any]:
            let members = object.map { "\(space)\(quote($0.key, &random))\(space):\(space)\(write($0.value, &random))" }
            return "{\(members.joined(separator: ","))\(space)}"
        case let array as [Any]:
            return "[\(array.map { space + write($0, &random) }.joined(separator: ","))\(space)]"
        case let text as String: return quote(text, &random)
        case let number as NSNumber:
            let isBoolean = CFGetTypeIDIsBoolean(number)
            return isBoolean ? (number.boolValue ? "true" : "false") : number.stringValue
        default: return "null"
        }
    }

    /// Foundation's booleans are numbers; the type's code tells them apart.
    private static func CFGetTypeIDIsBoolean(_ number: NSNumber) -> Bool {
        String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
    }

    static func quote(_ text: String, _ random: inout SplitMix64) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" {
                result += "\\\(scalar)"
            } else if scalar.value < 0x20 || random.below(12) == 0 {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: random.below(2) == 0)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
