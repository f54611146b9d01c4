//! The service `log`.

use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Wake, Waker},
    time::{Duration, Instant},
};

use async_io::Timer;
use capnp::{Error, struct_list};
use teleop_schema::log_capnp::{Level, field, log, tail};

use crate::{
    log::{Field, Filter, Hub, Lasting, Record, Temporary, targets},
    reactor,
};

/// The service. Filters that it has set for a time end with it.
#[derive(Default)]
struct Log {
    pending: RefCell<Option<Pending>>,
}

pub(super) fn client() -> log::Client {
    capnp_rpc::new_client(Log::default())
}

impl log::Server for Log {
    async fn filter(
        self: Rc<Self>,
        _: log::FilterParams,
        mut results: log::FilterResults,
    ) -> capnp::Result<()> {
        let in_force = hub()?.in_force();
        let mut results = results.get();
        results.set_filter(&in_force.filter);
        if let Some(after) = in_force.after {
            results.set_after(&after);
            results.set_seconds(self.left().as_secs_f64());
        }
        Ok(())
    }

    async fn set_filter(
        self: Rc<Self>,
        params: log::SetFilterParams,
        mut results: log::SetFilterResults,
    ) -> capnp::Result<()> {
        let hub = hub()?;
        let params = params.get()?;
        let filter = match params.get_filter()?.to_str()? {
            "" => None,
            directives => Some(Filter::of_client(directives).map_err(refused)?),
        };
        let until = until(params.get_seconds())?;
        if until.is_some() {
            reactor::start_shared().map_err(refused)?;
        }
        let lasting = match until {
            None => Lasting::ForGood,
            Some(_) => Lasting::ForATime,
        };
        let set = hub.set(filter, lasting);
        // What was pending gives nothing back any more.
        let pending = until.zip(set.temporary).map(|(until, temporary)| {
            let give_back = GiveBack { hub, temporary };
            Pending::new(until, Arc::new(give_back))
        });
        self.pending.replace(pending);
        results.get().set_previous(&set.previous);
        Ok(())
    }

    async fn tail(
        self: Rc<Self>,
        params: log::TailParams,
        _: log::TailResults,
    ) -> capnp::Result<()> {
        let params = params.get()?;
        let sink = params.get_sink()?;
        let filter = targets(params.get_filter()?.to_str()?).map_err(refused)?;
        let listening = hub()?.listen(filter).map_err(refused)?;
        while let Some(told) = listening.next().await {
            let mut request = sink.record_request();
            let mut record = request.get();
            write(&told.record, record.reborrow())?;
            record.set_lost(told.lost);
            drop(told);
            request.send().await?;
        }
        Ok(())
    }
}

impl Log {
    /// For how long the filter is in force still.
    fn left(&self) -> Duration {
        let pending = self.pending.borrow();
        pending.as_ref().map_or(Duration::ZERO, |pending| {
            pending.until.saturating_duration_since(Instant::now())
        })
    }
}

/// A filter that is in force until its time is over, or until this is dropped.
struct Pending {
    until: Instant,
    /// The reactor gives the filter back, whatever the services do meanwhile: it is not that of their thread.
    _timer: Timer,
    give_back: Arc<GiveBack>,
}

impl Pending {
    fn new(until: Instant, give_back: Arc<GiveBack>) -> Self {
        let mut timer = Timer::at(until);
        let waker = Waker::from(Arc::clone(&give_back));
        let polled = Pin::new(&mut timer).poll(&mut Context::from_waker(&waker));
        if polled.is_ready() {
            waker.wake();
        }
        Self {
            until,
            _timer: timer,
            give_back,
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.give_back.wake_by_ref();
    }
}

/// Gives the lasting filter back when it is woken.
struct GiveBack {
    hub: Arc<Hub>,
    temporary: Temporary,
}

impl Wake for GiveBack {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.hub.give_back(self.temporary);
    }
}

fn hub() -> capnp::Result<Arc<Hub>> {
    Hub::current().ok_or_else(|| {
        Error::failed(
            "this program has not added `teleop::log::layer()` to its subscriber of `tracing`"
                .to_owned(),
        )
    })
}

/// When a time is over; `None` for 0, which is never.
fn until(seconds: f64) -> capnp::Result<Option<Instant>> {
    if seconds == 0.0 {
        return Ok(None);
    }
    Duration::try_from_secs_f64(seconds)
        .ok()
        .and_then(|time| Instant::now().checked_add(time))
        .map(Some)
        .ok_or_else(|| {
            Error::failed(format!(
                "bad argument `seconds`: {seconds:e} is no time to wait for"
            ))
        })
}

fn refused(error: crate::Error) -> Error {
    Error::failed(match error {
        crate::Error::BadArgument { .. } => format!("bad argument {error}"),
        error => error.to_string(),
    })
}

fn write(record: &Record, mut into: tail::record_params::Builder<'_>) -> capnp::Result<()> {
    into.set_time(record.time);
    into.set_level(match record.level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::INFO => Level::Info,
        tracing::Level::DEBUG => Level::Debug,
        tracing::Level::TRACE => Level::Trace,
    });
    into.set_target(&record.target);
    into.set_message(&record.message);
    let fields = into.reborrow().init_fields(count(record.fields.len())?);
    write_fields(&record.fields, fields);
    let mut spans = into.reborrow().init_spans(count(record.spans.len())?);
    for (index, span) in (0..).zip(&record.spans) {
        let mut into = spans.reborrow().get(index);
        into.set_name(span.name);
        write_fields(&span.fields, into.init_fields(count(span.fields.len())?));
    }
    if let Some(thread) = &record.thread {
        into.set_thread(thread);
    }
    if let Some(file) = &record.file {
        into.set_file(file);
    }
    into.set_line(record.line);
    Ok(())
}

fn write_fields(fields: &[Field], mut into: struct_list::Builder<'_, field::Owned>) {
    for (index, field) in (0..).zip(fields) {
        let mut into = into.reborrow().get(index);
        into.set_name(field.name);
        into.set_value(&field.value);
    }
}

fn count(length: usize) -> capnp::Result<u32> {
    u32::try_from(length).map_err(|_| Error::failed("there is too much in an event".to_owned()))
}
