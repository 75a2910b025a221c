public import Rules

/// Who is told, as it is in force, and what the file says by now.
///
/// A good change replaces the whole; a bad one is reported, once, and the last good configuration stays in force.
public actor NotifyFile {
    /// What a look at the file found.
    public enum Change: Sendable {
        /// A new configuration, to be put in force.
        case loaded(NotifyConfiguration)
        /// The file is wrong in this way; what is in force stays so.
        case rejected(ConfigurationErrors)
        /// The file was wrong and is again what is in force.
        case restored
    }

    /// What was in force first.
    public nonisolated let first: NotifyConfiguration

    private let loader: NotifyLoader
    private let path: String
    private let files = FileExecutor("notify")
    private var inForce: SourceFile
    private var judged: SourceFile?
    private var rejected: ConfigurationErrors?

    /// The file system may block: its calls stay off the cooperative threads.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { files.asUnownedSerialExecutor() }

    /// Reads the file. Blocks on the file system, for once.
    /// - Throws: everything that is wrong, when anything is.
    public init(_ loader: NotifyLoader, path: String) throws(ConfigurationErrors) {
        let file = try loader.read(path)
        first = try loader.load(file)
        self.loader = loader
        self.path = path
        (inForce, judged) = (file, file)
    }

    /// Looks at the file; nil when there is nothing new to tell.
    public func poll() -> Change? {
        do throws(ConfigurationErrors) {
            let file = try loader.read(path)
            // One that was wrong may be right by now: a secret that it names is there.
            guard file != judged || rejected != nil else { return nil }
            judged = file
            let configuration = try loader.load(file)
            let wasBroken = rejected != nil
            rejected = nil
            if file == inForce { return wasBroken ? .restored : nil }
            inForce = file
            return .loaded(configuration)
        } catch {
            guard rejected != error else { return nil }
            rejected = error
            return .rejected(error)
        }
    }
}
