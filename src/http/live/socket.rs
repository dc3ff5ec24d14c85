//! A WebSocket that speaks graphql-transport-ws, after the protocol document of the `graphql-ws` package.
//!
//! Everything of a socket happens in one place, one thing after the other: a message that came in, something that an
//! operation says, a time that is up. Operations run beside it and wait until what they say is taken. While a reader is slow,
//! nothing more is read from it either, and a moment later it is let go.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant as Moment, interval_at, sleep, timeout};

use super::Place;
use super::frames::Heard;
use super::messages::{self, Close, Message};
use super::operation::{Gone, Operation, Running, Said};
use super::wire::{Inbound, Outbox};
use crate::graphql::budget::reading;
use crate::graphql::error::{Code, Error};
use crate::http::App;
use crate::http::parameters::Parameters;

/// How many queries of one socket run at once, or wait for their answers to be taken; others wait for them. So a client that
/// asks for much and reads nothing fills no more memory than with so many answers, nor has it the database to itself.
const TURNS: usize = 4;

/// What a socket is opened with.
pub(in crate::http) struct Opening {
    pub(in crate::http) app: Arc<App>,
    pub(in crate::http) request_id: String,
    pub(in crate::http) accept_language: Option<String>,
    pub(in crate::http) client: Option<IpAddr>,
    /// Whether both sides speak the protocol.
    pub(in crate::http) agreed: bool,
    pub(in crate::http) place: Place,
}

/// Speaks with the client until one of both closes.
pub(in crate::http) async fn speak(opening: Opening, inbound: Inbound, outbox: Outbox) {
    let start = Instant::now();
    let (said, says) = mpsc::channel(1);
    let line = outbox.line();
    let mut socket = Socket {
        opening,
        outbox,
        begun: false,
        running: HashMap::new(),
        started: 0,
        said,
        turns: Arc::new(Semaphore::new(TURNS)),
    };
    tracing::info!("socket opened");
    let Err(close) = socket.listen(inbound, says).await;
    let Socket {
        opening: Opening { app, place, .. },
        outbox,
        running,
        started,
        ..
    } = socket;
    // The work ends before the last words are waited for.
    drop(running);
    if timeout(app.settings.last_words, outbox.close(&close))
        .await
        .is_err()
    {
        Outbox::abandon(&line);
    }
    drop(place);
    tracing::info!(
        code = close.code(),
        why = ?close,
        operations = started,
        ms = (start.elapsed().as_secs_f64() * 1e6).round() / 1e3,
        "socket closed"
    );
}

/// What never is: a conversation only ends by a [`Close`].
enum Never {}

struct Socket {
    opening: Opening,
    outbox: Outbox,
    /// Whether the client has begun.
    begun: bool,
    /// The operations that run, by the ids that the client gave them, each with its number.
    running: HashMap<String, (u64, Running)>,
    /// How many operations there have been: the number of the last.
    started: u64,
    said: mpsc::Sender<FromOperation>,
    turns: Arc<Semaphore>,
}

/// A message of so many bytes is read even for a client that has nothing left.
const SMALL: usize = 16 << 10;

/// So many pings and pongs of a client are free between two pings of the server: its answer to these, and some of its own.
const FREE: u32 = 10;

/// What an operation says, with its id and number.
type FromOperation = (String, u64, Said);

impl Socket {
    async fn listen(
        &mut self,
        mut inbound: Inbound,
        mut says: mpsc::Receiver<FromOperation>,
    ) -> Result<Never, Close> {
        if !self.opening.agreed {
            return Err(Close::NoProtocol);
        }
        let settings = self.opening.app.settings.clone();
        let mut too_late = std::pin::pin!(sleep(settings.socket_init_timeout));
        let beat = settings.heartbeat;
        let mut beats = interval_at(Moment::now() + beat, beat);
        let mut alive = Instant::now();
        let mut free = FREE;
        loop {
            tokio::select! {
                () = self.opening.place.stopping() => return Err(Close::Stopping),
                () = &mut too_late, if !self.begun => return Err(Close::NoInit),
                _ = beats.tick() => {
                    free = FREE;
                    if alive.elapsed() > beat * 2 {
                        return Err(Close::Silent);
                    }
                    self.send(async |outbox| outbox.ping().await).await?;
                }
                heard = inbound.next() => {
                    alive = Instant::now();
                    let heard = heard.map_err(|close| self.refusal(close))?;
                    if let Heard::Ping(_) | Heard::Pong = heard {
                        self.pay_for_a_sign(&mut free)?;
                    }
                    match heard {
                        Heard::Text(text) => self.hear(&text).await?,
                        Heard::Ping(bytes) => {
                            self.send(async |outbox| outbox.pong(&bytes).await).await?;
                        }
                        Heard::Pong => {}
                        Heard::Binary => return Err(Close::Invalid("it isn't text".into())),
                        Heard::Close => return Err(Close::Left),
                    }
                }
                // There is always one who can say something: this socket.
                Some((id, number, said)) = says.recv() => self.tell(&id, number, said).await?,
            }
        }
    }

