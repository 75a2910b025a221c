/// The API as OpenAPI 3.1 describes it (https://spec.openapis.org/oas/v3.1.0); served at `/openapi.json`. What it says is held against
/// what the API answers by a fuzzer in the tests.
enum OpenAPIDocument {
    /// The whole, as JSON.
    static let text = """
        {
        \(general),
        "paths": \(paths),
        "components": {
        "securitySchemes": \(securitySchemes),
        "responses": \(OpenAPIAnswers.errors),
        "schemas": \(OpenAPIAnswers.schemas)
        }
        }

        """

    private static let general = #"""
          "openapi": "3.1.0",
          "info": {
            "title": "Self-healing automaton",
            "version": "1",
            "summary": "What a running automaton did, does and would do; and what people ask of it.",
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"}
          },
          "servers": [{"url": "/"}],
          "tags": [
            {"name": "reading", "description": "Open, unless reading is protected."},
            {
              "name": "changing",
              "description": "Needs a token; where none is configured, taken from the same machine alone. Of several replicas the leader has to be asked."
            }
          ]
        """#

    private static let securitySchemes = #"""
        {
          "token": {"type": "http", "scheme": "bearer", "description": "API_TOKEN, or one that the Kubernetes API server knows and RBAC allows."}
        }
        """#

    private static let paths = #"""
        {
          "/api/autoheal/status": {
            "get": {
              "operationId": "status",
              "summary": "Whether all is well, in a few figures",
              "tags": ["reading"],
              "responses": {
                "200": {"description": "How it is.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Status"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/incidents": {
            "get": {
              "operationId": "incidents",
              "summary": "The history of incidents, the latest first",
              "tags": ["reading"],
              "parameters": [
                {
                  "name": "limit",
                  "in": "query",
                  "required": false,
                  "description": "At most so many.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50}
                },
                {
                  "name": "cursor",
                  "in": "query",
                  "required": false,
                  "description": "nextCursor of an earlier answer, as it came.",
                  "schema": {"type": "string", "pattern": "^[0-9]{1,18}~[0-9A-Za-z-]{1,64}$"}
                },
                {
                  "name": "status",
                  "in": "query",
                  "required": false,
                  "description": "Only these.",
                  "schema": {"type": "string", "enum": ["detected", "healing", "healed", "failed"]}
                },
                {
                  "name": "open",
                  "in": "query",
                  "required": false,
                  "description": "Only those that are open, or those that are over.",
                  "schema": {"type": "boolean"}
                },
                {
                  "name": "rule",
                  "in": "query",
                  "required": false,
                  "description": "Only of this rule.",
                  "schema": {"type": "string", "maxLength": 200, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"}
                },
                {
                  "name": "subject",
                  "in": "query",
                  "required": false,
                  "description": "Only of a subject.",
                  "schema": {"$ref": "#/components/schemas/SubjectName"}
                },
                {
                  "name": "namespace",
                  "in": "query",
                  "required": false,
                  "description": "Only of this namespace.",
                  "schema": {"type": "string", "maxLength": 253, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"}
                },
                {
                  "name": "severity",
                  "in": "query",
                  "required": false,
                  "description": "Only these.",
                  "schema": {"type": "string", "enum": ["critical", "high", "medium", "warning"]}
                },
                {
                  "name": "since",
                  "in": "query",
                  "required": false,
                  "description": "Detected then or later: a time, or how long ago.",
                  "schema": {
                    "anyOf": [
                      {"type": "string", "pattern": "^([0-9]{1,6}|[0-9]{1,5}[sm]|[0-9]{1,4}h|[0-9]{1,3}d)$"},
                      {"type": "string", "format": "date-time"}
                    ],
                    "examples": ["1h", "2026-03-01T12:00:00Z"]
                  }
                }
              ],
              "responses": {
                "200": {"description": "A page.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Incidents"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/incidents/{id}": {
            "get": {
              "operationId": "incident",
              "summary": "One incident, with what was tried, logs and events",
              "tags": ["reading"],
              "parameters": [
                {
                  "name": "id",
                  "in": "path",
                  "required": true,
                  "description": "Its name.",
                  "schema": {"type": "string", "minLength": 1, "maxLength": 200}
                }
              ],
              "responses": {
                "200": {
                  "description": "The incident.",
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/IncidentAnswer"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"},
                "404": {"$ref": "#/components/responses/NotFound"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/incidents/old": {
            "delete": {
              "operationId": "forget",
              "summary": "Drop incidents that were over so long ago",
              "tags": ["changing"],
              "parameters": [
                {
                  "name": "hours",
                  "in": "query",
                  "required": true,
                  "description": "Incidents that were over so many hours ago.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 87600}
                }
              ],
              "responses": {
                "200": {
                  "description": "How many were dropped.",
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Forgotten"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/explain": {
            "get": {
              "operationId": "explain",
              "summary": "What is wrong, what is done about it, and why nothing more is",
              "tags": ["reading"],
              "parameters": [
                {
                  "name": "subject",
                  "in": "query",
                  "required": false,
                  "description": "Only of a subject.",
                  "schema": {"$ref": "#/components/schemas/SubjectName"}
                },
                {
                  "name": "rule",
                  "in": "query",
                  "required": false,
                  "description": "Only what this rule says.",
                  "schema": {"type": "string", "maxLength": 200, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"}
                },
                {
                  "name": "healthy",
                  "in": "query",
                  "required": false,
                  "description": "Also what is watched and has no incident.",
                  "schema": {"type": "boolean"}
                },
                {
                  "name": "limit",
                  "in": "query",
                  "required": false,
                  "description": "At most so many incidents.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 500}
                }
              ],
              "responses": {
                "200": {
                  "description": "How things stand.",
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Explanation"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/decisions": {
            "get": {
              "operationId": "decisions",
              "summary": "What was decided, and why; also the decisions to do nothing",
              "tags": ["reading"],
              "parameters": [
                {
                  "name": "since",
                  "in": "query",
                  "required": false,
                  "description": "From when on; default an hour ago.",
                  "schema": {
                    "anyOf": [
                      {"type": "string", "pattern": "^([0-9]{1,6}|[0-9]{1,5}[sm]|[0-9]{1,4}h|[0-9]{1,3}d)$"},
                      {"type": "string", "format": "date-time"}
                    ],
                    "examples": ["1h", "2026-03-01T12:00:00Z"]
                  }
                },
                {
                  "name": "rule",
                  "in": "query",
                  "required": false,
                  "description": "Only of this rule.",
                  "schema": {"type": "string", "maxLength": 200, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"}
                },
                {
                  "name": "subject",
                  "in": "query",
                  "required": false,
                  "description": "Only of a subject.",
                  "schema": {"$ref": "#/components/schemas/SubjectName"}
                },
                {
                  "name": "limit",
                  "in": "query",
                  "required": false,
                  "description": "At most so many, the latest.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1000}
                }
              ],
              "responses": {
                "200": {"description": "Oldest first.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Decisions"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/events": {
            "get": {
              "operationId": "events",
              "summary": "Changes as they happen",
              "tags": ["reading"],
              "responses": {
                "200": {
                  "description": "Server-sent events without an end: incident (Incident), decision (TrailEntry), state (what changed) and reset (some were missed: read anew). Last-Event-ID goes on where it was. Where reading is protected, it ends when the right does.",
                  "content": {"text/event-stream": {"schema": {"type": "string"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/suspensions": {
            "get": {
              "operationId": "suspensions",
              "summary": "Pauses and silences that hold",
              "tags": ["reading"],
              "responses": {
                "200": {
                  "description": "The oldest first.",
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Suspensions"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"},
                "409": {"$ref": "#/components/responses/Conflict"}
              },
              "security": [{"token": []}, {}]
            },
            "post": {
              "operationId": "suspend",
              "summary": "Pause, or silence: everything, a rule, or a subject",
              "tags": ["changing"],
              "requestBody": {
                "required": true,
                "description": "What, for how long, who and why.",
                "content": {
                  "application/json": {
                    "schema": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": ["kind", "by"],
                      "properties": {
                        "kind": {"type": "string", "enum": ["pause", "silence"]},
                        "rule": {
                          "type": "string",
                          "maxLength": 200,
                          "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
                          "description": "Only this rule."
                        },
                        "subject": {"$ref": "#/components/schemas/SubjectName"},
                        "for": {
                          "type": "string",
                          "pattern": "^([1-9][0-9]{0,4}[sm]|[1-9][0-9]{0,2}h|[1-9][0-9]?d)$",
                          "description": "How long: 30m, 2h, 1d. A silence needs an end."
                        },
                        "until": {"type": "string", "format": "date-time", "description": "Until when, in place of for: within a year."},
                        "by": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 200,
                          "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
                          "description": "Who asks."
                        },
                        "why": {"type": "string", "maxLength": 1000, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"}
                      }
                    }
                  }
                }
              },
              "responses": {
                "201": {
                  "description": "It holds.",
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Suspended"}}},
                  "headers": {"Location": {"schema": {"type": "string"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "408": {"$ref": "#/components/responses/TooSlow"},
                "413": {"$ref": "#/components/responses/TooLarge"},
                "415": {"$ref": "#/components/responses/NotJSON"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/suspensions/{id}": {
            "delete": {
              "operationId": "lift",
              "summary": "Lift a pause or a silence",
              "tags": ["changing"],
              "parameters": [
                {
                  "name": "id",
                  "in": "path",
                  "required": true,
                  "description": "Its name.",
                  "schema": {"type": "string", "minLength": 1, "maxLength": 200}
                },
                {
                  "name": "by",
                  "in": "query",
                  "required": false,
                  "description": "Who asks.",
                  "schema": {"type": "string", "maxLength": 200, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"}
                }
              ],
              "responses": {
                "200": {"description": "It no longer holds.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lifted"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/approve": {
            "post": {
              "operationId": "approve",
              "summary": "Confirm what a rule in mode approve has planned",
              "tags": ["changing"],
              "requestBody": {
                "required": true,
                "description": "Which plan, and who.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChosenIncident"}}}
              },
              "responses": {
                "200": {"description": "It is confirmed.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Approved"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "408": {"$ref": "#/components/responses/TooSlow"},
                "413": {"$ref": "#/components/responses/TooLarge"},
                "415": {"$ref": "#/components/responses/NotJSON"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/heal": {
            "post": {
              "operationId": "heal",
              "summary": "Let an open incident not wait for its delay; every other guard is asked. Forgotten by a restart: then it waits for what is left of the delay, or is asked again",
              "tags": ["changing"],
              "requestBody": {
                "required": true,
                "description": "Which incident, and who.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChosenIncident"}}}
              },
              "responses": {
                "200": {"description": "How it stands.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Healing"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "408": {"$ref": "#/components/responses/TooSlow"},
                "413": {"$ref": "#/components/responses/TooLarge"},
                "415": {"$ref": "#/components/responses/NotJSON"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/plan": {
            "post": {
              "operationId": "plan",
              "summary": "What would be done about open incidents at once, before it is asked for; nothing is changed, nor begun",
              "tags": ["changing"],
              "requestBody": {
                "required": true,
                "description": "Of which rule and subject; of all that are open when neither is named.",
                "content": {
                  "application/json": {
                    "schema": {
                      "type": "object",
                      "additionalProperties": false,
                      "properties": {
                        "rule": {"type": "string", "maxLength": 200, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"},
                        "subject": {"$ref": "#/components/schemas/SubjectName"}
                      }
                    }
                  }
                }
              },
              "responses": {
                "200": {"description": "The plans, and what holds them.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Prospects"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "408": {"$ref": "#/components/responses/TooSlow"},
                "413": {"$ref": "#/components/responses/TooLarge"},
                "415": {"$ref": "#/components/responses/NotJSON"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/revert": {
            "post": {
              "operationId": "revert",
              "summary": "Take back what an attempt changed, if it is still as the attempt left it; every limit is asked",
              "tags": ["changing"],
              "requestBody": {
                "required": true,
                "description": "Which attempt, and who.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChosenAttempt"}}}
              },
              "responses": {
                "202": {"description": "It is being written; the incident tells what became of it.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Reverting"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "408": {"$ref": "#/components/responses/TooSlow"},
                "413": {"$ref": "#/components/responses/TooLarge"},
                "415": {"$ref": "#/components/responses/NotJSON"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/rules/{name}/resume": {
            "post": {
              "operationId": "resume",
              "summary": "Let a rule act again that had stepped down",
              "tags": ["changing"],
              "parameters": [
                {
                  "name": "name",
                  "in": "path",
                  "required": true,
                  "description": "The rule.",
                  "schema": {"type": "string", "minLength": 1, "maxLength": 200}
                }
              ],
              "requestBody": {
                "required": true,
                "description": "Who.",
                "content": {
                  "application/json": {
                    "schema": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [],
                      "properties": {"by": {"type": "string", "maxLength": 200, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"}}
                    }
                  }
                }
              },
              "responses": {
                "200": {"description": "Whether it had.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Resumed"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "408": {"$ref": "#/components/responses/TooSlow"},
                "413": {"$ref": "#/components/responses/TooLarge"},
                "415": {"$ref": "#/components/responses/NotJSON"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/alerts": {
            "post": {
              "operationId": "alerts",
              "summary": "Alertmanager's webhook, version 4",
              "tags": ["changing"],
              "requestBody": {
                "required": true,
                "description": "What fires and what is over. Keys that are not known are left out.",
                "content": {
                  "application/json": {
                    "schema": {
                      "type": "object",
                      "required": ["version", "alerts"],
                      "properties": {
                        "version": {"type": "string", "const": "4"},
                        "truncatedAlerts": {"type": ["integer", "null"], "minimum": -9223372036854775808, "maximum": 9223372036854775807},
                        "alerts": {
                          "type": "array",
                          "description": "The first 1,000 are taken.",
                          "items": {
                            "anyOf": [
                              {
                                "type": "object",
                                "required": ["status", "labels", "startsAt", "fingerprint"],
                                "properties": {
                                  "status": {"type": "string", "enum": ["firing", "resolved"]},
                                  "labels": {
                                    "type": "object",
                                    "required": ["alertname"],
                                    "properties": {"alertname": {"type": "string", "minLength": 1}},
                                    "additionalProperties": {"type": "string", "maxLength": 1024},
                                    "maxProperties": 64
                                  },
                                  "annotations": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
                                  "startsAt": {"type": "string", "format": "date-time"},
                                  "fingerprint": {"type": "string", "pattern": "^[0-9A-Za-z]{1,64}$"}
                                }
                              },
                              {"description": "Any other is left out, and counted as refused."}
                            ]
                          }
                        }
                      }
                    }
                  }
                }
              },
              "responses": {
                "200": {
                  "description": "What was taken.",
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AlertsTaken"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "408": {"$ref": "#/components/responses/TooSlow"},
                "413": {"$ref": "#/components/responses/TooLarge"},
                "415": {"$ref": "#/components/responses/NotJSON"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/fixes": {
            "get": {
              "operationId": "fixes",
              "summary": "What is kept of attempts that helped, and whether it holds",
              "tags": ["reading"],
              "parameters": [
                {
                  "name": "subject",
                  "in": "query",
                  "required": false,
                  "description": "Only of these: KIND/NAME or NAMESPACE/KIND/NAME.",
                  "schema": {"$ref": "#/components/schemas/SubjectName"}
                }
              ],
              "responses": {
                "200": {"description": "Sorted by workload.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fixes"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            },
            "post": {
              "operationId": "keepFix",
              "summary": "Keep a value as desired; what is kept already and is newer stays",
              "tags": ["changing"],
              "requestBody": {
                "required": true,
                "description": "The fix, its fields as fixes.yaml has them, and who.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewFix"}}}
              },
              "responses": {
                "201": {"description": "It is kept.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/FixKept"}}}, "headers": {"Location": {"schema": {"type": "string"}}}},
                "200": {"description": "Another one stays.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/FixKept"}}}, "headers": {"Location": {"schema": {"type": "string"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "408": {"$ref": "#/components/responses/TooSlow"},
                "413": {"$ref": "#/components/responses/TooLarge"},
                "415": {"$ref": "#/components/responses/NotJSON"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/fixes/apply": {
            "post": {
              "operationId": "applyFixes",
              "summary": "Let the incident of what was undone not wait for its delay; every other guard is asked",
              "tags": ["changing"],
              "requestBody": {
                "required": true,
                "description": "Of what, and who.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChosenSubject"}}}
              },
              "responses": {
                "200": {"description": "How it stands.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Healing"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "408": {"$ref": "#/components/responses/TooSlow"},
                "413": {"$ref": "#/components/responses/TooLarge"},
                "415": {"$ref": "#/components/responses/NotJSON"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          },
          "/api/autoheal/fixes/{id}": {
            "get": {
              "operationId": "fix",
              "summary": "One fix",
              "tags": ["reading"],
              "parameters": [
                {
                  "name": "id",
                  "in": "path",
                  "required": true,
                  "description": "Its name.",
                  "schema": {"type": "string", "minLength": 1, "maxLength": 200}
                }
              ],
              "responses": {
                "200": {"description": "The fix.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fix"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            },
            "delete": {
              "operationId": "forgetFix",
              "summary": "Keep it no longer; the workload stays as it is",
              "tags": ["changing"],
              "parameters": [
                {
                  "name": "id",
                  "in": "path",
                  "required": true,
                  "description": "Its name.",
                  "schema": {"type": "string", "minLength": 1, "maxLength": 200}
                },
                {
                  "name": "by",
                  "in": "query",
                  "required": false,
                  "description": "Who asks.",
                  "schema": {"type": "string", "maxLength": 200, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"}
                }
              ],
              "responses": {
                "200": {"description": "It is kept no longer.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/FixForgotten"}}}},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "405": {"$ref": "#/components/responses/MethodNotAllowed"},
                "409": {"$ref": "#/components/responses/Conflict"},
                "429": {"$ref": "#/components/responses/TooMany"},
                "503": {"$ref": "#/components/responses/Unavailable"}
              },
              "security": [{"token": []}, {}]
            }
          }
        }
        """#
}
