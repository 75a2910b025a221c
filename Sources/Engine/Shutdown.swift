import ServiceLifecycle

/// Waits for a graceful shutdown, or until the task is cancelled.
///
/// `gracefulShutdown()` begins a task of its own when it is cancelled. This one does not: where it runs, all of it runs, as the simulation
/// needs it.
func shutdownOrCancellation() async {
    let (end, shutdown) = AsyncStream.makeStream(of: Never.self)
    await withGracefulShutdownHandler {
        for await _ in end {}
    } onGracefulShutdown: {
        shutdown.finish()
    }
}
