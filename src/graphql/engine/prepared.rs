//! What need not be worked out twice: documents that were parsed and checked, and the plans of their operations.
//!
//! Only what was found valid is kept. A document is found again by its text, a plan by its document, the values of its
//! variables and the language. Both are forgotten when they would take more memory than they may; what is asked for often
//! stays longest.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};
use serde_json::{Map, Value};

use crate::graphql::request::Request;
use crate::graphql::viewer;
use crate::read::Plan;
use crate::values::Language;

/// A parsed document takes about so many times the memory of its text.
const PARSED: usize = 12;
/// What an entry takes beside that.
const ENTRY: usize = 512;

/// An operation of a document that fits the schema.
pub(super) struct Prepared {
    /// Tells it from all others of this process.
    id: u64,
    pub(super) document: ExecutableDocument,
    pub(super) operation: OperationDefinition,
    /// Whether the answer may say something of the client: then it is for nobody else.
    pub(super) asks_viewer: bool,
}

impl Prepared {
    pub(super) fn new(document: ExecutableDocument, operation: OperationDefinition) -> Self {
        static IDS: AtomicU64 = AtomicU64::new(0);
        Self {
            id: IDS.fetch_add(1, Ordering::Relaxed),
            asks_viewer: viewer::is_asked_for(&document, &operation),
            document,
            operation,
        }
    }
}

/// Documents and plans.
pub(super) struct Known {
    documents: Cache<DocumentKey, Arc<Prepared>, Weight>,
    plans: Cache<PlanKey, Arc<Plan>, Weight>,
}

impl Known {
    /// With so many bytes of memory for both together; 0 keeps nothing.
    pub(super) fn of(bytes: usize) -> Self {
        let half = u64::try_from(bytes / 2).unwrap_or(u64::MAX);
        let items = bytes / 2 / 16_384;
        Self {
            documents: Cache::with_weighter(items, half, Weight),
            plans: Cache::with_weighter(items, half, Weight),
        }
    }

    /// The operation that a request names, if it was checked before.
    pub(super) fn document(&self, request: &Request) -> Option<Arc<Prepared>> {
        let asked = (request.query.as_str(), request.operation_name.as_deref());
        self.documents.get(&asked)
    }

    /// Keeps a checked operation.
    pub(super) fn keep_document(&self, request: &Request, prepared: &Arc<Prepared>) {
        let key = DocumentKey {
            query: request.query.clone(),
            operation: request.operation_name.clone(),
        };
        self.documents.insert(key, Arc::clone(prepared));
    }

    /// The plan of an operation with these variables, if it was compiled before; and its key, to keep it by.
    pub(super) fn plan(
        &self,
        prepared: &Prepared,
        variables: &Map<String, Value>,
        language: Option<Language>,
    ) -> (PlanKey, Option<Arc<Plan>>) {
        let key = PlanKey {
            document: prepared.id,
            variables: serde_json::to_string(variables).unwrap_or_default(),
            language,
        };
        let plan = self.plans.get(&key);
        (key, plan)
    }

    /// Keeps a plan.
    pub(super) fn keep_plan(&self, key: PlanKey, plan: &Arc<Plan>) {
        self.plans.insert(key, Arc::clone(plan));
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct DocumentKey {
    query: String,
    operation: Option<String>,
}

impl Equivalent<DocumentKey> for (&str, Option<&str>) {
    fn equivalent(&self, key: &DocumentKey) -> bool {
        self.0 == key.query && self.1 == key.operation.as_deref()
    }
}

/// What a plan depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PlanKey {
    document: u64,
    variables: String,
    language: Option<Language>,
}

/// What an entry weighs: about the bytes that it takes.
#[derive(Clone)]
struct Weight;

impl Weighter<DocumentKey, Arc<Prepared>> for Weight {
    fn weight(&self, key: &DocumentKey, _: &Arc<Prepared>) -> u64 {
        bytes(ENTRY + key.query.len() * (PARSED + 1))
    }
}

impl Weighter<PlanKey, Arc<Plan>> for Weight {
    fn weight(&self, key: &PlanKey, plan: &Arc<Plan>) -> u64 {
        bytes(ENTRY + key.variables.len() + plan.size())
    }
}

fn bytes(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}
