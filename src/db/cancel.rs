//! Ending work whose time is up.
//!
//! diesel cannot cancel a statement that it waits for, so a connection outside the pool asks PostgreSQL to
//! (`pg_cancel_backend`). A cancellation is addressed to a connection, not to a statement: sent too late it would hit the
//! connection's next request. Three things keep that from happening. A [`Ticket`] is locked while its cancellation is
//! sent, so its work cannot be over, and its connection not be handed on, meanwhile. A ticket that is done is not
//! cancelled. And a connection that was sent a cancellation is thrown away after its work.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::DatabaseUrl;
use super::session::establish;

/// One piece of work, from its request to its end.
#[derive(Default)]
pub(super) struct Ticket(Mutex<State>);

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Waiting,
    /// Running on the connection that this process of PostgreSQL serves.
    Running(i32),
    Cancelled,
    Done,
}

impl Ticket {
    /// The work begins. `false` when it was cancelled before.
    pub(super) fn begin(&self, backend: i32) -> bool {
        let mut state = self.lock();
        let waiting = *state == State::Waiting;
        if waiting {
            *state = State::Running(backend);
        }
        waiting
    }

    /// The work begins again on another connection. `false` when it was cancelled before.
    pub(super) fn moved(&self, backend: i32) -> bool {
        let mut state = self.lock();
        let running = matches!(*state, State::Running(_));
        if running {
            *state = State::Running(backend);
        }
        running
    }

    /// The work is over: from here on nothing is cancelled. `false` when a cancellation was sent before.
    pub(super) fn end(&self) -> bool {
        let mut state = self.lock();
        let running = matches!(*state, State::Running(_));
        *state = State::Done;
        running
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes requests to cancel, and carries them out on a thread and a connection of its own.
#[derive(Clone)]
pub(super) struct Canceller(Sender<Arc<Ticket>>);

impl Canceller {
    pub(super) fn start(url: DatabaseUrl) -> io::Result<Self> {
        let (sender, tickets) = channel();
        thread::Builder::new()
            .name("db-cancel".to_owned())
            .spawn(move || {
                Control {
                    url,
                    connection: None,
                }
                .work(&tickets);
            })?;
        Ok(Self(sender))
    }

    /// A guard that cancels the work when it is dropped before [`Guard::disarm`].
    pub(super) fn guard(&self, ticket: &Arc<Ticket>) -> Guard<'_> {
        Guard {
            canceller: self,
            ticket: Some(Arc::clone(ticket)),
        }
    }
}

pub(super) struct Guard<'a> {
    canceller: &'a Canceller,
    ticket: Option<Arc<Ticket>>,
}

impl Guard<'_> {
    pub(super) fn disarm(mut self) {
        self.ticket = None;
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            // The thread ends only with the last sender; should it have died, `statement_timeout` is left.
            drop(self.canceller.0.send(ticket));
        }
    }
}

struct Control {
    url: DatabaseUrl,
    connection: Option<PgConnection>,
}

impl Control {
    fn work(mut self, tickets: &Receiver<Arc<Ticket>>) {
        for ticket in tickets {
            let mut state = ticket.lock();
            let State::Running(backend) = *state else {
                if *state == State::Waiting {
                    *state = State::Cancelled;
                }
                continue;
            };
            *state = State::Cancelled;
            if let Err(error) = self.cancel(backend) {
                // The work goes on until `statement_timeout` ends it.
                tracing::warn!(%error, "a statement whose time is up could not be cancelled");
            }
            drop(state);
        }
    }

    fn cancel(&mut self, backend: i32) -> Result<(), super::Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        if send(&mut connection, backend).is_err() {
            // The connection has been idle for long; PostgreSQL may have been restarted since.
            connection = self.connect()?;
            send(&mut connection, backend)?;
        }
        self.connection = Some(connection);
        Ok(())
    }

    fn connect(&self) -> Result<PgConnection, super::Error> {
        let mut connection = establish(&self.url)?;
        connection.batch_execute(
            "SET application_name = 'entente (control)'; SET statement_timeout = 2000;\
             SET default_transaction_read_only = on",
        )?;
        Ok(connection)
    }
}

fn send(connection: &mut PgConnection, backend: i32) -> QueryResult<()> {
    diesel::select(pg_cancel_backend(backend))
        .get_result::<bool>(connection)
        .map(drop)
}

#[diesel::declare_sql_function]
extern "SQL" {
    fn pg_cancel_backend(pid: Integer) -> Bool;
}