    /// Takes what a ping or pong costs: reading it, as for a message, but for those that any client may send.
    fn pay_for_a_sign(&self, free: &mut u32) -> Result<(), Close> {
        if let Some(fewer) = free.checked_sub(1) {
            *free = fewer;
            return Ok(());
        }
        let Opening { app, client, .. } = &self.opening;
        let charged = app.engine.budget().charge(*client, reading(0));
        charged.map(drop).map_err(|_| Close::Exhausted)
    }

    /// Takes what it costs that a message can't be had, where that is its sender's fault.
    fn refusal(&self, close: Close) -> Close {
        let Opening { app, client, .. } = &self.opening;
        if let Close::TooLarge | Close::Unfinished | Close::Protocol | Close::NotUtf8 = close {
            app.engine
                .budget()
                .charge_refusal(*client, Code::BadRequest);
        }
        close
    }

    /// Does what a message asks for.
    async fn hear(&mut self, text: &str) -> Result<(), Close> {
        let Opening { app, client, .. } = &self.opening;
        let (budget, client) = (app.engine.budget(), *client);
        let paid = reading(text.len());
        let charged = budget.charge(client, paid).map(|_| paid);
        // Whoever may ask for nothing is told so, where it takes little to see what for.
        if charged.is_err() && text.len() > SMALL {
            return Err(Close::Exhausted);
        }
        let message = Message::read(text);
        if message.is_err() {
            budget.charge_refusal(client, Code::BadRequest);
        }
        match message? {
            Message::Subscribe(..) if !self.begun => Err(Close::NotAcknowledged),
            Message::Subscribe(id, parameters) => self.subscribe(id, parameters, charged).await,
            _ if charged.is_err() => Err(Close::Exhausted),
            Message::Init if self.begun => Err(Close::SecondInit),
            Message::Init => {
                self.begun = true;
                self.text(messages::ack()).await
            }
            Message::Ping(payload) => self.text(messages::pong(payload)).await,
            Message::Pong => Ok(()),
            Message::Complete(id) => {
                self.running.remove(&id);
                Ok(())
            }
        }
    }

    async fn subscribe(
        &mut self,
        id: String,
        parameters: Parameters,
        charged: Result<u64, Error>,
    ) -> Result<(), Close> {
        if self.running.contains_key(&id) {
            return Err(Close::Duplicate(id));
        }
        self.started += 1;
        let number = self.started;
        let app = &self.opening.app;
        let request_id = format!("{}.{number}", self.opening.request_id);
        let paid = match charged {
            Ok(paid) => paid,
            Err(error) => {
                let error = messages::error(&id, &[error.report(&request_id)]);
                return self.text(error).await;
            }
        };
        let most = app.settings.max_socket_operations;
        if self.running.len() >= most {
            let error = Error::new(
                Code::RateLimited,
                format!(
                    "{most} operations run on this socket, which is as many as may. Complete one first."
                ),
            );
            return self
                .text(messages::error(&id, &[error.report(&request_id)]))
                .await;
        }
        let operation = Operation {
            app: Arc::clone(app),
            parameters,
            accept_language: self.opening.accept_language.clone(),
            mutations_allowed: true,
            client: self.opening.client,
            paid,
            request_id,
            turns: Arc::clone(&self.turns),
        };
        let said = self.said.clone();
        let of = id.clone();
        let running = operation.start(async move |words| {
            let sent = said.send((of.clone(), number, words)).await;
            sent.map_err(|_| Gone)
        });
        self.running.insert(id, (number, running));
        Ok(())
    }

    /// Tells the client what an operation said, unless the client has completed it meanwhile.
    async fn tell(&mut self, id: &str, number: u64, said: Said) -> Result<(), Close> {
        if self.running.get(id).is_none_or(|(of, _)| *of != number) {
            return Ok(());
        }
        let message = match said {
            Said::Next(answer) => {
                let answer = str::from_utf8(&answer);
                messages::next(id, answer.unwrap_or("null"))
            }
            Said::Refused(errors) => {
                self.running.remove(id);
                messages::error(id, &errors)
            }
            Said::Complete => {
                self.running.remove(id);
                messages::complete(id)
            }
        };
        self.text(message).await
    }

    async fn text(&mut self, text: String) -> Result<(), Close> {
        self.send(async |outbox| outbox.text(text).await).await
    }

    /// Waits for a slow reader, but not for ever.
    async fn send(
        &mut self,
        message: impl AsyncFnOnce(&mut Outbox) -> Result<(), Close>,
    ) -> Result<(), Close> {
        let patience = self.opening.app.settings.reader_patience;
        tokio::select! {
            () = self.opening.place.stopping() => Err(Close::Stopping),
            sent = timeout(patience, message(&mut self.outbox)) => sent.unwrap_or(Err(Close::Slow)),
        }
    }
}
