//! [`Layer`]: what a program adds to its subscriber.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, LazyLock},
};

use tracing::{
    Event, Metadata, Subscriber,
    dispatcher::Dispatch,
    level_filters::LevelFilter,
    span,
    subscriber::{Interest, NoSubscriber},
};
use tracing_log::NormalizeEvent;
use tracing_subscriber::{
    Registry,
    layer::{Context, Layer as _, Layered},
    registry::LookupSpan,
};

use super::{
    filter::Filter,
    hub::{FILTERED, HEEDS_SPANS, Hub, LISTENED},
    level,
    record::{Record, SpanFields},
};
use crate::error::Result;

/// A layer by which the service `log` turns the log of the program up and down, and shows it.
///
/// It logs nothing itself. Its filter is that of the whole subscriber, as an `EnvFilter` would be in its
/// place: what `RUST_LOG` says, or [what the program chooses](Self::or), or else everything. An
/// `EnvFilter` that stays beside it goes on to hold back what it holds back, from those who listen, too.
/// Filters of single layers (`with_filter`) hold back what those layers write, and nothing from those who
/// listen.
///
/// It is best added last. Elsewhere it does the same; but an event that a filter of a single layer holds
/// back may then cost more than it did, even where nobody listens.
///
/// A program has one. Of several, those that come later filter what they were told to filter and are
/// unknown to the service, for as long as the first is part of a subscriber.
#[derive(Debug)]
#[must_use = "it does nothing before it is added to a subscriber"]
pub struct Layer {
    hub: Arc<Hub>,
    is_of_environment: bool,
}

/// What a program adds to its subscriber, so that its log can be turned up and down, and read, while it
/// runs.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// tracing_subscriber::registry()
///     .with(tracing_subscriber::fmt::layer())
///     .with(teleop::log::layer())
///     .init();
/// ```
///
/// See [`Layer`] for its filter, and what becomes of those of the program.
pub fn layer() -> Layer {
    let filter = Filter::of_environment();
    Layer {
        is_of_environment: !matches!(filter, Filter::Everything),
        hub: Arc::new(Hub::new(filter)),
    }
}

impl Layer {
    /// The filter with which the program begins, where `RUST_LOG` has none: directives of an `EnvFilter`,
    /// such as `info,hyper=warn`.
    ///
    /// ```
    /// # fn main() -> teleop::Result<()> {
    /// let layer = teleop::log::layer().or("info,hyper=warn")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`](crate::Error::BadArgument) says which directive is none.
    pub fn or(self, filter: &str) -> Result<Self> {
        let filter = Filter::of_program(filter)?;
        Ok(match self.is_of_environment {
            true => self,
            false => Self {
                hub: Arc::new(Hub::new(filter)),
                is_of_environment: false,
            },
        })
    }

    /// What the program logs lets this through.
    fn lets_through<S>(&self, metadata: &Metadata<'_>, ctx: Context<'_, S>) -> bool {
        match &**self.hub.filter() {
            Filter::Everything => true,
            Filter::Only(only) => only.filter.enabled(metadata, ctx),
        }
    }

    /// Tells the filter something of a span. What the program has in a span is written down meanwhile,
    /// and may log: no lock is held.
    fn tell(&self, tell: impl FnOnce(&tracing_subscriber::EnvFilter)) {
        if self.hub.state() & HEEDS_SPANS != 0 {
            let filter = Arc::clone(&self.hub.filter());
            if let Filter::Only(only) = &*filter {
                tell(&only.filter);
            }
        }
    }

    /// Writes an event down for those who listen to it.
    fn hand<S>(&self, event: &Event<'_>, ctx: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let normal = event.normalized_metadata();
        let metadata = normal.as_ref().unwrap_or(event.metadata());
        if is_reactor(metadata.target()) || !self.hub.is_at_home() {
            return;
        }
        let tails = self.hub.tails();
        let mut wanting = tails
            .iter()
            .filter(|tail| tail.wants(metadata, ctx))
            .peekable();
        if wanting.peek().is_none() {
            return;
        }
        aside(|| {
            let record = Arc::new(Record::new(event, metadata, ctx));
            wanting.for_each(|tail| tail.push(&record));
        });
        // What was logged meanwhile, such as by the reactor as it was woken, went through the filters of
        // single layers. They remember for the thread, not for the event, what they said last.
        forget_verdicts(metadata);
        if let Some(subscriber) = self.hub.subscriber() {
            subscriber.enabled(metadata);
        }
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        self.hub.leave();
    }
}

