public import AutomatonCore

/// Every remediation that a rule can name.
public let builtInRemediations: [any Remediation.Type] = [
    CleanLogs.self, EvictPods.self, RaiseMemory.self, ReapplyFix.self, RolloutRestart.self, RolloutUndo.self, Scale.self,
    TerminateIdleSessions.self,
]
