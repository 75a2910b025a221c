import Foundation

/// A directory of its own for a test, removed with it, that can be written plainly or as kubelet mounts a ConfigMap.
final class Mount: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("rules-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path + "/" + name) }

    /// What kubelet does with each change (atomic_writer.go): a new directory, `..data_tmp` renamed over `..data`, a link for each
    /// key, stale links and the old directory removed.
    func project(_ files: [String: String], keepsOld: Bool = false) throws {
        let manager = FileManager.default
        let old = try? manager.destinationOfSymbolicLink(atPath: path + "/..data")
        let new = "..2026_03_01_12_00_03.\(UUID().uuidString.prefix(8))"
        try manager.createDirectory(atPath: path + "/" + new, withIntermediateDirectories: false)
        for (name, text) in files { try write(new + "/" + name, text) }
        try manager.createSymbolicLink(atPath: path + "/..data_tmp", withDestinationPath: new)
        guard rename(path + "/..data_tmp", path + "/..data") == 0 else { throw CocoaError(.fileWriteUnknown) }
        let links = try manager.contentsOfDirectory(atPath: path).filter { !$0.hasPrefix("..") }
        for name in files.keys where !links.contains(name) {
            try manager.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: "..data/" + name)
        }
        for name in links where files[name] == nil { try remove(name) }
        if let old, !keepsOld { try remove(old) }
    }
}
