import AutomatonCore
import Foundation
import KubernetesClient
import Simulator

/// Decodes real pods into rows: the scanner, and JSONDecoder into the same fields as the baseline.
enum DecodeBenchmark {
    static func run() throws {
        let list = try JSON(parsing: RecordedPods.list())
        let pods = (list["items"]?.array ?? []).map { $0.bytes }
        let bytes = pods.reduce(0) { $0 + $1.count }
        print("decode: \(pods.count) real pods, \(bytes / 1_000_000) MB, one at a time, the better of 5 runs")
        let decoder = JSONDecoder()
        let baseline = try best(5) {
            var containers = 0
            for pod in pods { containers += try decoder.decode(DecodedPod.self, from: Data(pod)).status?.containerStatuses?.count ?? 0 }
            return containers
        }
        let page = Array("{\"items\":[".utf8) + pods.joined(separator: [UInt8(ascii: ",")]) + Array("]}".utf8)
        let whole = try best(2) { try decoder.decode(DecodedList.self, from: Data(page)).items.count }
        let scanner = try best(5) {
            var containers = 0
            for pod in pods { containers += try PodScanner.pod(pod.span).row.containers.count }
            return containers
        }
        print("  JSONDecoder: \((Double(bytes) / baseline / 1e6).text(0)) MB/s")
        print("  JSONDecoder, the list as a whole: \((Double(bytes) / whole / 1e6).text(0)) MB/s")
        print(
            "  scanner:     \((Double(bytes) / scanner / 1e6).text(0)) MB/s, \((baseline / scanner).text(1)) × JSONDecoder, "
                + "\((whole / scanner).text(1)) × JSONDecoder on the list (goal: 10 ×)")
    }

    /// Seconds of the fastest run.
    private static func best(_ runs: Int, _ body: () throws -> Int) rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<runs {
            let start = ContinuousClock.now
            let decoded = try body()
            precondition(decoded > 0, "nothing was decoded")
            best = min(best, start.duration(to: .now).inSeconds)
        }
        return best
    }
}

private struct DecodedList: Decodable {
    var items: [DecodedPod]
}

/// The fields that the scanner reads, for JSONDecoder.
private struct DecodedPod: Decodable {
    struct Metadata: Decodable {
        var uid, name, namespace, resourceVersion, deletionTimestamp: String?
        var ownerReferences: [Owner]?
    }

    struct Owner: Decodable {
        var kind, name, uid: String?
        var controller: Bool?
    }

    struct Status: Decodable {
        var phase, reason, message: String?
        var conditions: [Condition]?
        var containerStatuses: [Container]?
        var initContainerStatuses: [Container]?
    }

    struct Condition: Decodable {
        var type, status: String?
    }

    struct Container: Decodable {
        struct State: Decodable {
            struct Waiting: Decodable { var reason, message: String? }
            struct Running: Decodable { var startedAt: String? }
            struct Terminated: Decodable {
                var reason, message, finishedAt: String?
                var exitCode: Int?
            }
            var waiting: Waiting?
            var running: Running?
            var terminated: Terminated?
        }
        var name: String?
        var restartCount: Int?
        var ready: Bool?
        var state, lastState: State?
    }

    var metadata: Metadata?
    var status: Status?
}
