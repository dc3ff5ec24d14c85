// @generated automatically by Diesel CLI.

diesel::table! {
    /// Every change of every record, in commit order without gaps: history, feed and what invalidates caches. Append-only
    change (number) {
        number -> Int8,
        at -> Timestamptz,
        actor -> Text,
        operation -> Text,
        record_type -> Text,
        record_id -> Int8,
        slug -> Text,
        version -> Int4,
        /// What changed: [{"field": …, "before": …, "after": …}]
        fields -> Jsonb,
    }
}

diesel::table! {
    record (id) {
        id -> Int8,
        #[sql_name = "type"]
        type_ -> Text,
        slug -> Text,
        /// SHA-256 of the record's content in canonical form: equal means that nothing changed
        fingerprint -> Bytea,
    }
}

diesel::table! {
    /// One row; a writing transaction locks it first, so that changes are numbered in commit order without gaps
    registry (singleton) {
        singleton -> Bool,
        /// Number of the newest change: the data version
        last_change -> Int8,
        /// The collator that wrote the sort keys
        collation_version -> Text,
        /// What wrote the search vectors: the program's rules, what is declared searched, PostgreSQL's dictionaries
        search_version -> Text,
        /// Another one after each transaction that wrote anything. Only ever larger, and never twice the same: the microseconds since 1970 where the clock has gone on
        data_version -> Int8,
    }
}

diesel::allow_tables_to_appear_in_same_query!(change, record, registry,);
