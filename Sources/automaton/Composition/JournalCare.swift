import AutomatonCore
import Engine
import Logging
import Rules
import ServiceLifecycle
import Store

/// Drops from the journal what is older than it is to be kept, once an hour.
struct JournalCare: Service {
    let journal: any Journal
    let source: ConfigurationSource
    let clock: EngineClock
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await clock.sleep(.minutes(60)) } catch { return }
                let retention = await source.current.thresholds.retention
                do throws(JournalError) {
                    try await journal.prune(retention, at: clock.now())
                } catch {
                    logger.warning("Old entries of the journal could not be dropped", metadata: ["reason": "\(error)"])
                }
            }
        }
    }
}

/// Writes recorded observations into the journal, and what is left at the end.
struct Recording: Service {
    let recorder: ObservationRecorder

    func run() async throws {
        await cancelWhenGracefulShutdown { await recorder.run() }
    }
}
