import Rules

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Files that people name.
enum FixesFiles {
    /// More than any manifest, or list of fixes, has: bytes.
    private static let largest = 8 << 20

    /// The text of a file.
    /// - Parameter mayBeStream: whether it may be a pipe, or `-` for the standard input: then it is waited for.
    /// - Throws: `ConfigurationErrors` that name it.
    static func text(_ path: String, mayBeStream: Bool = false) throws -> String {
        let isInput = mayBeStream && path == "-"
        func failure(_ message: String) -> ConfigurationErrors {
            ConfigurationErrors([Problem(file: isInput ? "standard input" : path, message: message)])
        }
        let bytes: [UInt8]
        do {
            bytes = isInput ? try FileAccess.readStream(STDIN_FILENO, limit: largest) : try read(path, mayBeStream)
        } catch {
            switch error {
            case .failed(let failed): throw failure("cannot be read: \(failed.text); name a file that is there")
            case .notRegular: throw failure("is no file")
            case .tooLarge: throw failure("is larger than \(largest) bytes")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("is not UTF-8 text") }
        return text
    }

    private static func read(_ path: String, _ mayBeStream: Bool) throws(FileAccess.ReadError) -> [UInt8] {
        do {
            return try FileAccess.read(path, limit: largest)
        } catch {
            guard case .notRegular = error, mayBeStream else { throw error }
            return try FileAccess.readStream(at: path, limit: largest)
        }
    }
}
