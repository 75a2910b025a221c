/// The hashes that workload controllers end names with, equal to those of a real cluster.
public enum PodTemplateHash {
    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")

    /// `pod-template-hash` of a ReplicaSet, `controller-revision-hash` of a DaemonSet's revision
    /// (k8s.io/kubernetes/pkg/controller.ComputeHash).
    ///
    /// - Parameters:
    ///   - template: the template, with all defaults, without the label that carries the hash.
    ///   - collisionCount: `status.collisionCount`, if the workload has one.
    public static func hash(ofTemplate template: JSON, collisionCount: Int? = nil) -> String {
        var bytes = Array(GoDump.text(ofTemplate: template).utf8)
        if let collisionCount {
            let count = UInt32(truncatingIfNeeded: collisionCount)
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + [0, 0, 0, 0]
        }
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return encoded(hash)
    }

    /// The hash of a StatefulSet's revision (k8s.io/kubernetes/pkg/controller/history.HashControllerRevision).
    ///
    /// - Parameters:
    ///   - data: the revision's data.
    ///   - collisionCount: the collisions so far; 0 counts as well.
    public static func hash(ofRevision data: JSON, collisionCount: Int) -> String {
        var hash: UInt32 = 2_166_136_261
        for byte in data.bytes + Array(String(collisionCount).utf8) { hash = (hash &* 16_777_619) ^ UInt32(byte) }
        return encoded(hash)
    }

    private static func encoded(_ hash: UInt32) -> String {
        String(String(hash).utf8.map { alphabet[Int($0) % alphabet.count] })
    }
}
