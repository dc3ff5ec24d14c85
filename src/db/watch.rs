//! One small question that many ask at once.
//!
//! Whoever serves what was worked out before must know whether it is still true, at a cost far below working it out. A
//! [`Watch`] has a thread and a connection of its own, and one question. While it is under way, those who ask gather; then it
//! is sent once for all of them. So an answer was never sent for before it was asked for: it is as new as one of one's own,
//! and under load costs a fraction of it.
//!
//! Who wants to know of each new answer *follows*. While anybody does, the question is asked anew after each [`PERIOD`], once
//! for all of them; else nothing runs. It is asked rather than listened for (`LISTEN`): a notification is lost while the
//! connection is, doesn't pass through a pooler or to a standby, and takes a lock over all databases at each commit. The same
//! question after a new connection says all that was missed.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tokio::sync::{oneshot, watch};

use super::session::establish;
use super::{DatabaseUrl, Error};

/// How long nobody is answered after PostgreSQL could not be asked, so that a server which is away is not asked for every
/// request.
const PAUSE: Duration = Duration::from_millis(500);

/// How long after an answer those who follow are asked for the next.
pub const PERIOD: Duration = Duration::from_millis(200);

/// Asks PostgreSQL one question for all who ask at the same time. Dropping it ends its thread and its connection.
pub struct Watch<T> {
    shared: Arc<Shared<T>>,
}

/// What is asked.
type Question<T> = fn(&mut PgConnection) -> QueryResult<T>;

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// The last answer; `None` where PostgreSQL could not be asked.
    newest: watch::Sender<Option<T>>,
}

struct State<T> {
    waiting: Vec<oneshot::Sender<Option<T>>>,
    closed: bool,
}

impl<T: Copy + PartialEq + Send + Sync + 'static> Watch<T> {
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
            newest: watch::Sender::new(None),
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
        self.send().await.ok().flatten()
    }

    /// The answer now, and then each that differs from the one before. One that came and went within 200 ms may be
    /// left out. While PostgreSQL cannot be asked there is none.
    pub fn follow(&self) -> Follower<T> {
        // First of all, so that no answer after the first is missed.
        let newest = self.shared.newest.subscribe();
        Follower {
            first: Some(self.send()),
            newest,
            told: None,
        }
    }

    fn send(&self) -> oneshot::Receiver<Option<T>> {
        let (answer, answered) = oneshot::channel();
        let mut state = self.shared.lock();
        // Once it is closed, whoever waits is told so by the other end that is gone.
        if !state.closed {
            state.waiting.push(answer);
            if state.waiting.len() == 1 {
                self.shared.changed.notify_one();
            }
        }
        answered
    }
}

/// One of those who [follow](Watch::follow). Dropping it ends that.
pub struct Follower<T> {
    first: Option<oneshot::Receiver<Option<T>>>,
    newest: watch::Receiver<Option<T>>,
    told: Option<T>,
}

impl<T: Copy + PartialEq> Follower<T> {
    /// The next answer; `None` when there will be none any more. May be dropped and called again.
    pub async fn next(&mut self) -> Option<T> {
        if let Some(first) = &mut self.first {
            let first = first.await.ok().flatten();
            self.first = None;
            if first.is_some() {
                self.told = first;
                return first;
            }
        }
        loop {
            self.newest.changed().await.ok()?;
            let newest = *self.newest.borrow_and_update();
            if newest.is_some() && newest != self.told {
                self.told = newest;
                return newest;
            }
        }
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

    /// Waits for those who ask, and takes them all; nobody where it is time to ask for those who follow. `None` when nobody
    /// can ask any more.
    fn gathered(&self) -> Option<Vec<oneshot::Sender<Option<T>>>> {
        let since = Instant::now();
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let followed = self.newest.receiver_count() > 0;
            let left = PERIOD.saturating_sub(since.elapsed());
            if !state.waiting.is_empty() || (followed && left.is_zero()) {
                return Some(std::mem::take(&mut state.waiting));
            }
            state = if followed {
                let waited = self.changed.wait_timeout(state, left);
                waited.unwrap_or_else(PoisonError::into_inner).0
            } else {
                // Who begins to follow asks first.
                let waited = self.changed.wait(state);
                waited.unwrap_or_else(PoisonError::into_inner)
            };
        }
    }

    fn tell(&self, answer: Option<T>)
    where
        T: Copy + PartialEq,
    {
        self.newest.send_if_modified(|newest| {
            let modified = *newest != answer;
            *newest = answer;
            modified
        });
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

impl<T: Copy + PartialEq> Asker<T> {
    fn work(mut self, shared: &Shared<T>) {
        let _closing = Closing(shared);
        while let Some(waiting) = shared.gathered() {
            let answer = self.answer();
            shared.tell(answer);
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
                // Requests go on without, as fast as they do then. Said once, not at each attempt.
                if self.paused.is_none() {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the database cannot be watched"
                    );
                }
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
