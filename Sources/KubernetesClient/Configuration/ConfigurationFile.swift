#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reading of small files whose absence or oddness must be said clearly.
enum ConfigurationFile {
    /// Reads a file whole.
    static func read(_ path: String, maximumBytes: Int = 4 << 20) throws -> [UInt8] {
        var isDirectory = false
        guard exists(path, isDirectory: &isDirectory) else { throw ConfigurationError(path, "the file does not exist") }
        guard !isDirectory else { throw ConfigurationError(path, "is a directory, where a file is needed") }
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ConfigurationError(path, "the file cannot be read: check its permissions")
        }
        guard data.count <= maximumBytes else { throw ConfigurationError(path, "the file is larger than \(maximumBytes) bytes") }
        return Array(data)
    }

    static func exists(_ path: String) -> Bool {
        var isDirectory = false
        return exists(path, isDirectory: &isDirectory)
    }

    private static func exists(_ path: String, isDirectory: inout Bool) -> Bool {
        FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    }

    /// A path as written in a file: relative ones start at that file's directory.
    static func resolve(_ path: String, besides file: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        let directory = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        return directory.isEmpty ? "/\(path)" : "\(directory)/\(path)"
    }
}
