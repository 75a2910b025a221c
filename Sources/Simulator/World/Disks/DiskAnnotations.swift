import AutomatonCore

/// How full the disks of a pod are, read from the annotations of its template.
///
/// | annotation | means |
/// |---|---|
/// | `simulator/disk-usage: /var/log/app=92%` | rotated logs in that directory fill its file system so far; more than one with commas |
/// | `simulator/volume-size: 10Gi` | the size of each PersistentVolumeClaim; 10Gi without it |
enum DiskAnnotations {
    /// A directory and how full its file system is.
    struct Level: Hashable {
        var path: String
        var percent: Double
    }

    static let defaultClaimSize: Int64 = 10 << 30

    /// The directories that are filled.
    static func levels(in annotations: JSONObject) -> Result<[Level], BehaviourAnnotations.Problem> {
        guard let text = annotations["simulator/disk-usage"]?.string else { return .success([]) }
        var levels: [Level] = []
        for item in text.split(separator: ",") {
            let parts = item.split(separator: "=", maxSplits: 1).map { $0.drop { $0 == " " } }
            guard parts.count == 2, parts[0].first == "/", !parts[0].contains(".."), parts[1].last == "%",
                let percent = Double(parts[1].dropLast()), (0...100).contains(percent)
            else {
                return .failure(.init(text: "simulator/disk-usage: \"\(item)\" is no directory and percentage such as /var/log/app=92%"))
            }
            levels.append(
                Level(path: parts[0].count > 1 && parts[0].last == "/" ? String(parts[0].dropLast()) : String(parts[0]), percent: percent))
        }
        return .success(levels)
    }

    /// The size of each claim in bytes.
    static func claimSize(in annotations: JSONObject) -> Result<Int64, BehaviourAnnotations.Problem> {
        guard let text = annotations["simulator/volume-size"]?.string else { return .success(defaultClaimSize) }
        guard let size = ByteQuantity(text), size.bytes >= 64 << 20 else {
            return .failure(.init(text: "simulator/volume-size: \"\(text)\" is no quantity of at least 64Mi such as 10Gi"))
        }
        return .success(size.bytes)
    }

    /// The first annotation that is not understood; nil if there is none.
    static func problem(in annotations: JSONObject) -> BehaviourAnnotations.Problem? {
        if case .failure(let problem) = levels(in: annotations) { return problem }
        if case .failure(let problem) = claimSize(in: annotations) { return problem }
        return nil
    }
}
