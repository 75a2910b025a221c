internal import AutomatonCore
public import Engine
public import ServiceLifecycle

/// Asks the engine again and again what it saw of consumer groups and databases, for the charts.
public struct FigureSampler: Service {
    private let engine: Engine
    private let history: FigureHistory
    private let interval: Duration

    /// Makes a sampler; it samples while ``run()`` runs.
    /// - Parameter interval: between two looks; checks that run less often are not asked more often by it.
    public init(engine: Engine, history: FigureHistory, every interval: Duration = .seconds(30)) {
        self.engine = engine
        self.history = history
        self.interval = max(.milliseconds(100), interval)
    }

    /// Samples until graceful shutdown or cancellation.
    public func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await sample()
                do { try await Task.sleep(for: interval) } catch { return }
            }
        }
    }

    func sample() async {
        for measured in await engine.measurements(of: [.consumerGroup, .database], limit: FigureHistory.most / 2) {
            history.take(measured.subject, measured.check, measured.figure, at: measured.at)
        }
    }
}
