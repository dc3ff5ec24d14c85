//! Staging: what was read goes into a temporary table by COPY, record by record, and is worked on there in sets.

use std::fmt::Write as _;
use std::io::Write;

use diesel::pg::CopyFormat;
use diesel::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::ApplyError;
use super::input::Walked;
use super::sort::SortKeys;
use super::sql;

diesel::table! {
    incoming (ordinal) {
        ordinal -> Integer,
        #[sql_name = "type"]
        tag -> Text,
        slug -> Text,
        fingerprint -> Binary,
        content -> Jsonb,
        derived -> Jsonb,
        citations -> Jsonb,
        sources -> Jsonb,
        search -> Jsonb,
        sort_fr -> Binary,
        sort_en -> Binary,
        sort_es -> Binary,
        sort_pt -> Binary,
        sort_original -> Binary,
    }
}

const INCOMING: &str = "CREATE TEMP TABLE incoming (ordinal integer, type text, slug text COLLATE \"C\", fingerprint bytea, \
    content jsonb, derived jsonb, citations jsonb, sources jsonb, search jsonb, \
    sort_fr bytea, sort_en bytea, sort_es bytea, sort_pt bytea, sort_original bytea) ON COMMIT DROP";

/// Makes the table that COPY fills.
pub(super) fn create(conn: &mut PgConnection) -> QueryResult<()> {
    diesel::sql_query(INCOMING).execute(conn)?;
    Ok(())
}

/// Runs a closure that writes rows, as one COPY.
pub(super) fn copy(
    conn: &mut PgConnection,
    rows: impl Fn(&mut Rows<'_>) -> Result<(), ApplyError>,
) -> Result<(), ApplyError> {
    diesel::copy_from(incoming::table)
        .from_raw_data(incoming::table, |out: &mut dyn Write| {
            let mut copy = Rows {
                out,
                buffer: String::new(),
            };
            rows(&mut copy)?;
            copy.flush()
        })
        .with_format(CopyFormat::Text)
        .execute(conn)?;
    Ok(())
}

/// Bytes gathered before they are sent.
const CHUNK: usize = 1 << 16;

/// Rows on their way into the table.
pub(super) struct Rows<'a> {
    out: &'a mut dyn Write,
    buffer: String,
}

impl Rows<'_> {
    /// Adds a valid record, with the texts that it is found by and its sort keys.
    pub(super) fn push(
        &mut self,
        ordinal: usize,
        tag: &str,
        slug: &str,
        walked: &Walked,
        search: &Value,
        keys: &SortKeys,
    ) -> Result<(), ApplyError> {
        let content = serde_json::to_string(&walked.content).map_err(std::io::Error::from)?;
        let derived = serde_json::to_string(&walked.derived).map_err(std::io::Error::from)?;
        let _ = write!(self.buffer, "{ordinal}\t{tag}\t{slug}\t");
        self.bytes(&Sha256::digest(&content));
        for json in [
            content,
            derived,
            Value::from(walked.citations.as_slice()).to_string(),
            Value::from(walked.sources.as_slice()).to_string(),
            search.to_string(),
        ] {
            self.buffer.push('\t');
            self.text(&json);
        }
        for key in keys {
            self.buffer.push('\t');
            self.bytes(key);
        }
        self.buffer.push('\n');
        if self.buffer.len() >= CHUNK {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// JSON: it holds no raw line breaks or tabs, so that the backslash alone is to be escaped.
    fn text(&mut self, json: &str) {
        for piece in json.split_inclusive('\\') {
            self.buffer.push_str(piece);
            if piece.ends_with('\\') {
                self.buffer.push('\\');
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.buffer.push_str("\\\\x");
        for byte in bytes {
            let _ = write!(self.buffer, "{byte:02x}");
        }
    }

    fn flush(&mut self) -> Result<(), ApplyError> {
        self.out.write_all(self.buffer.as_bytes())?;
        self.buffer.clear();
        Ok(())
    }
}

/// Makes the stage: the staged records with their identities, without those that are as they were. Of these only such are
/// kept that quote a text which changes, because their citations move.
pub(super) fn sift(conn: &mut PgConnection, quoted: Option<&str>) -> QueryResult<()> {
    let moved = quoted.map_or_else(
        || "SELECT NULL::text AS slug WHERE false".to_owned(),
        |tag| {
            format!(
                "SELECT i.slug FROM incoming i JOIN record r ON r.type = i.type AND r.slug = i.slug \
                 WHERE i.type = {} AND r.fingerprint <> i.fingerprint",
                sql::literal(tag)
            )
        },
    );
    diesel::sql_query("ANALYZE incoming").execute(conn)?;
    diesel::sql_query(format!(
        "CREATE TEMP TABLE stage ON COMMIT DROP AS \
         WITH moved AS MATERIALIZED ({moved}) \
         SELECT i.*, coalesce(r.id, nextval('entente_id')) AS id, \
             CASE WHEN r.id IS NULL THEN 'CREATED' WHEN r.fingerprint = i.fingerprint THEN 'UNCHANGED' ELSE 'UPDATED' END AS operation \
         FROM incoming i LEFT JOIN record r ON r.type = i.type AND r.slug = i.slug \
         WHERE r.fingerprint IS DISTINCT FROM i.fingerprint \
             OR EXISTS (SELECT FROM moved m WHERE i.citations @> jsonb_build_array(jsonb_build_object('quoted', m.slug))) \
         ORDER BY i.ordinal"
    ))
    .execute(conn)?;
    diesel::sql_query("ANALYZE stage").execute(conn)?;
    Ok(())
}
