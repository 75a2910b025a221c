import AutomatonCore
import Engine
import Logging
import Rules
import ServiceLifecycle
import Synchronization

/// Keeps the fixes where people read and edit them (a ConfigMap) the same as those of the journal: what they changed there is taken in, and
/// what changed here is written there. Only the process that leads does so.
///
/// A text that cannot be read is told and is not written over before somebody mended it: the fixes known so far go on.
final class FixMirror: EngineObserver, Service {
    private let sheets: any FixSheets
    private let leading: LeadingEngine
    private let clock: EngineClock
    private let metrics: HealingMetrics
    private let logger: Logger
    private let interval: @Sendable () async -> Duration
    private let news: (stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation)
    /// What lay there when it was last read, or written, by this process while it leads: newer than what the sheet tells was written.
    private let seen = Mutex<FixMark?>(nil)
    /// What was told last, so that it is told once.
    private let told = Mutex<String?>(nil)

    /// - Parameters:
    ///   - sheets: where they lie.
    ///   - interval: how often it is looked whether somebody changed something there.
    init(
        _ sheets: any FixSheets, of leading: LeadingEngine, clock: EngineClock, metrics: HealingMetrics, logger: Logger,
        interval: @escaping @Sendable () async -> Duration
    ) {
        (self.sheets, self.leading, self.clock, self.interval) = (sheets, leading, clock, interval)
        (self.metrics, self.logger) = (metrics, logger)
        news = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func observe(_ event: EngineEvent, at instant: Instant) {
        switch event {
        case .fix, .recalled, .leadership: news.continuation.yield()
        default: break
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    while !Task.isCancelled {
                        self.news.continuation.yield()
                        do { try await self.clock.sleep(await self.interval()) } catch { return }
                    }
                }
                group.addTask { for await _ in self.news.stream { await self.reconcile() } }
            }
        }
    }

    /// A write that others were faster than is made anew, so often at once.
    private static let tries = 5

    /// Reads the sheet, takes in what people changed, and writes what changed here.
    func reconcile() async {
        for _ in 0..<Self.tries {
            guard let engine = leading.engineThatLeads, await engine.knowsFixes else {
                metrics.fixesMirrored(inStep: nil, at: clock.now())
                return seen.withLock { $0 = nil }
            }
            do throws(PortError) {
                guard let sheet = try await sheets.read() else {
                    return tell(
                        .notice, "\(sheets.name) is not there: fixes are kept in the journal alone, if there is one. Create it, empty")
                }
                let found: [Fix]
                do throws(ConfigurationErrors) {
                    found = try FixFile.fixes(in: sheet.text ?? "", file: "\(sheets.name), \(Self.key)", now: clock.now())
                } catch {
                    return tell(
                        .error,
                        "\(error.problems.first?.description ?? "it cannot be read"). The fixes known so far go on, and nothing is written "
                            + "there before it is mended")
                }
                // Without a text nobody took anything out: somebody made it anew. To drop all of them, people write an empty list.
                let isNew = sheet.text?.allSatisfy(\.isWhitespace) ?? true
                let written = sheet.mark.map { FixMark($0) }
                let before = isNew ? nil : seen.withLock { $0 } ?? written
                guard let kept = await engine.takeFixes(found, mark: before) else { return }
                seen.withLock { $0 = FixMark(found) }
                let mark = FixMark(kept)
                if Set(kept) == Set(found), written == mark || kept.isEmpty { return tell() }
                if await engine.isDryRun { return tell() }
                try await sheets.write(FixSheet(text: FixFile.text(kept), mark: mark.text, version: sheet.version))
                seen.withLock { $0 = mark }
                return tell()
            } catch {
                // Somebody changed it: it is read again.
                if case .conflict = error { continue }
                let why =
                    if case .refused = error {
                        "\(error). Fixes are kept in the journal alone, if there is one; 'automaton rbac' prints the right that is missing"
                    } else { error.description }
                return tell(.warning, "\(sheets.name): \(why)")
            }
        }
    }

    private static let key = "fixes.yaml"

    /// Tells a problem once, and when it is over; counts it each time.
    private func tell(_ level: Logger.Level = .notice, _ problem: String? = nil) {
        metrics.fixesMirrored(inStep: problem == nil, at: clock.now())
        let before = told.withLock { told in
            defer { told = problem }
            return told
        }
        guard problem != before else { return }
        if let problem {
            logger.log(level: level, "Fixes: \(problem)", metadata: ["problem": "\(problem)"])
        } else {
            logger.notice("Fixes are kept in \(sheets.name) again")
        }
    }
}
