/// Kubelet's stats summary (`stats.k8s.io/v1alpha1 Summary`), as far as it is about disks.
struct StatsSummary: Decodable {
    struct FileSystem: Decodable {
        var time: String?
        var availableBytes: UInt64?
        var capacityBytes: UInt64?
        var usedBytes: UInt64?
    }

    struct Volume: Decodable {
        struct Claim: Decodable {
            var name: String
            var namespace: String
        }

        var name: String
        var pvcRef: Claim?
        var time: String?
        var availableBytes: UInt64?
        var usedBytes: UInt64?
    }

    struct Pod: Decodable {
        struct Reference: Decodable {
            var name: String
            var namespace: String
            var uid: String
        }

        var podRef: Reference
        var volume: [Volume]?
        var ephemeralStorage: FileSystem?

        enum CodingKeys: String, CodingKey {
            case podRef
            case volume
            case ephemeralStorage = "ephemeral-storage"
        }
    }

    var pods: [Pod]?
}
