import AutomatonCore
import Testing

/// Expects that a check measures in the units that its documentation tells.
func expectDocumented(_ findings: [Finding], of check: any Check.Type, sourceLocation: SourceLocation = #_sourceLocation) {
    let units = check.documentation.figures.reduce(into: [:]) { $0[$1.name] = $1.unit }
    for finding in findings {
        guard case .seen(let evidence) = finding.observation else { continue }
        for figure in evidence.figures {
            #expect(units[figure.name] == figure.unit, "\(check.name): \(figure.summary)", sourceLocation: sourceLocation)
        }
    }
}
