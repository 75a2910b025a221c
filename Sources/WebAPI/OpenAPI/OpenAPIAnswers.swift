/// What the API answers, and what several requests hold, as JSON Schema (draft 2020-12) in the OpenAPI document.
enum OpenAPIAnswers {
    /// Problem details, by kind.
    static let errors = #"""
        {
          "BadRequest": {
            "description": "A field is wrong; the answer names it.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "Unauthorized": {
            "description": "A token is needed, or nobody knows this one.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            "headers": {"WWW-Authenticate": {"schema": {"type": "string"}}}
          },
          "Forbidden": {
            "description": "Who asks may not.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "NotFound": {
            "description": "There is nothing such.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "MethodNotAllowed": {
            "description": "The path does not take this method; Allow names those that it takes.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "Conflict": {
            "description": "It cannot be done now, or another process leads.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "TooSlow": {
            "description": "The body did not arrive whole within 10 seconds.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "TooLarge": {
            "description": "The body is too large.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "NotJSON": {
            "description": "The body is not JSON.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "TooMany": {
            "description": "Too many requests from this address; Retry-After says when to come back.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "Unavailable": {
            "description": "Something that is needed does not answer, or too much is asked at once.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          }
        }
        """#

    /// Every object that is answered, and what requests share. None of them may hold a field that is not named here.
    static let schemas = #"""
        {
          "Problem": {
            "type": "object",
            "description": "What is wrong with a request (RFC 9457).",
            "additionalProperties": false,
            "required": ["success", "type", "title", "status", "detail"],
            "properties": {
              "success": {"type": "boolean", "const": false},
              "type": {"type": "string", "description": "Always about:blank: the status says which kind of problem it is."},
              "title": {"type": "string", "description": "The status in words."},
              "status": {"type": "integer", "minimum": 400, "maximum": 599},
              "detail": {"type": "string", "description": "What is wrong."},
              "field": {"type": "string", "description": "The field of the query or the body that is wrong, where it is one."},
              "expected": {"type": "string", "description": "What would be right, where that can be told."},
              "leader": {"type": "string", "description": "Who leads, where another process has to be asked."}
            }
          },
          "Change": {
            "type": "object",
            "description": "A field with its value before and after.",
            "additionalProperties": false,
            "required": ["field", "before", "after"],
            "properties": {
              "field": {"type": "string", "description": "Which field."},
              "before": {"type": ["string", "null"], "description": "Its value before; null when it was unset."},
              "after": {"type": ["string", "null"], "description": "Its value after; null when it was unset."}
            }
          },
          "Attempt": {
            "type": "object",
            "description": "Something that was tried.",
            "additionalProperties": false,
            "required": ["id", "remediation", "at", "summary", "changes", "changesLeftOut", "writtenAt", "outcome", "undoneAt"],
            "properties": {
              "id": {"type": "string", "description": "Names it."},
              "remediation": {"type": "string", "description": "What was used: raise-memory."},
              "at": {"type": "string", "format": "date-time", "description": "When it was authorised."},
              "summary": {"type": "string", "description": "What was planned, in a line."},
              "changes": {"type": "array", "items": {"$ref": "#/components/schemas/Change"}, "description": "What it changed, the first of it."},
              "changesLeftOut": {"type": "integer", "minimum": 0, "description": "So many more changes there were."},
              "writtenAt": {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "When it was written; null when it was not, or nobody knows."
              },
              "outcome": {"type": ["string", "null"], "enum": ["helped", "noChange", "worse", null], "description": "Null while it is not known."},
              "undoneAt": {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "When it was taken back or put back; null when it was not."
              }
            }
          },
          "ObjectEvent": {
            "type": "object",
            "description": "An event of the subject, or of its pods, as the cluster has it.",
            "additionalProperties": false,
            "required": ["at", "type", "reason", "note", "count", "about"],
            "properties": {
              "at": {"type": "string", "format": "date-time", "description": "When it was last seen."},
              "type": {"type": "string", "description": "Normal or Warning."},
              "reason": {"type": "string", "description": "BackOff."},
              "note": {"type": "string", "description": "What it says, without secrets."},
              "count": {"type": "integer", "minimum": 0, "description": "How often it was seen."},
              "about": {"type": "string", "description": "What it is about: pod/email-7c9-x2."}
            }
          },
          "Incident": {
            "type": "object",
            "description": "An incident of the history. Every field is always there; what is not known is null.",
            "additionalProperties": false,
            "required": [
              "id",
              "podName",
              "namespace",
              "containerName",
              "restartCount",
              "reason",
              "message",
              "exitCode",
              "detectedAt",
              "healedAt",
              "aiSummary",
              "emailSent",
              "status",
              "severity",
              "priority",
              "rule",
              "subject",
              "cause",
              "attempts",
              "personTold",
              "closedAt",
              "ending",
              "log",
              "logOf",
              "logMissing",
              "events",
              "eventsMissing",
              "node",
              "explainedBy",
              "explains",
              "updatedAt"
            ],
            "properties": {
              "id": {"type": "string", "description": "Names it."},
              "podName": {"type": ["string", "null"], "description": "The pod on which the worst was seen."},
              "namespace": {"type": "string", "description": "The subject's namespace; empty for what has none."},
              "containerName": {"type": ["string", "null"], "description": "The container, where there is one."},
              "restartCount": {"type": ["integer", "null"], "description": "Restarts of that container when it was seen last."},
              "reason": {"type": ["string", "null"], "description": "The worst reason in the world's own word: OOMKilled."},
              "message": {"type": "string", "description": "What the world said, or why it is an incident, in a line."},
              "exitCode": {"type": ["integer", "null"], "description": "How the process ended, where one did."},
              "detectedAt": {"type": "string", "format": "date-time", "description": "When it was first seen."},
              "healedAt": {"type": ["string", "null"], "format": "date-time", "description": "Since when it is well; null while it is not."},
              "aiSummary": {
                "type": ["string", "null"],
                "description": "What happened, what is likely to be behind it, what to do next: plain text, somebody else's words."
              },
              "emailSent": {"type": "boolean", "description": "Whether an e-mail about it was sent."},
              "status": {"type": "string", "enum": ["detected", "healing", "healed", "failed"], "description": "How far it is."},
              "severity": {"type": "string", "enum": ["critical", "high", "medium", "warning"], "description": "How bad it looks to people."},
              "priority": {"type": "string", "enum": ["critical", "high", "medium", "low"], "description": "How urgent the rule holds it to be."},
              "rule": {"type": "string", "description": "The rule."},
              "subject": {"type": "string", "description": "Its subject: production/deployment/email-service."},
              "cause": {"type": "string", "description": "Why it is an incident, in a line."},
              "attempts": {"type": "array", "items": {"$ref": "#/components/schemas/Attempt"}, "description": "What was tried, oldest first."},
              "personTold": {"type": ["string", "null"], "description": "Why a person was told; null when nobody was."},
              "closedAt": {"type": ["string", "null"], "format": "date-time", "description": "When it was over; null while it is open."},
              "ending": {
                "type": ["string", "null"],
                "enum": ["healed", "recovered", "gone", "ruleRemoved", null],
                "description": "How it ended; null while it is open."
              },
              "log": {
                "type": ["array", "null"],
                "items": {"type": "string"},
                "description": "The last lines of the container that ended, without secrets; null in lists."
              },
              "logOf": {"type": ["string", "null"], "description": "Whose lines they are."},
              "logMissing": {"type": ["string", "null"], "description": "Why there are none."},
              "events": {
                "type": ["array", "null"],
                "items": {"$ref": "#/components/schemas/ObjectEvent"},
                "description": "Recent events; null in lists."
              },
              "eventsMissing": {"type": ["string", "null"], "description": "Why there are none."},
              "node": {"type": ["string", "null"], "description": "The node on which it was seen."},
              "explainedBy": {"type": ["string", "null"], "description": "The incident that explains this one."},
              "explains": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The incidents that this one explains, as far as they are remembered."
              },
              "updatedAt": {"type": "string", "format": "date-time", "description": "When it was last changed."}
            }
          },
          "Incidents": {
            "type": "object",
            "description": "A page of the history, the latest first.",
            "additionalProperties": false,
            "required": ["success", "incidents", "total"],
            "properties": {
              "success": {"type": "boolean", "const": true, "description": "Always true."},
              "incidents": {"type": "array", "items": {"$ref": "#/components/schemas/Incident"}},
              "total": {"type": "integer", "minimum": 0, "description": "How many there are on all pages."},
              "nextCursor": {"type": "string", "description": "Names the next page (?cursor=); left out on the last one."}
            }
          },
          "IncidentAnswer": {
            "type": "object",
            "description": "One incident.",
            "additionalProperties": false,
            "required": ["success", "incident"],
            "properties": {
              "success": {"type": "boolean", "const": true, "description": "Always true."},
              "incident": {"$ref": "#/components/schemas/Incident"}
            }
          },
          "Forgotten": {
            "type": "object",
            "description": "What was dropped.",
            "additionalProperties": false,
            "required": ["success", "deleted"],
            "properties": {
              "success": {"type": "boolean", "const": true, "description": "Always true."},
              "deleted": {"type": "integer", "minimum": 0, "description": "How many incidents were dropped."}
            }
          },
          "Counts": {
            "type": "object",
            "description": "How many incidents, by status.",
            "additionalProperties": false,
            "required": ["detected", "healing", "failed", "healed"],
            "properties": {
              "detected": {"type": "integer", "minimum": 0, "description": "Seen, and nothing was changed yet."},
              "healing": {"type": "integer", "minimum": 0, "description": "An attempt was written."},
              "failed": {"type": "integer", "minimum": 0, "description": "A person is needed, or it ended unseen."},
              "healed": {"type": "integer", "minimum": 0, "description": "It is well again."}
            }
          },
          "Status": {
            "type": "object",
            "description": "Whether it is well, what it is doing now, and what it did in the last day.",
            "additionalProperties": false,
            "required": ["success", "at", "isLeader", "isDryRun", "blind", "storms", "open", "lastDay"],
            "properties": {
              "success": {"type": "boolean", "const": true, "description": "Always true."},
              "at": {"type": "string", "format": "date-time", "description": "When it was asked."},
              "isLeader": {"type": "boolean", "description": "Whether this process is the one that acts."},
              "notLeading": {"type": "string", "description": "Why it is not, and who is."},
              "standDown": {"type": "string", "description": "Why nothing new is begun at all."},
              "isDryRun": {"type": "boolean", "description": "Whether changes are only shown."},
              "blind": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Checks that cannot see, with the reason."},
              "storms": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Namespaces in which too many workloads are unhealthy at once; * for all."
              },
              "suspensions": {"type": "integer", "minimum": 0, "description": "Pauses and silences that hold; left out where this process does not lead."},
              "open": {"$ref": "#/components/schemas/Counts"},
              "lastDay": {"$ref": "#/components/schemas/Counts"}
            }
          },
          "Suspension": {
            "type": "object",
            "description": "A pause or a silence.",
            "additionalProperties": false,
            "required": ["id", "kind", "at", "by", "why"],
            "properties": {
              "id": {"type": "string", "description": "Its name, by which it is lifted."},
              "kind": {"type": "string", "enum": ["pause", "silence"], "description": "Which of the two."},
              "rule": {"type": "string", "description": "Of one rule; left out for all."},
              "subject": {"type": "string", "description": "Of some subjects; left out for all."},
              "at": {"type": "string", "format": "date-time", "description": "When it was asked for."},
              "until": {"type": "string", "format": "date-time", "description": "When it ends; left out when it has to be lifted."},
              "by": {"type": "string", "description": "Who asked for it."},
              "why": {"type": "string", "description": "Why."}
            }
          },
          "Suspensions": {
            "type": "object",
            "description": "What people asked for.",
            "additionalProperties": false,
            "required": ["suspensions"],
            "properties": {"suspensions": {"type": "array", "items": {"$ref": "#/components/schemas/Suspension"}}}
          },
          "Suspended": {
            "type": "object",
            "description": "What holds now.",
            "additionalProperties": false,
            "required": ["suspension", "incidents", "warnings"],
            "properties": {
              "suspension": {"$ref": "#/components/schemas/Suspension"},
              "incidents": {"type": "integer", "minimum": 0, "description": "Open incidents that it is about."},
              "warnings": {"type": "array", "items": {"type": "string"}, "description": "What the asker should know."}
            }
          },
          "Lifted": {
            "type": "object",
            "description": "What no longer holds.",
            "additionalProperties": false,
            "required": ["lifted"],
            "properties": {"lifted": {"$ref": "#/components/schemas/Suspension"}}
          },
          "Approved": {
            "type": "object",
            "description": "What was confirmed.",
            "additionalProperties": false,
            "required": ["rule", "subject", "by", "asked"],
            "properties": {
              "rule": {"type": "string", "description": "The rule."},
              "subject": {"type": "string", "description": "The subject."},
              "by": {"type": "string", "description": "Who confirmed it."},
              "asked": {"type": "string", "description": "The changes, before and after."}
            }
          },
          "Standing": {
            "type": "object",
            "description": "What is done about an incident now.",
            "additionalProperties": false,
            "required": ["reason"],
            "properties": {
              "hold": {"type": "string", "description": "The guard that says no; left out while nothing holds it."},
              "reason": {"type": "string", "description": "Why, with figures."},
              "until": {"type": "string", "format": "date-time", "description": "When that may change, where a time is known."}
            }
          },
          "Healing": {
            "type": "object",
            "description": "What became of the wish not to wait.",
            "additionalProperties": false,
            "required": ["rule", "subject", "by", "now"],
            "properties": {
              "rule": {"type": "string", "description": "The rule."},
              "subject": {"type": "string", "description": "The subject."},
              "by": {"type": "string", "description": "Who asked."},
              "now": {"$ref": "#/components/schemas/Standing"}
            }
          },
          "Prospects": {
            "type": "object",
            "description": "What would be done about open incidents, the most urgent first; each after those before it.",
            "additionalProperties": false,
            "required": ["at", "plans", "leftOut"],
            "properties": {
              "at": {"type": "string", "format": "date-time", "description": "When it was asked."},
              "plans": {"type": "array", "maxItems": 50, "items": {"$ref": "#/components/schemas/Prospect"}},
              "leftOut": {"type": "integer", "minimum": 0, "description": "So many more are open of what was asked for."}
            }
          },
          "Prospect": {
            "type": "object",
            "description": "What would be done about one if a person asked that it does not wait.",
            "additionalProperties": false,
            "required": ["rule", "subject", "priority", "detectedAt", "cause", "outcome", "now", "changes"],
            "properties": {
              "rule": {"type": "string", "description": "The rule."},
              "subject": {"type": "string", "description": "The subject."},
              "priority": {"type": "string", "enum": ["critical", "high", "medium", "low"], "description": "How urgent it is."},
              "detectedAt": {"type": "string", "format": "date-time", "description": "When it was first seen unhealthy."},
              "cause": {"type": "string", "description": "Why it is one, with figures."},
              "outcome": {
                "type": "string",
                "enum": ["act", "ask", "show", "hold"],
                "description": "It would be written; a person has to confirm it; it would be shown and nothing changed; or a guard says no."
              },
              "now": {"$ref": "#/components/schemas/Standing"},
              "remediation": {"type": "string", "description": "What would be used; left out where nothing is planned."},
              "summary": {"type": "string", "description": "The plan in a line; left out where nothing is planned."},
              "changes": {"type": "array", "items": {"$ref": "#/components/schemas/Change"}, "description": "Each field that would change."},
              "digest": {
                "type": "string",
                "pattern": "^[0-9a-f]{64}$",
                "description": "Names this plan for heal and approve, so that no other one is carried out; left out where nothing is planned."
              }
            }
          },
          "Resumed": {
            "type": "object",
            "description": "Whether a rule acts again.",
            "additionalProperties": false,
            "required": ["rule", "isReinstated"],
            "properties": {
              "rule": {"type": "string", "description": "The rule."},
              "isReinstated": {"type": "boolean", "description": "Whether it had stepped down, and acts again now."}
            }
          },
          "AlertsTaken": {
            "type": "object",
            "description": "What became of a message of Alertmanager.",
            "additionalProperties": false,
            "required": ["success", "firing", "resolved", "refused"],
            "properties": {
              "success": {"type": "boolean", "const": true, "description": "Always true."},
              "firing": {"type": "integer", "minimum": 0, "description": "Alerts that fire, as this message says."},
              "resolved": {"type": "integer", "minimum": 0, "description": "Alerts that are over, as this message says."},
              "refused": {"type": "integer", "minimum": 0, "description": "Alerts that were not taken: they make no sense, or there are too many."}
            }
          },
          "TrailEntry": {
            "type": "object",
            "description": "A decision, or a change of an incident.",
            "additionalProperties": false,
            "required": ["at", "rule", "subject", "priority", "kind", "word", "text"],
            "properties": {
              "at": {"type": "string", "format": "date-time", "description": "When."},
              "rule": {"type": "string", "description": "The rule of the incident."},
              "subject": {"type": "string", "description": "Its subject."},
              "priority": {"type": "string", "enum": ["critical", "high", "medium", "low"], "description": "How urgent it was."},
              "kind": {
                "type": "string",
                "description": "opened, hold, act, would_act, ask_approval, attempted, verified, revert, escalate, tell_person, closed, …"
              },
              "word": {
                "type": "string",
                "description": "The guard of a hold, the remediation of an attempt, the outcome of a verification; empty where there is none."
              },
              "text": {"type": "string", "description": "Why, with figures."},
              "attempt": {"type": "string", "description": "The attempt, where there is one."},
              "until": {"type": "string", "format": "date-time", "description": "When it is looked at again, where a time is known."}
            }
          },
          "Decisions": {
            "type": "object",
            "description": "Decisions and changes of incidents, oldest first.",
            "additionalProperties": false,
            "required": ["at", "since", "decisions", "isCut"],
            "properties": {
              "at": {"type": "string", "format": "date-time", "description": "When it was asked."},
              "since": {"type": "string", "format": "date-time", "description": "From when on."},
              "decisions": {"type": "array", "items": {"$ref": "#/components/schemas/TrailEntry"}},
              "isCut": {"type": "boolean", "description": "Whether older ones were left out."},
              "partial": {"type": "string", "description": "Why these may not be all: the process that was asked does not lead."}
            }
          },
          "Storm": {
            "type": "object",
            "description": "So many are unhealthy at once that nothing is begun.",
            "additionalProperties": false,
            "required": ["namespace", "since", "figures"],
            "properties": {
              "namespace": {"type": "string", "description": "Where; * for everywhere."},
              "since": {"type": "string", "format": "date-time", "description": "Since when."},
              "calmSince": {"type": "string", "format": "date-time", "description": "Since when they are few enough again."},
              "figures": {"type": "string", "description": "What was seen."}
            }
          },
          "SteppedDown": {
            "type": "object",
            "description": "A rule that only tells, since its attempts did not help.",
            "additionalProperties": false,
            "required": ["rule", "since", "attempts", "healed", "ineffectiveInARow"],
            "properties": {
              "rule": {"type": "string", "description": "The rule."},
              "since": {"type": "string", "format": "date-time", "description": "Since when."},
              "attempts": {"type": "integer", "minimum": 0, "description": "Attempts whose outcome is known."},
              "healed": {"type": "integer", "minimum": 0, "description": "Of those, the ones that helped."},
              "ineffectiveInARow": {"type": "integer", "minimum": 0, "description": "Attempts since the last that helped."}
            }
          },
          "BlindCheck": {
            "type": "object",
            "description": "A check that cannot see, or waits.",
            "additionalProperties": false,
            "required": ["check", "why"],
            "properties": {"check": {"type": "string", "description": "The check."}, "why": {"type": "string", "description": "Why."}}
          },
          "Automaton": {
            "type": "object",
            "description": "How the automaton is.",
            "additionalProperties": false,
            "required": ["isElected", "leads", "isDryRun", "storms", "suspensions", "steppedDown", "blind", "unobserved"],
            "properties": {
              "isElected": {"type": "boolean", "description": "Whether a leader is elected; if not, this process acts by itself."},
              "leads": {"type": "boolean", "description": "Whether this process is the one that acts."},
              "notLeading": {"type": "string", "description": "Why it does not, and who does."},
              "standsDown": {"type": "string", "description": "Why nothing new is begun at all."},
              "isDryRun": {"type": "boolean", "description": "Plans are made and shown, nothing is changed."},
              "storms": {"type": "array", "items": {"$ref": "#/components/schemas/Storm"}},
              "suspensions": {"type": "array", "items": {"$ref": "#/components/schemas/Suspension"}},
              "steppedDown": {"type": "array", "items": {"$ref": "#/components/schemas/SteppedDown"}},
              "blind": {"type": "array", "items": {"$ref": "#/components/schemas/BlindCheck"}},
              "waiting": {"type": "array", "items": {"$ref": "#/components/schemas/BlindCheck"}, "description": "Checks that can tell nothing for now though nothing is wrong; left out when there are none."},
              "unobserved": {"type": "array", "items": {"type": "string"}, "description": "Checks that have not seen everything yet."}
            }
          },
          "OpenIncident": {
            "type": "object",
            "description": "An open incident.",
            "additionalProperties": false,
            "required": ["rule", "subject", "priority", "cause", "attempts", "now", "trail", "trailLeftOut"],
            "properties": {
              "rule": {"type": "string", "description": "The rule."},
              "subject": {"type": "string", "description": "What is mended."},
              "priority": {"type": "string", "enum": ["critical", "high", "medium", "low"], "description": "How urgent it is."},
              "detectedAt": {"type": "string", "format": "date-time", "description": "When it was first seen unhealthy."},
              "cause": {"type": "string", "description": "Why it is one, with figures."},
              "observedAt": {"type": "string", "format": "date-time", "description": "When that was observed."},
              "observed": {"type": "string", "description": "What was observed, where that is something else than what is mended."},
              "attempts": {"type": "integer", "minimum": 0, "description": "Attempts made in this incident."},
              "now": {"$ref": "#/components/schemas/Standing"},
              "trail": {"type": "array", "items": {"$ref": "#/components/schemas/TrailEntry"}, "description": "Since it was detected, oldest first."},
              "trailLeftOut": {"type": "integer", "minimum": 0, "description": "So many were left out in the middle."}
            }
          },
          "PastIncident": {
            "type": "object",
            "description": "An incident that is over.",
            "additionalProperties": false,
            "required": ["rule", "subject", "priority", "closedAt", "ending", "attempts", "trail", "trailLeftOut"],
            "properties": {
              "rule": {"type": "string", "description": "The rule."},
              "subject": {"type": "string", "description": "What was mended."},
              "priority": {"type": "string", "enum": ["critical", "high", "medium", "low"], "description": "How urgent it was at the end."},
              "closedAt": {"type": "string", "format": "date-time", "description": "When its end was told."},
              "ending": {"type": "string", "description": "healed, recovered, gone or ruleRemoved."},
              "attempts": {"type": "integer", "minimum": 0, "description": "Attempts made in it."},
              "quiet": {"type": "string", "description": "Why the rule would not act at once if it came back."},
              "quietUntil": {"type": "string", "format": "date-time", "description": "Until when that holds."},
              "trail": {"type": "array", "items": {"$ref": "#/components/schemas/TrailEntry"}},
              "trailLeftOut": {"type": "integer", "minimum": 0, "description": "So many were left out in the middle."}
            }
          },
          "Rule": {
            "type": "object",
            "description": "A rule, and how it did.",
            "additionalProperties": false,
            "required": ["rule", "check", "mode", "remediations", "attempts", "healed", "ineffectiveInARow"],
            "properties": {
              "rule": {"type": "string", "description": "Its name."},
              "check": {"type": "string", "description": "The check that it judges."},
              "mode": {"type": "string", "enum": ["observe", "approve", "auto"], "description": "How it acts."},
              "remediations": {"type": "array", "items": {"type": "string"}, "description": "In the order in which they are tried."},
              "attempts": {"type": "integer", "minimum": 0, "description": "Attempts whose outcome is known."},
              "healed": {"type": "integer", "minimum": 0, "description": "Of those, the ones that helped."},
              "ineffectiveInARow": {"type": "integer", "minimum": 0, "description": "Attempts since the last that helped."}
            }
          },
          "Judgement": {
            "type": "object",
            "description": "What a rule makes of what was seen.",
            "additionalProperties": false,
            "required": ["rule", "verdict"],
            "properties": {
              "rule": {"type": "string", "description": "The rule."},
              "mends": {"type": "string", "description": "What it would mend, where that is something else."},
              "verdict": {"type": "string", "enum": ["healthy", "unhealthy", "unknown"], "description": "Its verdict."},
              "why": {"type": "string", "description": "Why it is unknown."}
            }
          },
          "Watched": {
            "type": "object",
            "description": "Something that is watched and has no incident.",
            "additionalProperties": false,
            "required": ["subject", "check", "seenAt", "seen", "rules"],
            "properties": {
              "subject": {"type": "string", "description": "What a check reports on."},
              "check": {"type": "string", "description": "The check."},
              "seenAt": {"type": "string", "format": "date-time", "description": "When it was seen last."},
              "seen": {"type": "string", "description": "What was seen, in a line."},
              "rules": {"type": "array", "items": {"$ref": "#/components/schemas/Judgement"}}
            }
          },
          "Silent": {
            "type": "object",
            "description": "A check that names only what is unwell, and says nothing of the subject that was asked for.",
            "additionalProperties": false,
            "required": ["check", "rules"],
            "properties": {
              "check": {"type": "string", "description": "The check."},
              "seenAt": {"type": "string", "format": "date-time", "description": "When it saw last; left out when it has not seen everything yet."},
              "rules": {"type": "array", "items": {"type": "string"}, "description": "The rules that judge it."}
            }
          },
          "Explanation": {
            "type": "object",
            "description": "What the automaton does now, about each incident, and why.",
            "additionalProperties": false,
            "required": ["at", "automaton", "incidents", "incidentsLeftOut", "recent", "watched", "watchedLeftOut", "silent"],
            "properties": {
              "at": {"type": "string", "format": "date-time", "description": "When it was asked."},
              "automaton": {"$ref": "#/components/schemas/Automaton"},
              "incidents": {"type": "array", "items": {"$ref": "#/components/schemas/OpenIncident"}, "description": "The most urgent first."},
              "incidentsLeftOut": {"type": "integer", "minimum": 0, "description": "So many more were asked for than are told."},
              "recent": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/PastIncident"},
                "description": "The last incidents of what was asked for that are over, the latest first."
              },
              "rule": {"$ref": "#/components/schemas/Rule"},
              "watched": {"type": "array", "items": {"$ref": "#/components/schemas/Watched"}},
              "watchedLeftOut": {"type": "integer", "minimum": 0, "description": "So many more were asked for than are told."},
              "silent": {"type": "array", "items": {"$ref": "#/components/schemas/Silent"}},
              "unmatched": {"type": "string", "description": "Why there is nothing of what was asked for, and what is known instead."}
            }
          },
          "SubjectName": {
            "type": "string",
            "maxLength": 600,
            "pattern": "^([^/\\u0000-\\u001f\\u007f-\\u009f]+/)?((deployment|statefulset|daemonset|replicaset|job|pod|volume)/[^/\\u0000-\\u001f\\u007f-\\u009f]+|(consumergroup|database|host|alert)/[^\\u0000-\\u001f\\u007f-\\u009f]+)$",
            "examples": ["deployment/email-service", "production/deployment/email-service"],
            "description": "KIND/NAME or NAMESPACE/KIND/NAME."
          },
          "ChosenAttempt": {
            "oneOf": [{"$ref": "#/components/schemas/AttemptOfIncident"}, {"$ref": "#/components/schemas/AttemptOnSubject"}],
            "description": "An attempt, and who asks."
          },
          "AttemptOfIncident": {
            "type": "object",
            "additionalProperties": false,
            "required": ["incident", "by"],
            "properties": {
              "incident": {
                "type": "string",
                "minLength": 1,
                "maxLength": 100,
                "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
                "description": "Its id."
              },
              "attempt": {
                "type": "string",
                "maxLength": 100,
                "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
                "description": "Its id; left out: the last one that was written and still stands."
              },
              "by": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
                "description": "Who asks."
              }
            },
            "description": "An attempt of an incident."
          },
          "AttemptOnSubject": {
            "type": "object",
            "additionalProperties": false,
            "required": ["rule", "subject", "by"],
            "properties": {
              "rule": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
                "description": "The rule."
              },
              "subject": {"$ref": "#/components/schemas/SubjectName"},
              "attempt": {
                "type": "string",
                "maxLength": 100,
                "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
                "description": "Its id; left out: the last one that was written and still stands."
              },
              "by": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
                "description": "Who asks."
              }
            },
            "description": "An attempt of the last incident of a rule on a subject in which something was changed that still stands."
          },
          "Reverting": {
            "type": "object",
            "additionalProperties": false,
            "required": ["incident", "attempt", "remediation", "rule", "subject", "by", "changes"],
            "properties": {
              "incident": {"type": "string", "description": "The incident's id."},
              "attempt": {"type": "string", "description": "The attempt's id."},
              "remediation": {"type": "string", "description": "What the attempt used."},
              "rule": {"type": "string", "description": "The rule."},
              "subject": {"type": "string", "description": "The subject."},
              "by": {"type": "string", "description": "Who asked."},
              "changes": {
                "type": "array",
                "items": {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["field", "before", "after"],
                  "properties": {
                    "field": {"type": "string", "description": "Which field."},
                    "before": {"type": ["string", "null"], "description": "What the attempt left there."},
                    "after": {"type": ["string", "null"], "description": "What is put back."}
                  }
                },
                "description": "What is written."
              }
            },
            "description": "What is being taken back."
          },
          "ChosenIncident": {
            "type": "object",
            "additionalProperties": false,
            "required": ["rule", "subject", "by"],
            "properties": {
              "rule": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$"
              },
              "subject": {"$ref": "#/components/schemas/SubjectName"},
              "by": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
                "description": "Who asks."
              },
              "plan": {
                "type": "string",
                "minLength": 64,
                "maxLength": 64,
                "pattern": "^[0-9a-f]{64}$",
                "description": "The digest of the plan that they saw: another one is not carried out. Left out for whatever is planned."
              }
            },
            "description": "One open incident, and who asks."
          },
          "Fix": {
            "type": "object",
            "description": "A value that helped, and is kept as desired.",
            "additionalProperties": false,
            "required": ["id", "namespace", "resource", "type", "value", "timestamp", "state"],
            "properties": {
              "id": {"type": "string", "description": "Its name, by which it is forgotten."},
              "namespace": {"type": "string", "description": "The namespace."},
              "resource": {"type": "string", "description": "KIND/NAME: deployment/catalog."},
              "container": {"type": "string", "description": "The container, of memory."},
              "type": {"type": "string", "enum": ["memory", "replicas", "storage"], "description": "Which kind of field."},
              "value": {"type": "string", "description": "What is kept: the memory limit, the replicas, the size."},
              "request": {"type": "string", "description": "The memory request that is kept."},
              "before": {"type": "string", "description": "What the value was before."},
              "requestBefore": {"type": "string", "description": "What the request was before."},
              "timestamp": {"type": "string", "format": "date-time", "description": "When it was seen to help, or was written down."},
              "rule": {"type": "string", "description": "The rule that it comes from."},
              "remediation": {"type": "string", "description": "What was used."},
              "incident": {"type": "string", "description": "The incident that it healed."},
              "attempt": {"type": "string", "description": "The attempt."},
              "state": {
                "type": "string",
                "enum": ["holds", "drifted", "outgrown", "idle", "unknown"],
                "description": "How it stands in the workload, as a rule's check saw it last."
              },
              "detail": {"type": "string", "description": "The same in words, where there is more to say."}
            }
          },
          "Fixes": {
            "type": "object",
            "description": "What is kept.",
            "additionalProperties": false,
            "required": ["fixes"],
            "properties": {
              "fixes": {"type": "array", "items": {"$ref": "#/components/schemas/Fix"}, "description": "Sorted by workload."},
              "partial": {"type": "string", "description": "Why this is not all there is; left out when it is."}
            }
          },
          "FixKept": {
            "type": "object",
            "description": "What became of a fix that was sent.",
            "additionalProperties": false,
            "required": ["isTaken", "warnings"],
            "properties": {
              "fix": {"$ref": "#/components/schemas/Fix"},
              "isTaken": {"type": "boolean", "description": "Whether it is what was sent; else what was known is newer, or says the same."},
              "warnings": {"type": "array", "items": {"type": "string"}, "description": "What the asker should know."}
            }
          },
          "FixForgotten": {
            "type": "object",
            "description": "What is kept no longer.",
            "additionalProperties": false,
            "required": ["forgotten"],
            "properties": {"forgotten": {"$ref": "#/components/schemas/Fix"}}
          },
          "NewFix": {
            "type": "object",
            "description": "A fix that a person wants kept. Container, request and requestBefore are of memory alone.",
            "additionalProperties": false,
            "required": ["namespace", "resource", "type", "value", "timestamp", "by"],
            "properties": {
              "namespace": {"type": "string", "description": "The namespace.", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"},
              "resource": {"type": "string", "description": "KIND/NAME: deployment/catalog.", "pattern": "^(deployment|statefulset|daemonset|volume)/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"},
              "container": {"type": "string", "description": "The container, of memory.", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"},
              "type": {"type": "string", "enum": ["memory", "replicas", "storage"], "description": "Which kind of field."},
              "value": {"type": "string", "description": "What is kept: the memory limit, the replicas, the size.", "pattern": "^[1-9][0-9]{0,3}(Mi|Gi)?$"},
              "request": {"type": "string", "description": "The memory request that is kept.", "pattern": "^[1-9][0-9]{0,3}(Mi|Gi)?$"},
              "before": {"type": "string", "description": "What the value was before.", "pattern": "^[1-9][0-9]{0,3}(Mi|Gi)?$"},
              "requestBefore": {"type": "string", "description": "What the request was before.", "pattern": "^[1-9][0-9]{0,3}(Mi|Gi)?$"},
              "timestamp": {"type": "string", "format": "date-time", "description": "When it was seen to help, or was written down."},
              "rule": {"type": "string", "description": "The rule that it comes from.", "pattern": "^[!-~]{0,200}$"},
              "remediation": {"type": "string", "description": "What was used.", "pattern": "^[!-~]{0,200}$"},
              "incident": {"type": "string", "description": "The incident that it healed.", "pattern": "^[!-~]{0,200}$"},
              "attempt": {"type": "string", "description": "The attempt.", "pattern": "^[!-~]{0,200}$"},
              "by": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
                "description": "Who asks."
              }
            }
          },
          "ChosenSubject": {
            "type": "object",
            "description": "A workload, and who asks.",
            "additionalProperties": false,
            "required": ["subject", "by"],
            "properties": {
              "subject": {"$ref": "#/components/schemas/SubjectName"},
              "by": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
                "description": "Who asks."
              }
            }
          }
        }
        """#
}
