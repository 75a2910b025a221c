import AutomatonCore

/// Runs the pods of a Job until enough of them succeeded, too many failed, or its time is over.
///
/// Source: `pkg/controller/job`. Without the tracking finalizer on the pods: they are counted as they are. Not served: indexed
/// completion and pod failure policies.
enum JobController {
    static func sync(_ name: ObjectName, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        guard let job = store.get(.jobs, namespace: name.namespace, name: name.name), !job.isBeingDeleted else { return }
        let pods = scene.dependents.objects(.pods, controlledBy: job, in: store)
        let conditions = StatusConditions(of: job)
        let isFinished = conditions["Complete"]?["status"]?.string == "True" || conditions["Failed"]?["status"]?.string == "True"
        let active = pods.filter(\.isActivePod)
        let control = PodControl(owner: job, source: .jobs)
        if isFinished {
            report(job, pods, conditions, ended: nil, &store, at: now)
            return
        }
        if let end = end(of: job, pods, at: now) {
            if !end.isSuccess { for pod in active { control.delete(pod, &store, &scene, at: now) } }
            let event = end.isSuccess ? "Completed" : end.reason
            scene.recorder.record(
                end.isSuccess ? "Normal" : "Warning", event, end.isSuccess ? "Job completed" : end.message, about: job, from: .jobs,
                in: &store, at: now)
            report(job, pods, conditions, ended: end, &store, at: now)
            return
        }
        if let seconds = job["spec", "activeDeadlineSeconds"]?.int {
            scene.agenda.add(.job(name), at: startTime(job, now) + .seconds(seconds))
        }
        if !(job["spec", "suspend"]?.bool ?? false) { run(job, pods, active, control, &store, &scene, at: now) }
        report(job, pods, conditions, ended: nil, &store, at: now)
    }

    private struct End {
        var isSuccess: Bool
        var reason: String
        var message: String
    }

    private static func startTime(_ job: StoredObject, _ now: Instant) -> Instant {
        job["status", "startTime"]?.string.flatMap { Instant(rfc3339: $0) } ?? now
    }

    private static func end(of job: StoredObject, _ pods: [StoredObject], at now: Instant) -> End? {
        let failed = pods.filter { $0["status", "phase"]?.string == "Failed" }.count
        let succeeded = pods.filter { $0["status", "phase"]?.string == "Succeeded" }.count
        let restarts = pods.reduce(0) { sum, pod in
            sum + (pod["status", "containerStatuses"]?.array ?? []).reduce(0) { $0 + ($1["restartCount"]?.int ?? 0) }
        }
        let limit = job["spec", "backoffLimit"]?.int ?? 6
        let isRestartedInPlace = job["spec", "template", "spec", "restartPolicy"]?.string == "OnFailure"
        if failed > limit || (isRestartedInPlace && limit > 0 && restarts >= limit) || (isRestartedInPlace && limit == 0 && restarts > 0) {
            return End(isSuccess: false, reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit")
        }
        if let seconds = job["spec", "activeDeadlineSeconds"]?.int, startTime(job, now) + .seconds(seconds) <= now {
            return End(isSuccess: false, reason: "DeadlineExceeded", message: "Job was active longer than specified deadline")
        }
        let completions = job["spec", "completions"]?.int
        let isDone = completions.map { succeeded >= $0 } ?? (succeeded > 0 && !pods.contains(where: \.isActivePod))
        guard isDone else { return nil }
        return End(isSuccess: true, reason: "CompletionsReached", message: "Reached expected number of succeeded pods")
    }

    private static func run(
        _ job: StoredObject, _ pods: [StoredObject], _ active: [StoredObject], _ control: PodControl, _ store: inout Store,
        _ scene: inout Scene, at now: Instant
    ) {
        let succeeded = pods.filter { $0["status", "phase"]?.string == "Succeeded" }.count
        let parallelism = job["spec", "parallelism"]?.int ?? 1
        let wanted = min(parallelism, job["spec", "completions"]?.int.map { $0 - succeeded } ?? (succeeded > 0 ? 0 : parallelism))
        for pod in active.dropFirst(max(0, wanted)) { control.delete(pod, &store, &scene, at: now) }
        guard active.count < wanted else { return }
        // A pod that replaces a failed one waits: 10 s, then twice as long each time, up to 10 min.
        let failures = pods.filter { $0["status", "phase"]?.string == "Failed" }
        if let last = failures.compactMap({ Self.endedAt($0) }).max() {
            let delay = scene.pace.scaled(min(.minutes(10), .seconds(10) * (1 << min(10, failures.count - 1))))
            if last + delay > now {
                scene.agenda.add(.job(ObjectName(job)), at: last + delay)
                return
            }
        }
        for _ in active.count..<wanted {
            do throws(PodControl.Refusal) {
                try control.create(job["spec", "template"] ?? .emptyObject, &store, &scene, at: now) { pod in
                    for key in ["batch.kubernetes.io/controller-uid", "controller-uid"] {
                        pod["metadata", "labels", .member(key)] = .string(job.uid)
                    }
                    for key in ["batch.kubernetes.io/job-name", "job-name"] {
                        pod["metadata", "labels", .member(key)] = .string(job.name)
                    }
                }
            } catch {
                scene.agenda.add(.job(ObjectName(job)), at: now + .seconds(1))
                return
            }
        }
    }

    private static func endedAt(_ pod: StoredObject) -> Instant? {
        (pod["status", "containerStatuses"]?.array ?? [])
            .compactMap { $0["state", "terminated", "finishedAt"]?.string.flatMap { Instant(rfc3339: $0) } }
            .max()
    }

    private static func report(
        _ job: StoredObject, _ pods: [StoredObject], _ conditions: StatusConditions, ended: End?, _ store: inout Store, at now: Instant
    ) {
        var list = conditions.list
        if let ended {
            for type in ended.isSuccess ? ["SuccessCriteriaMet", "Complete"] : ["FailureTarget", "Failed"] {
                list.append([
                    "type": .string(type), "status": "True", "lastProbeTime": .string(now.rfc3339),
                    "lastTransitionTime": .string(now.rfc3339), "reason": .string(ended.reason), "message": .string(ended.message),
                ])
            }
        }
        let isFinished = !list.isEmpty
        let active = isFinished ? [] : pods.filter(\.isActivePod)
        var status: JSON = [
            "startTime": .string(startTime(job, now).rfc3339),
            "terminating": JSON(pods.filter { $0.isBeingDeleted && !$0.isFinishedPod }.count),
            "uncountedTerminatedPods": .emptyObject, "ready": JSON(active.filter { $0.readySince != nil }.count),
        ]
        // A failed job's pods that were cut off count as failed.
        let cutOff = ended.map { !$0.isSuccess } ?? false ? pods.filter(\.isActivePod).count : 0
        let failed = max(job.count("failed"), pods.filter { $0["status", "phase"]?.string == "Failed" }.count + cutOff)
        let succeeded = max(job.count("succeeded"), pods.filter { $0["status", "phase"]?.string == "Succeeded" }.count)
        for (key, value) in [("active", active.count), ("failed", failed), ("succeeded", succeeded)] where value > 0 {
            status[key] = JSON(value)
        }
        if !list.isEmpty { status["conditions"] = .array(list) }
        if let ended, ended.isSuccess { status["completionTime"] = .string(now.rfc3339) }
        if let completed = job["status", "completionTime"] { status["completionTime"] = completed }
        _ = try? store.update(.jobs, namespace: job.namespace, name: job.name) { $0["status"] = status }
    }
}
