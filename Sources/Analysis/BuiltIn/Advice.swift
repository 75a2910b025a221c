import AutomatonCore

/// What is known about a kind of fault, whoever has it.
struct Advice {
    /// What it is called in a sentence.
    var fault: String
    /// What is usually behind it.
    var cause: String
    /// What a person does while it lasts.
    var repair: String
    /// What a person does so that it does not come back.
    var lasting: String
    /// What mends it is a field of the manifest, which the next deployment sets back.
    var isInManifest = false

    static func about(_ record: IncidentRecord) -> Advice {
        switch record.reason?.code {
        case "OOMKilled":
            Advice(
                fault: "killed for want of memory",
                cause: "the limit is below what the container needs at its peak, or the program leaks.",
                repair:
                    "look at its memory over the last days: a step is a limit that is too low, a slope is a leak. Raise the limit, or go "
                    + "back to the release before the leak.",
                lasting: "write the limit into the manifest it is deployed from; if memory grows between restarts, look for a leak.",
                isInManifest: true)
        case "CrashLoopBackOff":
            Advice(
                fault: "crashes again and again",
                cause:
                    "a release that does not start, a configuration or a secret that is missing or wrong, or something it needs and cannot "
                    + "reach.",
                repair: "read the log of the container before ('kubectl logs --previous'); compare the time with the last rollout "
                    + "('kubectl rollout history'), and undo it if it began then.",
                lasting: "find out from its last lines why it ended; a probe or a check at deployment would have caught it.")
        case "Error":
            Advice(
                fault: "its process ended with an error",
                cause: "the program gave up: its exit code and the last lines of its log say over what.",
                repair: "read the log of the container before ('kubectl logs --previous').",
                lasting: "find out from its last lines why it ended.")
        case "ContainerCannotRun", "StartError":
            Advice(
                fault: "its container cannot be started",
                cause:
                    "a command that is not in the image, a volume that cannot be mounted, or rights that are missing. No restart mends it.",
                repair: "'kubectl describe pod' names what is missing; correct the manifest or the image.",
                lasting: "let the deployment start the image once before it is rolled out.")
        case "DeadlineExceeded":
            Advice(
                fault: "it ran longer than it may",
                cause: "more work than usual, something slow that it waits for, or a deadline that is too short.",
                repair: "look what the job waited for; run it again with a longer activeDeadlineSeconds if the work is real.",
                lasting: "set the deadline by how long it takes on a bad day.")
        case "Evicted":
            Advice(
                fault: "evicted from its node",
                cause: "the node ran short of disk or memory, and this pod used more than it had asked for.",
                repair: "'kubectl describe node' says what was short; move or limit what uses it.",
                lasting: "set requests and an ephemeral-storage limit by what it uses.")
        case "MemoryUsage":
            Advice(
                fault: "close to its memory limit",
                cause: "more load than the limit was made for, or a leak; a kill for want of memory is near.",
                repair: "raise the limit, or spread the load over more replicas.",
                lasting: "set the limit by the peak of the last weeks.", isInManifest: true)
        case "FullestVolume", "OtherVolume", "UnreadableVolume": of(.volume)
        case "WARN": of(.consumerGroup)
        case "STALL", "STOP", "REWIND":
            Advice(
                fault: "its consumers do not move on",
                cause: "a message that they cannot take, a rebalance that does not end, or a program that hangs.",
                repair: "look at the log of the consumer that has the partition; skip or mend the message it stands at.",
                lasting: "give what cannot be taken a place of its own (a dead-letter topic).")
        default: of(record)
        }
    }

    /// Only a figure was measured: it is told with its bound. What was measured is a name, a number and a threshold of ours.
    private static func of(_ record: IncidentRecord) -> Advice {
        var advice = of(record.key.subject.kind)
        if record.reason == nil { advice.fault += " (\(record.cause))" }
        return advice
    }

    private static func of(_ kind: Subject.Kind) -> Advice {
        switch kind {
        case .consumerGroup:
            Advice(
                fault: "falls behind its topics",
                cause: "more messages than its consumers take, or consumers that became slower.",
                repair: "add consumers up to the number of partitions; look what each message waits for.",
                lasting: "scale it by its lag, or make room for the peak.")
        case .database:
            Advice(
                fault: "has nearly all of its connections taken",
                cause: "sessions that are left idle, a pool that is larger than the server allows, or one that leaks.",
                repair: "see who holds them in 'automaton explain'; end idle ones, and restart who leaks.",
                lasting: "put a pooler in between, or lower the pools so that their sum fits.")
        case .volume:
            Advice(
                fault: "its volume is nearly full",
                cause: "logs that nobody rotates, or data that grows.",
                repair: "delete or move what is old; grow the volume where its class allows.",
                lasting: "rotate the logs, and set a retention.")
        default:
            Advice(
                fault: "is unhealthy",
                cause: "the figures of the incident say what crossed which threshold.",
                repair: "'automaton explain' tells the figures, and what was tried.",
                lasting: "see whether the threshold or the workload is what should change.")
        }
    }
}
