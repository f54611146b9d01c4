//! [`Hub`]: where the layer of a program and those who ask for its log meet.

use std::{
    process,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, Weak,
        atomic::{AtomicU8, Ordering},
    },
};

use tracing::{
    Metadata,
    callsite::rebuild_interest_cache,
    dispatcher::{Dispatch, WeakDispatch, with_default},
    level_filters::LevelFilter,
};
use tracing_subscriber::filter::Targets;

use super::{
    filter::Filter,
    level::Level,
    tail::{Listening, Tail},
};
use crate::error::{Error, Result};

/// The hub of the layer that came first, as long as it lives.
///
/// A static, because nothing else joins the two: a program puts its layer into its subscriber, and offers
/// its services somewhere else, before or after.
static CURRENT: Mutex<Weak<Hub>> = Mutex::new(Weak::new());

/// How many may listen at a time.
const MOST_TAILS: usize = 16;

/// The program has a filter.
pub(super) const FILTERED: u8 = 1;
/// That filter has to be told of spans.
pub(super) const HEEDS_SPANS: u8 = 2;
/// Somebody listens.
pub(super) const LISTENED: u8 = 4;

/// What a layer does, and what may change it.
#[derive(Debug)]
pub(crate) struct Hub {
    /// The process that made it: in a fork nobody reads.
    process: u32,
    /// What there is to do for an event; nothing, as a rule.
    state: AtomicU8,
    filter: RwLock<Arc<Filter>>,
    tails: RwLock<Arc<[Arc<Tail>]>>,
    /// The subscriber that the layer is part of.
    subscriber: OnceLock<WeakDispatch>,
    /// What is known of the rest of that subscriber.
    beneath: OnceLock<Beneath>,
    /// One change at a time: what `tracing` remembers of a callsite is to be what came last.
    changes: Mutex<Changes>,
}

/// The most that the layers beneath ours let through, where they say.
pub(super) type Beneath = fn(&Dispatch) -> Option<LevelFilter>;

#[derive(Debug)]
struct Changes {
    /// The filter with which the program began.
    first: Filter,
    /// The one that was set for good.
    lasting: Filter,
    /// Whether another is in force for a time.
    temporary: Option<Temporary>,
    count: u64,
    level: Level,
}

/// A filter that is in force for a time: to be given back when that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Temporary(u64);

/// For how long a filter is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasting {
    ForGood,
    ForATime,
}

/// What came of setting a filter.
#[derive(Debug)]
pub(crate) struct Set {
    /// The directives of the one that was in force.
    pub(crate) previous: String,
    /// What gives the lasting one back.
    pub(crate) temporary: Option<Temporary>,
}

/// The directives of the filter that is in force.
#[derive(Debug)]
pub(crate) struct InForce {
    pub(crate) filter: String,
    /// Those of the one that comes after it.
    pub(crate) after: Option<String>,
}

impl Hub {
    pub(super) fn new(first: Filter) -> Self {
        Self {
            process: process::id(),
            state: AtomicU8::new(state(&first)),
            filter: RwLock::new(Arc::new(first.clone())),
            tails: RwLock::new(Arc::new([])),
            subscriber: OnceLock::new(),
            beneath: OnceLock::new(),
            changes: Mutex::new(Changes {
                lasting: first.clone(),
                first,
                temporary: None,
                count: 0,
                level: Level::default(),
            }),
        }
    }

    /// The hub of this process, where its program has added the layer.
    pub(crate) fn current() -> Option<Arc<Self>> {
        lock(&CURRENT).upgrade()
    }

    /// What is in force, and what comes after it.
    pub(crate) fn in_force(&self) -> InForce {
        let changes = lock(&self.changes);
        let after = changes.temporary.map(|_| changes.lasting.directives());
        InForce {
            filter: self.filter().directives().to_owned(),
            after: after.map(str::to_owned),
        }
    }

    /// Puts a filter in force; without one, that with which the program began.
    pub(crate) fn set(&self, filter: Option<Filter>, lasting: Lasting) -> Set {
        let mut changes = lock(&self.changes);
        let filter = filter.unwrap_or_else(|| changes.first.clone());
        let previous = self.filter().directives().to_owned();
        changes.count += 1;
        changes.temporary = match lasting {
            Lasting::ForGood => {
                changes.lasting = filter.clone();
                None
            }
            Lasting::ForATime => Some(Temporary(changes.count)),
        };
        let temporary = changes.temporary;
        self.put(filter, &mut changes);
        Set {
            previous,
            temporary,
        }
    }

    /// Has the lasting filter back, where this one is in force still.
    pub(crate) fn give_back(&self, temporary: Temporary) {
        let mut changes = lock(&self.changes);
        if changes.temporary == Some(temporary) {
            changes.temporary = None;
            let lasting = changes.lasting.clone();
            self.put(lasting, &mut changes);
        }
    }

