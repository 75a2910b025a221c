public import AutomatonCore

/// The configuration in force, and what its files say by now.
///
/// A good change replaces the whole; a bad one is reported, once, and the last good configuration stays in force.
public actor ConfigurationSource {
    /// What a look at the files found.
    public enum Change: Sendable {
        /// A new configuration, to be put in force.
        case loaded(LoadedConfiguration)
        /// The files are wrong in this way; what is in force stays so.
        case rejected(ConfigurationErrors)
        /// The files were wrong and are again what is in force.
        case restored(LoadedConfiguration)
    }

    /// What metrics tell of reloads.
    public struct Status: Hashable, Sendable {
        /// `healing_config_last_reload_successful`: whether the files are right.
        public var lastReloadSuccessful: Bool
        /// `healing_config_last_reload_success_timestamp_seconds`: when they were last loaded, or found to be right again.
        public var lastSuccessAt: Instant
    }

    /// The configuration in force.
    public private(set) var current: LoadedConfiguration
    /// Whether the last reload succeeded, and when one last did.
    public private(set) var status: Status

    private let loader: ConfigurationLoader
    private let now: @Sendable () -> Instant
    private let files: FileExecutor
    private var signature: ConfigurationLoader.Signature
    /// The content that was judged last, good or bad.
    private var judged: String

    /// The file system may block: its calls stay off the cooperative threads.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { files.asUnownedSerialExecutor() }

    /// Loads the first configuration. Blocks on the file system, for once.
    /// - Throws: everything that is wrong: without a first good configuration there is nothing to run.
    public init(_ loader: ConfigurationLoader, now: @escaping @Sendable () -> Instant) throws(ConfigurationErrors) {
        // Before the reading, so that a change between the two shows at the next look.
        let signature = loader.signature()
        let reading = loader.read()
        let loaded = try reading.result.get()
        self.loader = loader
        self.now = now
        self.signature = signature
        files = FileExecutor("configuration")
        judged = reading.fingerprint
        current = loaded
        status = Status(lastReloadSuccessful: true, lastSuccessAt: now())
    }

    /// Looks at the files; nil when there is nothing new to tell. Reads them only when they seem to have changed.
    public func poll() -> Change? {
        let seen = loader.signature()
        guard seen != signature || !signature.isSettled else { return nil }
        signature = seen
        let reading = loader.read()
        guard reading.fingerprint != judged else { return nil }
        judged = reading.fingerprint
        switch reading.result {
        case .failure(let errors):
            status.lastReloadSuccessful = false
            return .rejected(errors)
        case .success(let loaded):
            let wasBroken = !status.lastReloadSuccessful
            status = Status(lastReloadSuccessful: true, lastSuccessAt: now())
            if wasBroken, loaded.fingerprint == current.fingerprint { return .restored(current) }
            current = loaded
            return .loaded(loaded)
        }
    }

    /// Looks again and again, each time after ``Thresholds/reloadInterval``, and reports each change, until it is cancelled or
    /// `sleep` throws.
    ///
    /// `sleep` is what tests replace. The next look comes when `report` has returned.
    public nonisolated func follow(
        sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        report: @Sendable (Change) async -> Void
    ) async throws {
        while true {
            try await sleep(current.thresholds.reloadInterval)
            try Task.checkCancellation()
            if let change = await poll() { await report(change) }
        }
    }
}
