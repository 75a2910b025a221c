public import ArgumentParser
public import AutomatonCore

extension SubjectFilter: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension IncidentRecord.Status: ExpressibleByArgument {}

extension Severity: ExpressibleByArgument {}
