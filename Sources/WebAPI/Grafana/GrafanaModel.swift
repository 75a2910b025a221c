/// A dashboard as Grafana 9 and later import it
/// (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/).
struct GrafanaModel: Encodable {
    struct Templating: Encodable { var list: [GrafanaVariable] }
    struct Annotations: Encodable { var list: [GrafanaValue] }
    struct Span: Encodable { var from = "now-6h", to = "now" }

    var uid = "self-healing-automaton"
    var title = "Self-healing automaton"
    var description = "What the automaton sees, what it did about it, what held it back, and how it is itself."
    var tags = ["kubernetes", "self-healing"]
    var schemaVersion = 39
    var version = 1
    var editable = true
    /// The crosshair is shared by all panels.
    var graphTooltip = 1
    var refresh = "30s"
    var time = Span()
    var timezone = "browser"
    var templating: Templating
    var annotations: Annotations
    var links: [GrafanaValue] = []
    var panels: [GrafanaPanel]
}

/// A variable at the top of the dashboard.
struct GrafanaVariable: Encodable {
    struct Query: Encodable {
        var query: String
        var refId = "PrometheusVariableQueryEditor-VariableQuery"
    }

    enum CodingKeys: String, CodingKey {
        case name, label, type, query, definition, datasource, refresh, sort, includeAll, multi, allValue, current, options, regex, hide
    }

    var name: String
    var label: String
    /// The values of a label; nil for the variable that chooses the data source.
    var labelValues: String?

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(label, forKey: .label)
        try container.encode([String](), forKey: .options)
        try container.encode("", forKey: .regex)
        try container.encode(0, forKey: .hide)
        guard let labelValues else {
            try container.encode("datasource", forKey: .type)
            try container.encode("prometheus", forKey: .query)
            try container.encode(1, forKey: .refresh)
            try container.encode(false, forKey: .includeAll)
            try container.encode(false, forKey: .multi)
            return try container.encode(GrafanaValue.map([:]), forKey: .current)
        }
        try container.encode("query", forKey: .type)
        try container.encode(GrafanaDatasource(), forKey: .datasource)
        try container.encode(Query(query: labelValues), forKey: .query)
        try container.encode(labelValues, forKey: .definition)
        // Again when the time range changes, in order of the alphabet.
        try container.encode(2, forKey: .refresh)
        try container.encode(1, forKey: .sort)
        try container.encode(true, forKey: .includeAll)
        try container.encode(true, forKey: .multi)
        // Also what has no such label: a scrape without Kubernetes' service discovery.
        try container.encode(".*", forKey: .allValue)
        try container.encode(["text": ["All"], "value": ["$__all"]] as GrafanaValue, forKey: .current)
    }
}

/// The data source that the person chose.
struct GrafanaDatasource: Encodable {
    var type = "prometheus"
    var uid = "${datasource}"
}

/// A query of a panel.
struct GrafanaTarget: Encodable {
    enum CodingKeys: String, CodingKey { case refId, datasource, editorMode, expr, legendFormat, format, instant, range }

    var refId: String
    var expr: String
    var legendFormat: String
    /// Asks for one value, at the end of the time range.
    var instant = false
    var format = "time_series"

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(refId, forKey: .refId)
        try container.encode(GrafanaDatasource(), forKey: .datasource)
        try container.encode("code", forKey: .editorMode)
        try container.encode(expr, forKey: .expr)
        try container.encode(legendFormat, forKey: .legendFormat)
        try container.encode(format, forKey: .format)
        try container.encode(instant, forKey: .instant)
        try container.encode(!instant, forKey: .range)
    }
}

/// Where a panel is, in the 24 columns of a dashboard.
struct GrafanaPosition: Encodable {
    var x = 0
    var y = 0
    var w: Int
    var h: Int
}

/// A panel, or the head of a row.
struct GrafanaPanel: Encodable {
    enum CodingKeys: String, CodingKey {
        case id, type, title, description, gridPos, datasource, targets, fieldConfig, options, collapsed, panels
    }

    /// How values look.
    struct Field: Encodable {
        var defaults: [String: GrafanaValue]
        var overrides: [GrafanaValue] = []
    }

    var id = 0
    var kind: Kind
    var title: String
    /// What it shows and how to read it.
    var description: String
    var position: GrafanaPosition
    var targets: [GrafanaTarget]
    var defaults: [String: GrafanaValue]

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(kind.rawValue, forKey: .type)
        try container.encode(title, forKey: .title)
        try container.encode(position, forKey: .gridPos)
        guard kind != .row else {
            try container.encode(false, forKey: .collapsed)
            return try container.encode([GrafanaPanel](), forKey: .panels)
        }
        try container.encode(description, forKey: .description)
        try container.encode(GrafanaDatasource(), forKey: .datasource)
        try container.encode(targets, forKey: .targets)
        try container.encode(Field(defaults: defaults), forKey: .fieldConfig)
        try container.encode(kind.options, forKey: .options)
    }
}
