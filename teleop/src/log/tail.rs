//! [`Tail`]: who listens, and what waits to be told to him.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{Arc, Mutex},
    task::Poll,
};

use futures::task::AtomicWaker;
use tracing::{Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Registry,
    filter::Targets,
    layer::{Context, Filter},
};

use super::{
    hub::{Hub, lock},
    record::Record,
};

/// How many records wait for one who listens.
const MOST_RECORDS: usize = 1024;
/// How much memory they take.
const MOST_BYTES: usize = 1 << 20;

/// One who listens. Threads of the program put records in, and never wait; the one that sends them takes
/// them out.
#[derive(Debug)]
pub(super) struct Tail {
    filter: Targets,
    queue: Mutex<Queue>,
    reader: AtomicWaker,
}

#[derive(Debug, Default)]
struct Queue {
    records: VecDeque<Told>,
    bytes: usize,
    /// How many there was no room for since the last one that there was room for.
    lost: u64,
    is_closed: bool,
}

/// A record, as it is told to one who listens.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) record: Arc<Record>,
    /// How many were lost before it.
    pub(crate) lost: u64,
}

impl Tail {
    pub(super) fn new(filter: Targets) -> Self {
        Self {
            filter,
            queue: Mutex::default(),
            reader: AtomicWaker::new(),
        }
    }

    /// Whether it listens to what has this metadata.
    pub(super) fn wants<S: Subscriber>(
        &self,
        metadata: &Metadata<'_>,
        ctx: &Context<'_, S>,
    ) -> bool {
        self.filter.enabled(metadata, ctx)
    }

    /// Whether it listens to all events that come from a place in the source.
    pub(super) fn wants_callsite(&self, callsite: &'static Metadata<'static>) -> bool {
        let filter: &dyn Filter<Registry> = &self.filter;
        filter.callsite_enabled(callsite).is_always()
    }

    /// The most that it listens to.
    pub(super) fn most(&self) -> LevelFilter {
        let filter: &dyn Filter<Registry> = &self.filter;
        filter.max_level_hint().unwrap_or(LevelFilter::TRACE)
    }

    /// Puts a record in, or counts it where there is no room.
    pub(super) fn push(&self, record: &Arc<Record>) {
        let size = record.size();
        let mut queue = lock(&self.queue);
        let is_full = queue.records.len() >= MOST_RECORDS || queue.bytes + size > MOST_BYTES;
        if is_full || queue.is_closed {
            queue.lost += 1;
            return;
        }
        let was_empty = queue.records.is_empty();
        let lost = std::mem::take(&mut queue.lost);
        let record = Arc::clone(record);
        queue.records.push_back(Told { record, lost });
        queue.bytes += size;
        drop(queue);
        // Whoever has found some looks again before he waits.
        if was_empty {
            self.reader.wake();
        }
    }

    /// Nothing comes any more.
    pub(super) fn close(&self) {
        lock(&self.queue).is_closed = true;
        self.reader.wake();
    }

    fn pop(&self) -> Poll<Option<Told>> {
        let mut queue = lock(&self.queue);
        match queue.records.pop_front() {
            Some(told) => {
                queue.bytes -= told.record.size();
                Poll::Ready(Some(told))
            }
            None if queue.is_closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

/// Has what a filter lets through written down, for as long as it lives.
#[derive(Debug)]
#[must_use = "nobody listens any more when this is dropped"]
pub(crate) struct Listening {
    pub(super) hub: Arc<Hub>,
    pub(super) tail: Arc<Tail>,
}

impl Listening {
    /// The next record; `None` where the program has dropped its layer.
    ///
    /// Nothing is lost where it is cancelled.
    pub(crate) async fn next(&self) -> Option<Told> {
        poll_fn(|cx| match self.tail.pop() {
            Poll::Pending => {
                self.tail.reader.register(cx.waker());
                self.tail.pop() // What came meanwhile has woken nobody.
            }
            ready => ready,
        })
        .await
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.hub.forget(&self.tail);
    }
}