    /// Listens to what a filter lets through.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] where enough listen already.
    pub(crate) fn listen(self: Arc<Self>, filter: Targets) -> Result<Listening> {
        let mut changes = lock(&self.changes);
        let tails = self.tails();
        if tails.len() >= MOST_TAILS {
            return Err(Error::Unsupported {
                what: "the log",
                why: "as many listen to it as may; one of them has to end",
            });
        }
        let tail = Arc::new(Tail::new(filter));
        let all = tails.iter().chain([&tail]).cloned().collect();
        self.put_tails(all, &mut changes);
        drop(changes);
        Ok(Listening { hub: self, tail })
    }

    /// Forgets one who listened.
    pub(super) fn forget(&self, tail: &Arc<Tail>) {
        let mut changes = lock(&self.changes);
        let tails = self.tails();
        let others = tails.iter().filter(|other| !Arc::ptr_eq(other, tail));
        self.put_tails(others.cloned().collect(), &mut changes);
    }

    /// The layer is part of a subscriber now. The first one counts.
    pub(super) fn join(self: &Arc<Self>, subscriber: &Dispatch) {
        let _ = self.subscriber.set(subscriber.downgrade());
        let mut current = lock(&CURRENT);
        if current.upgrade().is_none() {
            *current = Arc::downgrade(self);
        }
    }

    /// The layer is gone, and nothing comes any more.
    pub(super) fn leave(self: &Arc<Self>) {
        let mut current = lock(&CURRENT);
        if current.ptr_eq(&Arc::downgrade(self)) {
            *current = Weak::new();
        }
        drop(current);
        for tail in self.tails().iter() {
            tail.close();
        }
    }

    /// What there is to do for an event.
    pub(super) fn state(&self) -> u8 {
        self.state.load(Ordering::Relaxed)
    }

    /// What the program logs.
    pub(super) fn filter(&self) -> RwLockReadGuard<'_, Arc<Filter>> {
        self.filter.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who listens.
    pub(super) fn tails(&self) -> Arc<[Arc<Tail>]> {
        Arc::clone(&self.tails.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether this is the process that made it.
    pub(super) fn is_at_home(&self) -> bool {
        self.process == process::id()
    }

    /// The subscriber that the layer is part of.
    pub(super) fn subscriber(&self) -> Option<Dispatch> {
        self.subscriber.get()?.upgrade()
    }

    /// Says how to ask what is beneath the layer.
    pub(super) fn lie_on(&self, beneath: Beneath) {
        let _ = self.beneath.set(beneath); // A layer is laid on something once.
    }

    /// The most that is let through, where there is a bound.
    ///
    /// Where everything is, the bound is that of what is beneath: one of `None` would have `tracing` ask
    /// for what none of the filters there lets through.
    pub(super) fn most(&self) -> Option<LevelFilter> {
        let program = match &**self.filter() {
            Filter::Everything => self.beneath.get()?(&self.subscriber()?)?,
            Filter::Only(only) => only.filter.max_level_hint()?,
        };
        let tails = self.tails();
        let tails = tails.iter().map(|tail| tail.most());
        Some(tails.fold(program, Ord::max))
    }

    /// Whether somebody listens to all that comes from there.
    pub(super) fn is_wanted(&self, callsite: &'static Metadata<'static>) -> bool {
        self.tails()
            .iter()
            .any(|tail| tail.wants_callsite(callsite))
    }

    fn put(&self, filter: Filter, changes: &mut Changes) {
        *self.filter.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(filter);
        self.settle(changes);
    }

    fn put_tails(&self, tails: Arc<[Arc<Tail>]>, changes: &mut Changes) {
        *self.tails.write().unwrap_or_else(PoisonError::into_inner) = tails;
        self.settle(changes);
    }

    /// Has the program notice what has changed.
    fn settle(&self, changes: &mut Changes) {
        let listened = if self.tails().is_empty() { 0 } else { LISTENED };
        let state = state(&self.filter()) | listened;
        self.state.store(state, Ordering::Relaxed);
        // A program whose only subscriber is that of another thread would go silent: `tracing` asks for
        // that of this thread then.
        if let Some(subscriber) = self.subscriber() {
            with_default(&subscriber, || {
                rebuild_interest_cache();
                changes.level.follow();
            });
        }
    }
}

/// What a filter alone makes to do.
fn state(filter: &Filter) -> u8 {
    match filter {
        Filter::Everything => 0,
        Filter::Only(_) if filter.heeds_spans() => FILTERED | HEEDS_SPANS,
        Filter::Only(_) => FILTERED,
    }
}

/// What a mutex holds, whoever panicked meanwhile: nothing here is left half done, and the program is not
/// to panic for another's sake.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
