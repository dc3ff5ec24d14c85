//! The threads that talk to PostgreSQL.
//!
//! diesel blocks while it waits for PostgreSQL, which an async executor's threads must never do. A fixed set of threads
//! of our own was measured at 1.16 times the throughput of the executor's blocking pool, with half its tail: they are
//! never started or ended under load, and there are exactly as many as connections.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

type Job = Box<dyn FnOnce() + Send>;

/// A fixed set of threads with one queue. Dropping it lets the jobs under way end and the threads after them.
pub(super) struct Threads {
    queue: Arc<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Threads {
    pub(super) fn start(count: usize) -> io::Result<Self> {
        let threads = Self {
            queue: Arc::default(),
        };
        for number in 0..count {
            let queue = Arc::clone(&threads.queue);
            thread::Builder::new()
                .name(format!("db-{number}"))
                .spawn(move || queue.work())?;
        }
        Ok(threads)
    }

    pub(super) fn submit(&self, job: Job) {
        self.queue.lock().jobs.push_back(job);
        self.queue.changed.notify_one();
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Not joined: the last owner may be a job on one of these very threads.
        self.queue.lock().closed = true;
        self.queue.changed.notify_all();
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while it holds this lock, so a poisoned queue is still whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        give_way();
        while let Some(job) = self.next() {
            // A job catches its own panics to answer for them; this keeps the thread whatever happens.
            if catch_unwind(AssertUnwindSafe(job)).is_err() {
                tracing::error!("a job on a database thread panicked");
            }
        }
    }

    fn next(&self) -> Option<Job> {
        let mut waiting = self.lock();
        loop {
            if let Some(job) = waiting.jobs.pop_front() {
                return Some(job);
            }
            if waiting.closed {
                return None;
            }
            waiting = self
                .changed
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Has the system run this thread when a processor is free, rather than at once at the cost of another's turn.
///
/// PostgreSQL sends an answer in pieces of 8 KiB. Each of them wakes the thread that waits for it, and on a busy machine that
/// thread would take the processor from PostgreSQL, read the one piece, and wait again. So it finds more of them at once. Where
/// nobody else wants the processor, nothing changes. Whoever runs the program under another policy keeps it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "what is safe and can do this sets the niceness too"
)]
fn give_way() {
    let param = libc::sched_param { sched_priority: 0 };
    // SAFETY: 0 is the calling thread, whose policy is asked for and set; `param` outlives the call, which only reads it.
    let _kept = unsafe {
        libc::sched_getscheduler(0) == libc::SCHED_OTHER
            && libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const param) == 0
    };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_way() {}
