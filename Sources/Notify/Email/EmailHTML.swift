/// An e-mail as HTML that mail programs show alike: tables, styles on each element, no style sheet, no picture, nothing loaded.
///
/// Only the band at the top and the button have a background; everything else takes the colours of the program, light or dark.
enum EmailHTML {
    static func of(_ content: EmailContent) -> String {
        let colour = colour(content.tone)
        var rows = band(content, colour)
        for paragraph in content.lead { rows += row(padding: "12px 16px 0", text(paragraph)) }
        for item in content.items { rows += row(padding: "16px 16px 0", self.item(item, colour)) }
        if content.itemsLeftOut > 0 { rows += row(padding: "16px 16px 0", text("And \(content.itemsLeftOut) more incidents.")) }
        if let link = content.link { rows += row(padding: "20px 16px 0", button(link, colour)) }
        rows += row(
            padding: "24px 16px 24px", "<div style=\"font-size:12px;line-height:17px;opacity:.75\">\(escaped(EmailContent.footer))</div>")
        // Programs without maximum widths (Outlook) take the attribute.
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="supported-color-schemes" content="light dark">
            <title>\(escaped(content.title))</title>
            </head>
            <body style="margin:0;padding:0">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
            <tr><td align="center" style="padding:8px">
            <table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px;\(font)">
            \(rows)</table>
            </td></tr>
            </table>
            </body>
            </html>

            """
    }

    private static let font =
        "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:15px;line-height:21px"
    private static let code = "font-family:SFMono-Regular,Consolas,'DejaVu Sans Mono',monospace;font-size:13px"
    private static let breaking = "word-break:break-word;overflow-wrap:anywhere"

    /// White text on it has a contrast of at least 4.5.
    private static func colour(_ tone: EmailContent.Tone) -> String {
        switch tone {
        case .critical: "#b3261e"
        case .high: "#c2410c"
        case .medium: "#946200"
        case .warning: "#3b5b8c"
        case .resolved: "#1b7f3b"
        case .neutral: "#52606d"
        }
    }

    private static func row(padding: String, _ content: String) -> String {
        "<tr><td style=\"padding:\(padding)\">\(content)</td></tr>\n"
    }

    private static func band(_ content: EmailContent, _ colour: String) -> String {
        """
        <tr><td bgcolor="\(colour)" style="background-color:\(colour);border-radius:6px;padding:12px 16px 14px;color:#ffffff">
        <div style="font-size:12px;line-height:16px;font-weight:bold;letter-spacing:1px">\(escaped(content.word))</div>
        <div style="font-size:19px;line-height:25px;font-weight:bold;padding:4px 0;\(breaking)">\(escaped(content.title))</div>
        <div style="font-size:12px;line-height:16px">\(escaped(content.at))</div>
        </td></tr>

        """
    }

    private static func item(_ item: EmailContent.Item, _ colour: String) -> String {
        var html = "<div style=\"font-weight:bold;padding-bottom:4px;\(breaking)\">\(escaped(item.heading))</div>\n"
        html += "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\">\n"
        for fact in item.facts {
            html += """
                <tr><td width="96" valign="top" style="width:96px;padding:3px 12px 3px 0;font-size:13px;opacity:.75">\(escaped(fact.label))</td>\
                <td valign="top" style="padding:3px 0;font-size:14px;\(breaking)">\(escaped(fact.value))</td></tr>

                """
        }
        html += "</table>\n"
        if let need = item.need {
            html += """
                <div style="margin-top:12px;border-left:4px solid \(colour);padding:4px 0 4px 12px;\(breaking)"><b>A person is needed:</b> \
                \(escaped(need))</div>

                """
        }
        html += "<div style=\"padding-top:14px;font-weight:bold\">What was tried</div>\n"
        if item.steps.isEmpty { html += text(item.noSteps) }
        if item.stepsLeftOut > 0 { html += text("(\(item.stepsLeftOut) earlier)") }
        html += item.steps.map(step).joined()
        for paragraph in item.paragraphs { html += "<div style=\"padding-top:12px\">\(text(paragraph))</div>\n" }
        return html
    }

    private static func step(_ step: EmailContent.Step) -> String {
        var html = """
            <div style="margin-top:8px;border:1px solid #8b929c;border-radius:6px;padding:8px 12px">
            <div style="\(breaking)"><b>\(escaped(step.title))</b>: \(escaped(step.outcome))</div>

            """
        for change in step.changes {
            html += """
                <div style="padding-top:4px;\(code);\(breaking)">\(path(change.field))<br>\
                \(escaped(change.before)) &rarr; <b>\(escaped(change.after))</b></div>

                """
        }
        if step.changesLeftOut > 0 { html += text("and \(step.changesLeftOut) more") }
        return html + "<div style=\"padding-top:4px;font-size:12px;line-height:17px;opacity:.75\">\(escaped(step.times))</div>\n</div>\n"
    }

    private static func button(_ link: String, _ colour: String) -> String {
        """
        <table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>\
        <td bgcolor="\(colour)" style="background-color:\(colour);border-radius:6px"><a href="\(escaped(link))" \
        style="display:inline-block;padding:10px 18px;color:#ffffff;font-weight:bold;text-decoration:none">Show the incident</a></td>\
        </tr></table>
        <div style="padding-top:8px;font-size:12px;line-height:17px;opacity:.75;\(breaking)">\(escaped(link))</div>
        """
    }

    private static func text(_ paragraph: String) -> String {
        "<div style=\"\(breaking)\">"
            + paragraph.split(separator: "\n", omittingEmptySubsequences: false).map(escaped).joined(separator: "<br>\n") + "</div>\n"
    }

    /// The path of a field, which may be broken after its dots.
    private static func path(_ field: String) -> String {
        field.split(separator: ".", omittingEmptySubsequences: false).map(escaped).joined(separator: ".<wbr>")
    }

    /// Text as it may stand between tags and in quoted attributes.
    private static func escaped(_ text: some StringProtocol) -> String {
        var html = ""
        html.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": html += "&amp;"
            case "<": html += "&lt;"
            case ">": html += "&gt;"
            case "\"": html += "&quot;"
            case "'": html += "&#39;"
            default: html.unicodeScalars.append(scalar)
            }
        }
        return html
    }
}
