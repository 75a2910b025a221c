import Engine
import ServiceLifecycle
import WebAPI

/// Runs the engine once the web server listens: a process that cannot have its port must not take the journal from the one that has both.
struct OnceListening: Service {
    let web: WebServer
    let engine: Engine

    func run() async throws {
        guard await cancelWhenGracefulShutdown({ await web.listening() }) != nil else { return }
        await engine.run()
    }
}
