import Foundation

/// The 1,000 pods that were recorded from a real API server: about 15 kB each, 100 of them unwell.
enum RecordedPods {
    /// The whole list as JSON.
    static func list() throws -> [UInt8] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Data/pods-1000.json.gz")
        let process = Process()
        process.executableURL = URL(filePath: "/bin/gzip")
        process.arguments = ["-dc", file.path(percentEncoded: false)]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Array(data)
    }
}

/// Figures of a sample.
struct Distribution {
    let sorted: [Double]

    init(_ values: [Double]) { sorted = values.sorted() }

    /// The value that the share of the sample does not exceed; 0.5 is the median.
    func quantile(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return .nan }
        return sorted[min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.down)))]
    }
}

extension Double {
    /// With that many decimals.
    func text(_ decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}
