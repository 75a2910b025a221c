public import AutomatonCore
public import CurlHTTP
public import Rules

/// Who is told, of what, and how: `notify.yaml` as it was read.
public struct NotifyConfiguration: Sendable {
    /// By name; each notifier reads its secrets when it delivers.
    public var receivers: [Receiver]
    /// To whom what goes.
    public var routing: Routing
    /// The dashboard's address, for links; nil for none.
    public var link: String?

    /// Makes one.
    public init(receivers: [Receiver], routing: Routing, link: String? = nil) {
        self.receivers = receivers
        self.routing = routing
        self.link = link
    }

    /// The receiver of a name.
    public func receiver(_ name: String) -> Receiver? { receivers.first { $0.name == name } }
}

/// What a receiver is made with.
public struct ReceiverContext: Sendable {
    /// Over which requests go.
    public var http: HTTPClient
    /// Wall time.
    public var now: @Sendable () -> Instant
    /// Where `{ env: NAME }` looks.
    public var environment: [String: String]
    /// Told in a line what a person should know of a delivery that went well else.
    public var remark: @Sendable (String) -> Void

    /// Makes one.
    public init(
        http: HTTPClient, environment: [String: String], now: @escaping @Sendable () -> Instant,
        remark: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.remark = remark
        self.http = http
        self.environment = environment
        self.now = now
    }
}

/// Reads one kind of receiver.
public struct ReceiverKind: Sendable {
    /// As the key `kind` has it.
    let name: String
    /// The keys of its own.
    let keys: [String]
    /// Makes the notifier; nil when there are problems, which the fields have.
    let make: @Sendable (inout ReceiverFields) -> (any Notifier)?

    /// Describes a kind.
    package init(_ name: String, keys: [String], make: @escaping @Sendable (inout ReceiverFields) -> (any Notifier)?) {
        self.name = name
        self.keys = keys
        self.make = make
    }
}

/// Reads `notify.yaml` strictly: every unknown key, missing secret and name that leads nowhere is an error, and all are reported.
public struct NotifyLoader: Sendable {
    private let context: ReceiverContext
    private let kinds: [ReceiverKind]

    /// Makes a loader.
    /// - Parameter kinds: beside the built-in ones, those of other modules.
    public init(_ context: ReceiverContext, kinds: [ReceiverKind] = []) {
        self.context = context
        self.kinds = ReceiverKind.builtIn + kinds
    }

    /// The largest file.
    static let mostBytes = 1 << 20

    /// Reads a file. Blocks on the file system.
    /// - Throws: everything that is wrong, when anything is.
    public func load(path: String) throws(ConfigurationErrors) -> NotifyConfiguration { try load(read(path)) }

    func read(_ path: String) throws(ConfigurationErrors) -> SourceFile {
        do {
            return SourceFile(path: path, bytes: try FileAccess.read(path, limit: Self.mostBytes))
        } catch {
            let why =
                switch error {
                case .failed(let failure): "cannot be read: \(failure.text)"
                case .notRegular: "is not a file"
                case .tooLarge: "is larger than \(Self.mostBytes) bytes"
                }
            throw ConfigurationErrors([Problem(file: path, message: why)])
        }
    }

    /// Reads what is in memory.
    /// - Throws: everything that is wrong, when anything is.
    public func load(_ file: SourceFile) throws(ConfigurationErrors) -> NotifyConfiguration {
        var documents: [YAMLNode] = []
        do throws(Problem) {
            documents = try YAMLNode.documents(in: file.text(), file: file.path).filter { !$0.isNull }
        } catch {
            throw ConfigurationErrors([error])
        }
        guard let root = documents.first else {
            throw ConfigurationErrors([Problem(file: file.path, line: 1, message: "is empty; write 'receivers' and 'routes', or remove it")]
            )
        }
        if documents.count > 1 {
            throw ConfigurationErrors([documents[1].place(in: file.path).problem("a second document; there is one mapping of keys")])
        }
        var reader = NotifyReader(root, file: file.path, context: context, kinds: kinds)
        let configuration = reader.read()
        guard let configuration, reader.problems.isEmpty else { throw ConfigurationErrors(reader.problems) }
        return configuration
    }
}
