extension GrafanaPanel {
    /// The visualizations that are used, by Grafana's names.
    enum Kind: String {
        case row
        case stat
        case lines = "timeseries"
        case states = "state-timeline"
        case heatmap
        case bars = "bargauge"

        /// The visualization's own options.
        var options: GrafanaValue {
            switch self {
            case .row: [:]
            case .stat:
                [
                    "reduceOptions": Self.last, "colorMode": "value", "graphMode": "none", "justifyMode": "auto", "orientation": "auto",
                    "textMode": "auto", "wideLayout": true,
                ]
            case .lines: ["legend": Self.legend, "tooltip": ["mode": "multi", "sort": "desc"]]
            case .states:
                [
                    "legend": Self.legend, "tooltip": ["mode": "single", "sort": "none"], "mergeValues": true, "showValue": "auto",
                    "alignValue": "left", "rowHeight": 0.9,
                ]
            case .heatmap:
                [
                    "calculate": false, "cellGap": 1, "legend": ["show": true], "rowsFrame": ["layout": "auto"],
                    "color": [
                        "mode": "scheme", "scheme": "Oranges", "scale": "exponential", "exponent": 0.5, "steps": 64, "reverse": false,
                        "fill": "dark-orange",
                    ],
                    "filterValues": ["le": 1e-9], "exemplars": ["color": "rgba(255,0,255,0.7)"], "showValue": "never",
                    "tooltip": ["mode": "single", "showColorScale": false, "yHistogram": false],
                    "yAxis": ["axisPlacement": "left", "reverse": false, "unit": "s"],
                ]
            case .bars:
                [
                    "reduceOptions": Self.last, "displayMode": "gradient", "orientation": "horizontal", "showUnfilled": true,
                    "valueMode": "color", "minVizHeight": 16, "minVizWidth": 8, "namePlacement": "auto",
                ]
            }
        }

        private static let legend: GrafanaValue = ["displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": []]
        private static let last: GrafanaValue = ["calcs": ["lastNotNull"], "fields": "", "values": false]
    }

    /// From which value on which colour; the first one holds from the bottom.
    static func thresholds(_ lowest: String, _ steps: [(from: Double, colour: String)]) -> GrafanaValue {
        let first: GrafanaValue = ["color": .text(lowest), "value": .null]
        return [
            "mode": "absolute",
            "steps": .list([first] + steps.map { ["color": .text($0.colour), "value": .number($0.from)] }),
        ]
    }

    /// Words for 0 and 1.
    static func words(_ zero: (text: String, colour: String), _ one: (text: String, colour: String)) -> GrafanaValue {
        [
            [
                "type": "value",
                "options": [
                    "0": ["text": .text(zero.text), "color": .text(zero.colour), "index": 0],
                    "1": ["text": .text(one.text), "color": .text(one.colour), "index": 1],
                ],
            ]
        ]
    }
}
