import AutomatonCore

/// How a list and watch behaves. The defaults are those of a controller in a cluster.
public struct ListWatchOptions: Sendable {
    /// Objects a page of the list.
    public var pageSize = 500
    /// How long the server is asked to keep a watch open, drawn anew for each: so that the watches of many clients do not end together.
    public var watchDuration: ClosedRange<Duration> = Duration.minutes(5)...Duration.minutes(10)
    /// A watch that is silent for longer is taken for half open. Bookmarks come about once a minute.
    public var idleTimeout: Duration = .seconds(150)
    /// How long making a connection may take.
    public var connectTimeout: Duration = .seconds(10)
    /// A list's answer that makes a pause longer than this is given up.
    public var listIdleTimeout: Duration = .seconds(30)
    /// The delay after a failure; starts over when the server is heard again.
    public var backoff = Backoff(base: .milliseconds(200), maximum: .seconds(30))
    /// Rows that may wait for the consumer before the stream is paused.
    public var bufferedRows = 2000

    /// Makes the default options.
    public init() {}
}
