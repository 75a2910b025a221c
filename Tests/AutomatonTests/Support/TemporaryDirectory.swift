import Foundation

/// A directory of a test's own, removed with it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("automaton-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, and the directories on the way to it.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = URL(fileURLWithPath: path).appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    /// Puts files into a directory as kubelet does for a ConfigMap (atomic_writer.go): a new directory, then `..data_tmp` renamed
    /// over `..data`, and a link for each key.
    func project(_ files: [String: String], into name: String) throws -> String {
        let manager = FileManager.default
        let mount = path + "/" + name
        try manager.createDirectory(atPath: mount, withIntermediateDirectories: true)
        let old = try? manager.destinationOfSymbolicLink(atPath: mount + "/..data")
        let new = "..2026_03_01_12_00_03.\(UUID().uuidString.prefix(8))"
        for (key, text) in files { try write("\(name)/\(new)/\(key)", text) }
        try manager.createSymbolicLink(atPath: mount + "/..data_tmp", withDestinationPath: new)
        guard rename(mount + "/..data_tmp", mount + "/..data") == 0 else { throw CocoaError(.fileWriteUnknown) }
        for key in files.keys where (try? manager.destinationOfSymbolicLink(atPath: mount + "/" + key)) == nil {
            try manager.createSymbolicLink(atPath: mount + "/" + key, withDestinationPath: "..data/" + key)
        }
        if let old { try manager.removeItem(atPath: mount + "/" + old) }
        return mount
    }
}
