internal import AutomatonCore

/// `df -P -k`: POSIX's own format, the same from GNU and busybox.
enum DiskFree {
    static func command(_ paths: [String]) -> [String] { ["df", "-P", "-k"] + paths }

    /// The usage of each line after the heading; nil when a line is none.
    static func usages(_ output: [UInt8]) -> [VolumeReading.Usage]? {
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
        guard let heading = lines.first, heading.hasPrefix("Filesystem") else { return nil }
        var usages: [VolumeReading.Usage] = []
        for line in lines.dropFirst() {
            guard let usage = usage(line) else { return nil }
            usages.append(usage)
        }
        return usages
    }

    /// `/dev/sda1 1000 700 200 78% /var/log`: the device and the place may hold blanks, the three numbers and the share stand together.
    private static func usage(_ line: Substring) -> VolumeReading.Usage? {
        let words = line.split(separator: " ")
        guard words.count >= 6 else { return nil }
        for index in 1...(words.count - 5) {
            guard Int64(words[index]) != nil, let used = Int64(words[index + 1]), let available = Int64(words[index + 2]), used >= 0,
                words[index + 3].hasSuffix("%") || words[index + 3] == "-"
            else { continue }
            // Below zero when root uses what is kept for it: ordinary users have none.
            let (capacity, overflow) = used.addingReportingOverflow(max(0, available))
            guard !overflow, capacity <= Int64.max / 1024 else { return nil }
            return VolumeReading.Usage(used: used * 1024, capacity: capacity * 1024)
        }
        return nil
    }
}
