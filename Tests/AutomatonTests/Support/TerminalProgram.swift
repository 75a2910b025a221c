import Foundation
import Synchronization

/// The real binary at a terminal of its own: what a person sees, and types.
final class TerminalProgram: Sendable {
    private let process: Process
    /// Of the pseudo-terminal, the side of the person.
    private let person: FileHandle
    private let seen = Mutex<[UInt8]>([])
    private let ended = Mutex<Program.End?>(nil)

    /// Starts `automaton` at a terminal that is so many columns wide.
    init(_ arguments: [String], columns: UInt16 = 120, environment: [String: String] = [:]) throws {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        guard master >= 0 else { throw POSIXError(.ENXIO) }
        person = FileHandle(fileDescriptor: master, closeOnDealloc: true)
        var size = winsize(ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        // What is there is read, and never waited for.
        guard ioctl(master, UInt(TIOCSWINSZ), &size) == 0, fcntl(master, F_SETFL, O_NONBLOCK) == 0 else { throw POSIXError(.EINVAL) }
        // posix_openpt and its like are not in Swift's Glibc: these are what they do (ioctl_tty(2): TIOCSPTLCK, TIOCGPTN).
        var (locked, number): (CInt, CUnsignedInt) = (0, 0)
        guard ioctl(master, 0x4004_5431, &locked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else { throw POSIXError(.EINVAL) }
        let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        guard slave >= 0 else { throw POSIXError(.ENXIO) }
        let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
        process = Process()
        process.executableURL = try Program.executable()
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "TERM": "xterm-256color"].merging(environment) { $1 }
        process.standardInput = terminal
        process.standardOutput = terminal
        process.standardError = terminal
        process.terminationHandler = { [weak self] process in
            let end: Program.End =
                process.terminationReason == .exit ? .exit(process.terminationStatus) : .signal(process.terminationStatus)
            self?.ended.withLock { $0 = end }
        }
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// What stands on the terminal, colours and all.
    var screen: String {
        let bytes = seen.withLock { seen in
            var piece = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(person.fileDescriptor, &piece, piece.count)
                guard count > 0 else { return seen }
                seen += piece[..<count]
            }
        }
        return String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
    }

    /// Types a line.
    func type(_ line: String) throws { try person.write(contentsOf: Data((line + "\n").utf8)) }

    /// Waits for a text on the terminal.
    func sees(_ text: String) async throws {
        try await until("'\(text)' on the terminal", context: { screen }) { screen.contains(text) }
    }

    /// Waits for its end.
    func wait() async throws -> Program.End {
        try await until("the end of the process", context: { screen }) { ended.withLock { $0 } != nil }
        return ended.withLock { $0 } ?? .exit(-1)
    }
}
