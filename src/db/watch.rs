//! One small question that many ask at once.
//!
//! Whoever serves what was worked out before must know whether it is still true, at a cost far below working it out. A
//! [`Watch`] has a thread and a connection of its own, and one question. While it is under way, those who ask gather; then it
//! is sent once for all of them. So an answer was never sent for before it was asked for: it is as new as one of one's own,
//! and under load costs a fraction of it.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tokio::sync::oneshot;

use super::session::establish;
use super::{DatabaseUrl, Error};

/// How long nobody is answered after PostgreSQL could not be asked, so that a server which is away is not asked for every
/// request.
const PAUSE: Duration = Duration::from_millis(500);

/// Asks PostgreSQL one question for all who ask at the same time. Dropping it ends its thread and its connection.
pub struct Watch<T> {
    shared: Arc<Shared<T>>,
}

/// What is asked.
type Question<T> = fn(&mut PgConnection) -> QueryResult<T>;

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    waiting: Vec<oneshot::Sender<Option<T>>>,
    closed: bool,
}

impl<T: Copy + Send + 'static> Watch<T> {
    /// Starts the thread. It connects when it is first asked.
    ///
    /// # Errors
    ///
    /// When a thread cannot be started.
    pub fn start(url: &DatabaseUrl, question: Question<T>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                waiting: Vec::new(),
                closed: false,
            }),
            changed: Condvar::new(),
        });
        let asker = Asker {
            url: url.clone(),
            question,
            connection: None,
            paused: None,
        };
        thread::Builder::new().name("db-watch".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || asker.work(&shared)
        })?;
        Ok(Self { shared })
    }

    /// The answer as of a moment after this was called; `None` where PostgreSQL could not be asked.
    pub async fn ask(&self) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let alone = {
            let mut state = self.shared.lock();
            if state.closed {
                return None;
            }
            state.waiting.push(answer);
            state.waiting.len() == 1
        };
        if alone {
            self.shared.changed.notify_one();
        }
        answered.await.ok().flatten()
    }
}

impl<T> Drop for Watch<T> {
    fn drop(&mut self) {
        self.shared.close();
        self.shared.changed.notify_one();
    }
}

impl<T> Shared<T> {
    /// Lets nobody wait any more.
    fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.waiting.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing panics while it holds this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for those who ask, and takes them all; `None` when nobody can any more.
    fn gathered(&self) -> Option<Vec<oneshot::Sender<Option<T>>>> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if !state.waiting.is_empty() {
                return Some(std::mem::take(&mut state.waiting));
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Closes when the thread ends, whatever ends it: nobody would be answered any more.
struct Closing<'a, T>(&'a Shared<T>);

impl<T> Drop for Closing<'_, T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The thread's own.
struct Asker<T> {
    url: DatabaseUrl,
    question: Question<T>,
    connection: Option<PgConnection>,
    paused: Option<Instant>,
}

impl<T: Copy> Asker<T> {
    fn work(mut self, shared: &Shared<T>) {
        let _closing = Closing(shared);
        while let Some(waiting) = shared.gathered() {
            let answer = self.answer();
            for one in waiting {
                // Whoever asked may be gone.
                let _gone = one.send(answer);
            }
        }
    }

    fn answer(&mut self) -> Option<T> {
        if self.paused.is_some_and(|since| since.elapsed() < PAUSE) {
            return None;
        }
        match self.ask() {
            Ok(answer) => {
                self.paused = None;
                Some(answer)
            }
            Err(error) => {
                // Requests go on without, as fast as they do then.
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the database cannot be watched"
                );
                self.paused = Some(Instant::now());
                None
            }
        }
    }

    fn ask(&mut self) -> Result<T, Error> {
        if let Some(mut connection) = self.connection.take()
            && let Ok(answer) = (self.question)(&mut connection)
        {
            self.connection = Some(connection);
            return Ok(answer);
        }
        // The first time, or the connection is broken: PostgreSQL may have been restarted.
        let mut connection = establish(&self.url)?;
        connection.batch_execute(
            "SET application_name = 'entente (watch)'; SET statement_timeout = 2000; SET default_transaction_read_only = on",
        )?;
        let answer = (self.question)(&mut connection)?;
        self.connection = Some(connection);
        Ok(answer)
    }
}
