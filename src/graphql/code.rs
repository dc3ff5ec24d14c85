//! The codes of errors: declared once, for clients, for the schema and for docs/errors.md.

/// Declares the codes: name, status, whether a refusal of this code is itself a GraphQL response, what it means, and what to
/// do about it.
macro_rules! codes {
    ($($code:ident $name:literal $status:literal $graphql:literal $meaning:literal $advice:literal;)+) => {
        /// Why a request, or one field of it, failed: `extensions.code` of a GraphQL error.
        ///
        /// The names are part of the public interface; a client may switch on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(
                #[doc = $meaning]
                #[doc = ""]
                #[doc = $advice]
                $code,
            )+
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The name that clients see, e.g. `QUERY_TOO_DEEP`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)+
                }
            }

            /// The HTTP status of a response that has nothing but errors of this code.
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$code => $status,)+
                }
            }

            /// Whether the request was a well-formed GraphQL-over-HTTP request, so that the refusal is itself a GraphQL
            /// response. Under `application/json` such a response has the status 200.
            pub const fn is_graphql_response(self) -> bool {
                match self {
                    $(Self::$code => $graphql,)+
                }
            }

            /// What it means.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$code => $meaning,)+
                }
            }

            /// What whoever gets it can do.
            pub const fn advice(self) -> &'static str {
                match self {
                    $(Self::$code => $advice,)+
                }
            }
        }
    };
}

codes! {
    ParseFailed "GRAPHQL_PARSE_FAILED" 400 true
        "The document is not GraphQL."
        "Mend it where `locations` says.";
    ValidationFailed "GRAPHQL_VALIDATION_FAILED" 400 true
        "The document does not fit the schema, or says something twice."
        "Mend each error; `/graphiql` and `/schema.graphql` show what there is.";
    OperationResolutionFailure "OPERATION_RESOLUTION_FAILURE" 400 true
        "No operation has the given name, or several do and none was named."
        "Send `operationName`, or a document with one operation.";
    BadUserInput "BAD_USER_INPUT" 400 true
        "An argument or a variable has a value that can't be used."
        "Mend what `extensions.argument` names.";
    BadRequest "BAD_REQUEST" 400 false
        "The request is not a GraphQL request: bad JSON, a parameter missing or of the wrong type; or a method (405), media type (406, 415) or pace (408) that isn't taken."
        "Send POST with JSON, or GET with `query` in the address.";
    // Not 400: client libraries take that as "this server doesn't do persisted queries".
    PersistedQueryNotFound "PERSISTED_QUERY_NOT_FOUND" 404 true
        "The hash names no document known to this server."
        "Send the document with it.";
    PersistedQueryNotSupported "PERSISTED_QUERY_NOT_SUPPORTED" 400 true
        "This server keeps no documents for clients."
        "Send the document itself.";
    DocumentNotTrusted "DOCUMENT_NOT_TRUSTED" 403 true
        "This server runs only documents that it was given beforehand, and this is none of them."
        "Use one of those, by its name, or ask whoever runs the server.";
    QueryTooComplex "QUERY_TOO_COMPLEX" 400 true
        "The document, or what it asks for, is larger than allowed."
        "Ask for less at once: `extensions` has `cost`, `limit` and the dearest `path` where it is about cost.";
    QueryTooDeep "QUERY_TOO_DEEP" 400 true
        "The document, or a value in it or in its variables, is nested deeper than allowed."
        "Ask for fewer levels, and for the rest in another request.";
    PayloadTooLarge "PAYLOAD_TOO_LARGE" 413 false
        "The body is larger than allowed."
        "Send a shorter document, or fewer values in its variables.";
    RateLimited "RATE_LIMITED" 429 false
        "The client has asked for more than a minute allows, or for more operations at once than a socket may have."
        "Wait as long as `Retry-After` says; the headers `RateLimit` and the field `viewer` tell what is left.";
    Unauthenticated "UNAUTHENTICATED" 401 false
        "This needs a key, and none that is valid was sent."
        "Send one as `Authorization: Bearer`.";
    Forbidden "FORBIDDEN" 403 false
        "The key that was sent doesn't allow this."
        "Use another key, or ask whoever runs the server.";
    NotFound "NOT_FOUND" 404 true
        "What the request names doesn't exist."
        "Look whether it was renamed or removed.";
    Conflict "CONFLICT" 409 true
        "Somebody else changed the record meanwhile, or it would clash with another."
        "Read it again, and send the change with its new `version`.";
    Unavailable "UNAVAILABLE" 503 false
        "The server can't answer just now."
        "Wait as long as `Retry-After` says, then try again.";
    Timeout "TIMEOUT" 504 false
        "The answer took longer than a request may."
        "Ask for less at once.";
    Internal "INTERNAL" 500 false
        "The fault is the server's."
        "Report it with `extensions.requestId`, which finds the cause in its log.";
}

/// All codes as Markdown: the table of docs/errors.md.
pub fn table() -> String {
    let mut table =
        "| `extensions.code` | status | what it means | what to do |\n|---|--:|---|---|\n"
            .to_owned();
    for code in Code::ALL {
        let (name, status) = (code.name(), code.status());
        let status = if code.is_graphql_response() {
            format!("{status} *")
        } else {
            status.to_string()
        };
        let line = format!(
            "| `{name}` | {status} | {} | {} |\n",
            code.meaning(),
            code.advice()
        );
        table.push_str(&line);
    }
    table
}

/// All codes in the words of the schema.
pub(super) fn listed() -> String {
    let mut list = String::new();
    for code in Code::ALL {
        let (name, status) = (code.name(), code.status());
        let line = format!(
            "\n- `{name}` ({status}): {} {}",
            code.meaning(),
            code.advice()
        );
        list.push_str(&line);
    }
    list
}
