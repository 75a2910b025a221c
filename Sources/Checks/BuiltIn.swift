public import AutomatonCore

/// Every check that a rule can name.
public let builtInChecks: [any Check.Type] = [
    DiskUsage.self, FiringAlert.self, FixDrift.self, KafkaLag.self, MemoryUsage.self, PodHealth.self, PostgresConnections.self,
]
