import Simulator
import Testing

/// Names end in the hashes that a real cluster computes: those of the recordings.
@Suite struct TemplateHashTests {
    /// The objects of a kind in the answers of the recordings, one a name.
    private static func recorded(_ kind: String) throws -> [JSON] {
        var found: [String: JSON] = [:]
        for scenario in ["deployments", "owner-references"] {
            for exchange in try RecordedExchange.load(scenario) where exchange.responseBody["kind"]?.string == "\(kind)List" {
                for item in exchange.responseBody["items"]?.array ?? [] { found[item["metadata", "name"]?.string ?? ""] = item }
            }
        }
        return Array(found.values)
    }

    @Test func replicaSets() throws {
        var checked = 0
        for set in try Self.recorded("ReplicaSet") {
            guard let hash = set["metadata", "labels", "pod-template-hash"]?.string, var template = set["spec", "template"] else {
                continue
            }
            template["metadata", "labels", "pod-template-hash"] = nil
            #expect(PodTemplateHash.hash(ofTemplate: template) == hash)
            checked += 1
        }
        #expect(checked >= 5)
    }

    @Test func controllerRevisions() throws {
        var checked = 0
        for revision in try Self.recorded("ControllerRevision") {
            guard let name = revision["metadata", "name"]?.string, let data = revision["data"], var template = data["spec", "template"]
            else {
                continue
            }
            template["$patch"] = nil
            let isDaemonSet = name.hasPrefix("agent-")
            let hash =
                isDaemonSet ? PodTemplateHash.hash(ofTemplate: template) : PodTemplateHash.hash(ofRevision: data, collisionCount: 0)
            #expect(name.hasSuffix("-\(hash)"), "\(name) ends in \(hash)")
            checked += 1
        }
        #expect(checked >= 4)
    }

    @Test func collisionsChangeTheHash() {
        let template: JSON = ["metadata": ["labels": ["a": "b"]], "spec": ["containers": []]]
        let hashes = [nil, 0, 1, 2].map { PodTemplateHash.hash(ofTemplate: template, collisionCount: $0) }
        #expect(Set(hashes).count == 4)
    }
}
