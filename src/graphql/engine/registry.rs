//! Queries of the registry: planned, paid for, and run on one connection.

use std::sync::Arc;

use bytes::Bytes;
use diesel::PgConnection;
use serde_json::Value;

use super::answers::Answers;
use super::prepared::{Known, Prepared};
use crate::db::{self, Database};
use crate::graphql::budget::Budget;
use crate::graphql::error::{Code, Error};
use crate::graphql::introspection::Introspection;
use crate::graphql::request::{Answer, Request};
use crate::graphql::viewer;
use crate::model::Model;
use crate::read::{self, Plan, Variables};
use crate::values::language::{self, Language};

/// What the read engine answers from.
pub(super) struct Registry {
    pub(super) model: &'static Model,
    pub(super) database: Database,
    pub(super) introspection: Introspection,
    pub(super) known: Known,
    pub(super) answers: Option<Answers>,
    pub(super) limits: read::Limits,
}

impl Registry {
    /// The plan of a valid query, and the language that the request prefers.
    pub(super) fn plan(
        &self,
        prepared: &Prepared,
        request: &Request,
    ) -> Result<(Arc<Plan>, Option<Language>), Vec<Error>> {
        let language = preferred(request);
        let (key, known) = self.known.plan(prepared, &request.variables, language);
        if let Some(plan) = known {
            return Ok((plan, language));
        }
        let plan = Arc::new(self.compile(prepared, request, language)?);
        self.known.keep_plan(key, &plan);
        Ok((plan, language))
    }

    /// The plan of a valid query, and the language, when the client has paid for it.
    fn paid(
        &self,
        budget: &Budget,
        prepared: &Prepared,
        request: &Request,
    ) -> Result<(Arc<Plan>, Option<Language>), Vec<Error>> {
        let charge = |plan: &Plan| {
            let standing = budget.charge(request.client, plan.cost().total);
            standing.map_err(|error| {
                // It was planned all the same.
                budget.charge_refusal(request.client, Code::QueryTooComplex);
                vec![error]
            })
        };
        if !prepared.asks_viewer {
            let (plan, language) = self.plan(prepared, request)?;
            charge(&plan)?;
            return Ok((plan, language));
        }
        // What the client is told depends on the cost, and that on the plan, which is for this request alone.
        let language = preferred(request);
        let mut plan = self.compile(prepared, request, language)?;
        let mut standing = charge(&plan)?;
        standing.cost = standing.cost.saturating_add(request.paid);
        let variables = Variables::of(&prepared.operation, &request.variables, self.model)?;
        let asked = read::Document {
            fragments: &prepared.document.fragments,
            variables: &variables,
        };
        let selection = &prepared.operation.selection_set.node;
        let viewer = viewer::described(&standing);
        let told = self.introspection.viewer(&asked, selection, &viewer);
        plan.tell(&told.map_err(|error| vec![error])?);
        Ok((Arc::new(plan), language))
    }

    /// Answers a valid query: compiled to a plan, run on one connection.
    pub(super) async fn answer(
        &self,
        budget: &Budget,
        prepared: &Prepared,
        request: &Request,
    ) -> Result<Answer, Vec<Error>> {
        let (plan, language) = self.paid(budget, prepared, request)?;
        let content_language = if plan.statements() == 0 {
            // Nothing but the schema's own words, which are in English whatever the request prefers.
            Language::En.tag()
        } else {
            language::content_language(language)
        };
        let (alone, cost) = (plan.needs_no_transaction(), plan.cost().total);
        let run = move |connection: &mut PgConnection| -> Result<_, ReadError> {
            Ok(read::run(connection, &plan)?)
        };
        let body = if alone {
            self.database.read_alone(run).await
        } else {
            self.database.read(run).await
        };
        let body = body.map_err(|error| {
            let error = Error::from(error);
            // Nothing was read. After a timeout or a fault of ours something was, and whoever found out how to bring these
            // about shall not do so for nothing.
            if error.code == Code::Unavailable {
                budget.give_back(request.client, cost);
            }
            vec![error]
        })?;
        Ok(Answer {
            body: Bytes::from(body),
            content_language: Some(content_language),
            ..Answer::default()
        })
    }

    pub(super) fn compile(
        &self,
        prepared: &Prepared,
        request: &Request,
        language: Option<Language>,
    ) -> Result<Plan, Vec<Error>> {
        let variables = Variables::of(&prepared.operation, &request.variables, self.model)?;
        let selection = &prepared.operation.selection_set.node;
        let fragments = &prepared.document.fragments;
        let asked = read::Document {
            fragments,
            variables: &variables,
        };
        let known = self.introspection.answers(&asked, selection);
        let mut known = known.map_err(|error| vec![error])?;
        if prepared.asks_viewer {
            let unknown = self.introspection.viewer(&asked, selection, &Value::Null);
            known.extend(unknown.map_err(|error| vec![error])?);
        }
        let operation = read::Operation {
            selection,
            fragments,
            variables: &variables,
            language,
            known: &known,
            limits: self.limits,
        };
        read::compile(self.model, &operation).map_err(|error| vec![error])
    }
}

/// The language that a request prefers.
fn preferred(request: &Request) -> Option<Language> {
    let header = request.accept_language.as_deref()?;
    language::accepted(header).first().copied()
}

/// A read that did not come to its end.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Road(#[from] db::Error),
    #[error(transparent)]
    Run(#[from] read::RunError),
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Run(read::RunError::Refused(refusal)) => *refusal,
            ReadError::Run(read::RunError::Database(error)) => db::Error::from(error).into(),
            ReadError::Run(error) => Self::internal(error),
            ReadError::Road(error) => error.into(),
        }
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Unavailable { retry_after, .. } => Self::new(
                Code::Unavailable,
                "The registry is busy. Try again in a moment.",
            )
            .retry_after(retry_after)
            .because(error),
            db::Error::Timeout => Self::new(
                Code::Timeout,
                "The answer took longer than a request may. Ask for less at once.",
            ),
            error => Self::internal(error),
        }
    }
}
