public import AutomatonCore

/// Every remediation that a rule can name.
public let builtInRemediations: [any Remediation.Type] = [RaiseMemory.self, RolloutRestart.self, Scale.self, TerminateIdleSessions.self]