impl<S> tracing_subscriber::Layer<S> for Layer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_layer(&mut self, _: &mut S) {
        self.hub.lie_on(most_beneath::<S>);
    }

    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        self.hub.join(subscriber);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        let program = match &**self.hub.filter() {
            Filter::Everything => Interest::always(),
            Filter::Only(only) => {
                tracing_subscriber::Layer::<Registry>::register_callsite(&only.filter, metadata)
            }
        };
        let is_heard =
            metadata.is_event() && !is_reactor(metadata.target()) && self.hub.is_wanted(metadata);
        if is_heard {
            Interest::always()
        } else {
            program
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.hub.most()
    }

    fn enabled(&self, metadata: &Metadata<'_>, ctx: Context<'_, S>) -> bool {
        let state = self.hub.state();
        if state == 0 {
            return true;
        }
        level::see(metadata.target());
        if state & LISTENED != 0 {
            if is_aside() {
                return false;
            }
            let is_heard = metadata.is_event()
                && !is_reactor(metadata.target())
                && self
                    .hub
                    .tails()
                    .iter()
                    .any(|tail| tail.wants(metadata, &ctx));
            if is_heard {
                return true;
            }
        }
        self.lets_through(metadata, ctx)
    }

    /// Asked of each event before it is any layer's: so those who listen have what the program does not
    /// log, and the program does not have it.
    fn event_enabled(&self, event: &Event<'_>, ctx: Context<'_, S>) -> bool {
        let state = self.hub.state();
        if state == 0 {
            return true;
        }
        if state & LISTENED != 0 {
            if is_aside() {
                return false;
            }
            self.hand(event, &ctx);
        }
        if state & FILTERED == 0 {
            return true;
        }
        let normal = event.normalized_metadata();
        let metadata = normal.as_ref().unwrap_or(event.metadata());
        let is_logged = self.lets_through(metadata, ctx);
        if !is_logged {
            forget_verdicts(metadata);
        }
        is_logged
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, ctx: Context<'_, S>) {
        self.tell(|filter| filter.on_new_span(attributes, id, ctx.clone()));
        if self.hub.state() & LISTENED == 0 || is_aside() {
            return;
        }
        let fields = aside(|| SpanFields::new(attributes));
        if let (Some(fields), Some(span)) = (fields, ctx.span(id)) {
            span.extensions_mut().replace(fields);
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, ctx: Context<'_, S>) {
        self.tell(|filter| filter.on_record(id, values, ctx.clone()));
        if self.hub.state() & LISTENED == 0 || is_aside() {
            return;
        }
        let newer = aside(|| SpanFields::of(values));
        if let (Some(newer), Some(span)) = (newer, ctx.span(id)) {
            if let Some(known) = span.extensions_mut().get_mut::<SpanFields>() {
                known.update(newer);
            }
        }
    }

    fn on_enter(&self, id: &span::Id, ctx: Context<'_, S>) {
        self.tell(|filter| filter.on_enter(id, ctx));
    }

    fn on_exit(&self, id: &span::Id, ctx: Context<'_, S>) {
        self.tell(|filter| filter.on_exit(id, ctx));
    }

    fn on_close(&self, id: span::Id, ctx: Context<'_, S>) {
        self.tell(|filter| filter.on_close(id, ctx));
    }
}

/// The most that a subscriber lets through on which a layer of ours lies, and nothing beside it.
///
/// Within a tree of layers others may lie on the same, for which the bound does not count.
fn most_beneath<S: Subscriber>(subscriber: &Dispatch) -> Option<LevelFilter> {
    subscriber.downcast_ref::<Layered<Layer, S>>()?;
    subscriber.downcast_ref::<S>()?.max_level_hint()
}

/// Whether it is what Teleop stands on that logs: what it says as a record is sent would be a record.
fn is_reactor(target: &str) -> bool {
    const REACTOR: &[&str] = &["async_io", "polling"];

    let name = target.split("::").next().unwrap_or(target);
    REACTOR.contains(&name)
}

thread_local! {
    static IS_ASIDE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread writes down what those who listen are told. What is logged meanwhile is nothing
/// that the program would have logged: neither it nor they have it.
fn is_aside() -> bool {
    IS_ASIDE.try_with(Cell::get).unwrap_or(true)
}

/// Runs what writes values of the program down. It ends here if it panics: the program would not have
/// written them.
fn aside<T>(write: impl FnOnce() -> T) -> Option<T> {
    IS_ASIDE.try_with(|is_aside| is_aside.set(true)).ok()?;
    let written = catch_unwind(AssertUnwindSafe(write));
    IS_ASIDE.set(false);
    written.ok()
}

/// Has the filters of single layers forget what they said of an event. One that is not dispatched would
/// leave that behind, and the next event would suffer for it.
fn forget_verdicts(metadata: &Metadata<'_>) {
    /// A subscriber forgets, for all of this thread, when its outermost layer wants nothing.
    static NOTHING: LazyLock<Layered<LevelFilter, NoSubscriber>> =
        LazyLock::new(|| LevelFilter::OFF.with_subscriber(NoSubscriber::default()));

    NOTHING.enabled(metadata);
}
