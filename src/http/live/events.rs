//! graphql-sse, "distinct connections mode", after the protocol document of the `graphql-sse` package: the answers of one
//! operation as server-sent events in one response.
//!
//! A request that can't be read is refused as any other. All that is wrong with what it asks for comes as an event, since
//! browsers show nothing of another response.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, Interval, interval_at};

use super::Place;
use super::operation::{Gone, Operation, Running, Said};
use crate::graphql::error::Error;
use crate::http::message::{Method, Request, Response};
use crate::http::{App, graphql, negotiate, parameters};

/// What says nothing, and that the connection is alive.
const COMMENT: &[u8] = b":\n\n";

/// Whether a request wants events.
pub(in crate::http) fn wanted(request: &Request) -> bool {
    let asks = matches!(request.method, Method::Get | Method::Post);
    asks && request.path == graphql::PATH
        && negotiate::wants_events(request.headers.accept.as_deref())
}

/// Starts the operation of a request: the head of the response, and the events of its body.
///
/// # Errors
///
/// The whole response, where there are no events.
pub(in crate::http) fn open(
    app: &Arc<App>,
    request: &Request,
    request_id: &str,
) -> Result<(Response, impl Stream<Item = Bytes> + use<>), Response> {
    let place = app.live.enter(request.client);
    let place = place.map_err(|error| graphql::refuse(request, &[error], request_id))?;
    let budget = app.engine.budget();
    let refuse = |error: Error| {
        budget.charge_refusal(request.client, error.code);
        let code = error.code.name();
        tracing::info!(
            request_id,
            path = request.path,
            code,
            "event stream refused"
        );
        graphql::refuse(request, &[error], request_id)
    };
    let paid = graphql::reading(request);
    budget.charge(request.client, paid).map_err(refuse)?;
    let text = graphql::text(app, request).map_err(refuse)?;
    let parameters = if request.method.reads() {
        parameters::from_address(&request.query)
    } else {
        parameters::from_json(text)
    };
    let parameters = parameters.map_err(refuse)?;
    if parameters.query.is_none() && parameters.id.is_none() {
        app.engine.document(None, None).map_err(refuse)?;
    }
    let operation = Operation {
        app: Arc::clone(app),
        parameters,
        accept_language: request.headers.accept_language.clone(),
        mutations_allowed: request.method == Method::Post,
        client: request.client,
        paid,
        request_id: request_id.to_owned(),
        turns: Arc::new(Semaphore::new(1)),
    };
    let head = Response::new(200, "text/event-stream; charset=utf-8", Bytes::new())
        .with("cache-control", "no-store")
        // Proxies that collect a response before they pass it on let this one through.
        .with("x-accel-buffering", "no")
        .with("vary", "Accept, Accept-Language");
    Ok((head, Events::start(app, operation, place).stream()))
}

struct Events {
    says: mpsc::Receiver<Said>,
    beats: Interval,
    place: Place,
    state: State,
    _running: Running,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Opened,
    Running,
    Ended,
}

impl Events {
    fn start(app: &App, operation: Operation, place: Place) -> Self {
        let (said, says) = mpsc::channel(1);
        let running = operation.start(async move |words| said.send(words).await.map_err(|_| Gone));
        let beat = app.settings.heartbeat;
        Self {
            says,
            beats: interval_at(Instant::now() + beat, beat),
            place,
            state: State::Opened,
            _running: running,
        }
    }

    fn stream(self) -> impl Stream<Item = Bytes> + use<> {
        stream::unfold(self, async |mut events| {
            let bytes = events.next().await?;
            Some((bytes, events))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        match self.state {
            // So that the client learns at once that it is connected.
            State::Opened => {
                self.state = State::Running;
                return Some(Bytes::from_static(COMMENT));
            }
            State::Running => {}
            State::Ended => return None,
        }
        tokio::select! {
            // Without an event that says so, the client knows that there is more, and comes back.
            () = self.place.stopping() => None,
            _ = self.beats.tick() => Some(Bytes::from_static(COMMENT)),
            said = self.says.recv() => Some(self.event(said?)),
        }
    }

    fn event(&mut self, said: Said) -> Bytes {
        const COMPLETE: &str = "event: complete\ndata: \n\n";
        let next = |answer: &[u8]| [b"event: next\ndata: ", answer, b"\n\n"].concat();
        match said {
            Said::Next(answer) => next(&answer).into(),
            Said::Refused(errors) => {
                self.state = State::Ended;
                let mut event = next(json!({ "errors": errors }).to_string().as_bytes());
                event.extend(COMPLETE.as_bytes());
                event.into()
            }
            Said::Complete => {
                self.state = State::Ended;
                COMPLETE.into()
            }
        }
    }
}
