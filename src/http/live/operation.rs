//! One operation, whose answers go to whoever carries them.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::{FutureExt, Stream, StreamExt};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tracing::Instrument;

use crate::graphql::documents::Document;
use crate::graphql::error::Error;
use crate::graphql::{self, guard};
use crate::http::graphql::timed_out;
use crate::http::parameters::Parameters;
use crate::http::{App, panicked};

/// What an operation says: any number of answers, then one of the other two.
#[derive(Debug)]
pub(in crate::http) enum Said {
    /// An answer: `{"data":{…}}`.
    Next(Bytes),
    /// It wasn't run, or it came to a bad end: errors as the client gets them. The last.
    Refused(Vec<Value>),
    /// There are no more answers. The last.
    Complete,
}

/// Whoever carries the answers takes no more.
#[derive(Debug)]
pub(in crate::http) struct Gone;

/// An operation to run.
pub(in crate::http) struct Operation {
    pub(in crate::http) app: Arc<App>,
    pub(in crate::http) parameters: Parameters,
    pub(in crate::http) accept_language: Option<String>,
    pub(in crate::http) mutations_allowed: bool,
    /// Who pays for it.
    pub(in crate::http) client: Option<IpAddr>,
    /// What the client has paid for having it read.
    pub(in crate::http) paid: u64,
    pub(in crate::http) request_id: String,
    /// As many operations of one client as may work on an answer, or wait for one to be taken, at once.
    pub(in crate::http) turns: Arc<Semaphore>,
}

/// An operation that runs beside whoever holds this, on the same thread. Dropping it ends the operation and its work.
#[derive(Debug)]
pub(in crate::http) struct Running(AbortHandle);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// An operation's line in the log, written when it ends, also where that is because its client left.
struct Line {
    start: Instant,
    answers: u64,
    end: &'static str,
}

impl Drop for Line {
    fn drop(&mut self) {
        tracing::info!(
            answers = self.answers,
            end = self.end,
            ms = (self.start.elapsed().as_secs_f64() * 1e6).round() / 1e3,
            "operation ended"
        );
    }
}

impl Operation {
    /// Starts it. The next answer is waited for once `say` has taken the one before, so that a slow reader slows down what is
    /// read for it.
    pub(in crate::http) fn start(
        self,
        say: impl AsyncFnMut(Said) -> Result<(), Gone> + 'static,
    ) -> Running {
        let span = tracing::info_span!("operation", request_id = %self.request_id);
        Running(tokio::task::spawn_local(self.run(say).instrument(span)).abort_handle())
    }

    async fn run(mut self, mut say: impl AsyncFnMut(Said) -> Result<(), Gone>) {
        let mut line = Line {
            start: Instant::now(),
            answers: 0,
            end: "left",
        };
        let running = self.forward(async |said| {
            line.answers += 1;
            say(said).await
        });
        // What a panic may leave half done is this operation's alone, as with a request.
        let ended = AssertUnwindSafe(running).catch_unwind().await;
        let last = match ended.unwrap_or_else(|panic| Err(vec![panicked(&*panic)])) {
            Ok(()) => {
                line.end = "complete";
                Said::Complete
            }
            Err(errors) => {
                line.end = errors.first().map_or("refused", |error| error.code.name());
                if let Some(error) = errors.first() {
                    let budget = self.app.engine.budget();
                    budget.charge_refusal(self.client, error.code);
                }
                Said::Refused(self.report(&errors))
            }
        };
        drop(line);
        // Whoever is gone doesn't need it.
        let _gone = say(last).await;
    }

    async fn forward(
        &mut self,
        mut say: impl AsyncFnMut(Said) -> Result<(), Gone>,
    ) -> Result<(), Vec<Error>> {
        let document = self.admit().map_err(|error| vec![error])?;
        let Parameters {
            operation_name,
            variables,
            extensions,
            ..
        } = std::mem::take(&mut self.parameters);
        let answers = self.app.engine.subscribe(graphql::Request {
            query: document.text,
            keep_as: document.keep_as,
            operation_name,
            variables,
            extensions,
            accept_language: self.accept_language.clone(),
            asked: None,
            mutations_allowed: self.mutations_allowed,
            client: self.client,
            paid: self.paid,
            request_id: self.request_id.clone(),
        });
        let turn = self.turns.acquire().await;
        // The time of a request is that of a query, or of coming to listen.
        let limit = self.app.settings.request_timeout;
        let answers = tokio::time::timeout(limit, answers).await;
        let mut answers = pin!(answers.unwrap_or_else(|_| Err(vec![timed_out(limit)]))?);
        // One answer is there already, and keeps its turn until it is taken. Others come some day.
        let _turn = turn.ok().filter(|_| answers.size_hint().1 == Some(1));
        while let Some(answer) = answers.next().await {
            if say(Said::Next(answer.body)).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Its document, where it may start: the one place where this is decided, for sockets and event streams alike.
    fn admit(&self) -> Result<Document, Error> {
        let App {
            engine, settings, ..
        } = &*self.app;
        let Parameters { query, id, .. } = &self.parameters;
        let document = engine.document(query.clone(), id.as_deref())?;
        guard::check(&document.text, settings.document)?;
        Ok(document)
    }

    fn report(&self, errors: &[Error]) -> Vec<Value> {
        let reports = errors.iter().map(|error| error.report(&self.request_id));
        reports.collect()
    }
}
