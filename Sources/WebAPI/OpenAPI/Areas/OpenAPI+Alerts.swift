internal import HTTPTypes

/// What Alertmanager tells.
extension OpenAPIOperation {
    static let alerts = [
        OpenAPIOperation(
            .telling, .post, "alerts", id: "alerts", "Alertmanager's webhook, version 4",
            body: Body("What fires and what is over. Keys that are not known are left out.", .alertmanagerMessage),
            answers: [.ok("What was taken.", .alertsTaken)])
    ]
}

extension OpenAPISchema {
    private static let alert = object(
        required: [
            "status": .word(["firing", "resolved"]),
            "labels": .object(
                required: ["alertname": .text(minLength: 1)], others: .each(.text(maxLength: 1024)), maxProperties: 64),
            "startsAt": .time(),
            "fingerprint": .text(pattern: "^[0-9A-Za-z]{1,64}$"),
        ],
        optional: ["annotations": .object(others: .each(.text())).orNull], others: .any)

    fileprivate static let alertmanagerMessage = object(
        required: [
            "version": .exactly("4"),
            "alerts": .list(
                of: .anyOf([alert, .anything("Any other is left out, and counted as refused.")]), "The first 1,000 are taken."),
        ],
        optional: ["truncatedAlerts": .whole(in: .min ... .max).orNull], others: .any)

    fileprivate static let alertsTaken = named(
        "AlertsTaken", "What became of a message of Alertmanager.",
        required: [
            "success": success,
            "firing": .count("Alerts that fire, as this message says."),
            "resolved": .count("Alerts that are over, as this message says."),
            "refused": .count("Alerts that were not taken: they make no sense, or there are too many."),
        ])
}
