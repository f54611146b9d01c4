//! [`Run`]: a command without its types: JSON in, JSON out.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::Arc,
};

use futures::{
    FutureExt, Stream, StreamExt, TryFutureExt, channel::mpsc, future::LocalBoxFuture,
    stream::LocalBoxStream,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    ahead::Ahead,
    failure::Failure,
    json::{read, write},
    offer::Reason,
};

use crate::pool::{Pool, Running};

/// What a command does, with JSON.
#[derive(Clone)]
pub(super) enum Run {
    /// On the pool.
    Pool(Arc<dyn Fn(&str) -> Outcome + Send + Sync>),
    /// On the thread of Teleop.
    Local(Rc<dyn Fn(String) -> LocalBoxFuture<'static, Outcome>>),
    /// On the pool, and each value as well.
    PoolMany(Arc<BeginOnPool>),
    /// On the thread of Teleop, and each value as well.
    LocalMany(Rc<BeginHere>),
}

type Made<T> = Result<T, Failure>;
/// The JSON of a value.
pub(super) type Outcome = Made<String>;
/// Values that are made one after the other.
type Values = Box<dyn Iterator<Item = Outcome> + Send>;
type LocalValues = LocalBoxStream<'static, Outcome>;
type BeginOnPool = dyn Fn(&str) -> Made<Values> + Send + Sync;
type BeginHere = dyn Fn(&str) -> Made<LocalValues>;

impl Run {
    pub(super) fn sync<A, R, E>(run: impl Fn(A) -> Result<R, E> + Send + Sync + 'static) -> Self
    where
        A: DeserializeOwned,
        R: Serialize,
        E: Into<Reason>,
    {
        Self::Pool(Arc::new(move |arguments| {
            write(&run(read(arguments)?).map_err(Failure::of)?)
        }))
    }

    pub(super) fn future<A, R, E>(run: impl AsyncFn(A) -> Result<R, E> + 'static) -> Self
    where
        A: DeserializeOwned + 'static,
        R: Serialize,
        E: Into<Reason>,
    {
        let run = Rc::new(run);
        Self::Local(Rc::new(move |arguments| {
            let run = run.clone();
            let answer = async move {
                let arguments = read(&arguments)?;
                write(&run(arguments).await.map_err(Failure::of)?)
            };
            answer.boxed_local()
        }))
    }

    pub(super) fn iter<A, I, E>(run: impl Fn(A) -> Result<I, E> + Send + Sync + 'static) -> Self
    where
        A: DeserializeOwned,
        I: IntoIterator<IntoIter: Send + 'static>,
        I::Item: Serialize,
        E: Into<Reason>,
    {
        Self::PoolMany(Arc::new(move |arguments| {
            let values = run(read(arguments)?).map_err(Failure::of)?;
            Ok(Box::new(values.into_iter().map(|value| write(&value))))
        }))
    }

    pub(super) fn stream<A, S, E>(run: impl Fn(A) -> Result<S, E> + 'static) -> Self
    where
        A: DeserializeOwned,
        S: Stream<Item: Serialize> + 'static,
        E: Into<Reason>,
    {
        Self::LocalMany(Rc::new(move |arguments| {
            let values = run(read(arguments)?).map_err(Failure::of)?;
            Ok(values.map(|value| write(&value)).boxed_local())
        }))
    }

    /// Whether it returns many values.
    pub(super) fn is_many(&self) -> bool {
        matches!(self, Self::PoolMany(_) | Self::LocalMany(_))
    }

    /// Carries it out for one value.
    pub(super) async fn one(&self, pool: &Pool, arguments: String) -> Outcome {
        match self {
            Self::Pool(run) => {
                let run = run.clone();
                let outcome = pool.run(move || run(&arguments)).await;
                outcome.map_err(|_| Failure::panicked())?
            }
            Self::Local(run) => caught(run(arguments)).await?,
            Self::PoolMany(_) | Self::LocalMany(_) => Err(Failure::of(
                "it returns many values, one after the other: it is called by `stream`",
            )),
        }
    }

    /// Carries it out for all the values that there will be.
    pub(super) fn many(&self, pool: &Pool, arguments: String) -> LocalValues {
        match self {
            Self::Pool(_) | Self::Local(_) => {
                let (run, pool) = (self.clone(), pool.clone());
                let answer = async move { run.one(&pool, arguments).await };
                futures::stream::once(answer).boxed_local()
            }
            Self::PoolMany(run) => {
                let run = run.clone();
                pulled(pool.clone(), Box::new(move || run(&arguments)))
            }
            Self::LocalMany(run) => match catch_unwind(AssertUnwindSafe(|| run(&arguments))) {
                Ok(Ok(values)) => {
                    let values = AssertUnwindSafe(values).catch_unwind();
                    let flat = values.map(|value| match value {
                        Ok(value) => value,
                        Err(_) => Err(Failure::panicked()),
                    });
                    flat.boxed_local()
                }
                Ok(Err(failure)) => failed(failure),
                Err(_) => failed(Failure::panicked()),
            },
        }
    }
}

fn failed(failure: Failure) -> LocalValues {
    futures::stream::once(std::future::ready(Err(failure))).boxed_local()
}

/// A future whose panic is its failure.
fn caught<T>(future: impl Future<Output = T>) -> impl Future<Output = Result<T, Failure>> {
    AssertUnwindSafe(future)
        .catch_unwind()
        .map_err(|_| Failure::panicked())
}

/// As many values are made before somebody has to want more of them, or
const MOST_AHEAD: usize = 1024;
/// so many bytes of them.
const MOST_BYTES_AHEAD: usize = 64 << 10;

type Begin = Box<dyn FnOnce() -> Made<Values> + Send>;

/// What is being pulled, and what is left of it when that is done.
struct Batch {
    values: mpsc::UnboundedReceiver<Outcome>,
    rest: Running<Made<Option<Values>>>,
    /// All of them count until the last has been taken.
    _ahead: Arc<Ahead>,
}

/// The values of an iterator that is pulled on the pool. Each is there as soon as it is made; a thread is
/// held only for as long as there is one to be made ahead.
fn pulled(pool: Pool, begin: Begin) -> LocalValues {
    let first = start(&pool, begin);
    let values = futures::stream::unfold(Some((first, pool)), |state| async {
        let (mut batch, pool) = state?;
        loop {
            if let Some(value) = batch.values.next().await {
                return Some((value, Some((batch, pool))));
            }
            match batch
                .rest
                .await
                .unwrap_or_else(|_| Err(Failure::panicked()))
            {
                Ok(Some(rest)) => batch = start(&pool, Box::new(|| Ok(rest))),
                Ok(None) => return None,
                Err(failure) => return Some((Err(failure), None)),
            }
        }
    });
    values.boxed_local()
}

fn start(pool: &Pool, begin: Begin) -> Batch {
    let (sender, values) = mpsc::unbounded();
    let ahead = Arc::<Ahead>::default();
    let counted = ahead.clone();
    let rest = pool.run_ahead(move || Ok(pull(begin()?, &sender, &counted)));
    Batch {
        values,
        rest,
        _ahead: ahead,
    }
}

/// Makes values until enough of them are ahead of whoever takes them, and returns the rest; nothing where
/// that was all, or nobody wants them any more.
fn pull(
    mut values: Values,
    sender: &mpsc::UnboundedSender<Outcome>,
    ahead: &Ahead,
) -> Option<Values> {
    let mut bytes = 0;
    for _ in 0..MOST_AHEAD {
        if sender.is_closed() {
            return None;
        }
        let value = values.next()?;
        let length = value.as_ref().map_or(0, String::len);
        ahead.add(length);
        sender.unbounded_send(value).ok()?;
        bytes += length;
        if bytes >= MOST_BYTES_AHEAD || Ahead::is_too_much() {
            break;
        }
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use async_io::block_on;

    use super::*;
    use crate::Answer;

    #[test]
    fn an_iterator_is_not_far_ahead_of_whoever_reads() {
        let made = Arc::new(AtomicUsize::new(0));
        let counted = made.clone();
        let run = Run::iter(move |()| -> Answer<_> {
            let made = counted.clone();
            Ok((0..).inspect(move |_| _ = made.fetch_add(1, Ordering::SeqCst)))
        });
        let pool = Pool::shared();
        let mut values = run.many(&pool, String::new());
        for expected in 0..3 * MOST_AHEAD {
            let value = block_on(values.next());
            assert_eq!(value, Some(Ok(expected.to_string())));
            assert!(made.load(Ordering::SeqCst) <= expected + 1 + MOST_AHEAD);
        }
    }

    #[test]
    fn many_streams_are_not_far_ahead_together() {
        const STREAMS: usize = 2000;
        const BYTES: usize = 120;

        let made = Arc::new(AtomicUsize::new(0));
        let counted = made.clone();
        let run = Run::iter(move |()| -> Answer<_> {
            let made = counted.clone();
            let value = "x".repeat(BYTES);
            Ok((0..).map(move |_| {
                made.fetch_add(1, Ordering::SeqCst);
                value.clone()
            }))
        });
        let pool = Pool::new(4);
        let mut streams: Vec<_> = (0..STREAMS)
            .map(|_| run.many(&pool, String::new()))
            .collect();
        for stream in &mut streams {
            assert!(block_on(stream.next()).is_some());
        }
        let made = made.load(Ordering::SeqCst);
        // What all may have, one more of each, and what threads had at the same time.
        let most = (4 << 20) / BYTES + STREAMS + 4 * MOST_AHEAD;
        assert!(made <= most, "{made} values, and not {most}");
    }

    #[test]
    fn a_value_is_there_as_soon_as_it_is_made() {
        let (sender, receiver) = mpsc::channel::<u8>();
        let receiver = std::sync::Mutex::new(Some(receiver));
        let run = Run::iter(move |()| -> Answer<_> {
            let receiver = receiver.lock().ok().and_then(|mut it| it.take());
            Ok(receiver.ok_or("it is called once")?)
        });
        let mut values = run.many(&Pool::shared(), String::new());
        for number in 0..200 {
            sender.send(number).unwrap();
            let value = block_on(values.next());
            assert_eq!(value, Some(Ok(number.to_string())));
        }
        drop(sender);
        assert_eq!(block_on(values.next()), None);
    }
}
