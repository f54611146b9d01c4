//! [`CommandOffer`]: how commands are offered, and what is said of them.

use std::{cell::OnceCell, marker::PhantomData};

use futures::Stream;
use serde::{Serialize, de::DeserializeOwned};

use super::{probe::Shape, run::Run, table::Entry};
use crate::operate::capnp::Services;

/// What a command returns: a value, or any error at all, which `?` turns into this one.
///
/// ```
/// use teleop::Answer;
///
/// fn size(path: String) -> Answer<u64> {
///     Ok(std::fs::metadata(path)?.len())
/// }
/// # assert!(size("/nowhere/at/all".to_owned()).is_err());
/// ```
pub type Answer<T> = Result<T, Reason>;

/// Why a command fails: any error that can go from thread to thread, or a text.
pub type Reason = Box<dyn std::error::Error + Send + Sync>;

/// A command that is offered, for what else is to be said of it.
#[derive(Debug)]
pub struct CommandOffer<'a, A, R> {
    entry: &'a mut Entry,
    types: PhantomData<fn(A) -> R>,
}

/// Commands: plain functions that are called by name, with JSON. See
/// [`operate::command`](crate::operate::command).
///
/// Each takes one value that can be deserialized: most often a struct, whose fields are the parameters;
/// `()` where there are none. An error is told to whoever called, with everything that
/// [caused](std::error::Error::source) it.
impl Services {
    /// Offers a function that returns a value. It runs on a pool of threads, and may block.
    ///
    /// ```no_run
    /// # fn main() -> teleop::Result<()> {
    /// # use teleop::Answer;
    /// let _teleop = teleop::spawn(|services| {
    ///     services
    ///         .command("time.sleep", |(seconds,): (f64,)| -> Answer<()> {
    ///             std::thread::sleep(std::time::Duration::try_from_secs_f64(seconds)?);
    ///             Ok(())
    ///         })
    ///         .doc("Returns after so many seconds");
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn command<A, R, E>(
        &mut self,
        name: impl AsRef<str>,
        run: impl Fn(A) -> Result<R, E> + Send + Sync + 'static,
    ) -> CommandOffer<'_, A, R>
    where
        A: DeserializeOwned + 'static,
        R: Serialize + 'static,
        E: Into<Reason> + 'static,
    {
        self.offer_command(name.as_ref(), Run::sync(run))
    }

    /// Offers an async function that returns a value. It runs on the thread of Teleop, where all
    /// services live: nothing of it has to be `Send`, and it must not block.
    ///
    /// ```no_run
    /// # use teleop::Answer;
    /// # async fn warm(_: Vec<String>) -> std::io::Result<usize> { Ok(0) }
    /// # fn main() -> teleop::Result<()> {
    /// let _teleop = teleop::spawn(|services| {
    ///     services.command_async("cache.warm", async |keys: Vec<String>| -> Answer<usize> {
    ///         Ok(warm(keys).await?)
    ///     });
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn command_async<A, R, E>(
        &mut self,
        name: impl AsRef<str>,
        run: impl AsyncFn(A) -> Result<R, E> + 'static,
    ) -> CommandOffer<'_, A, R>
    where
        A: DeserializeOwned + 'static,
        R: Serialize + 'static,
        E: Into<Reason> + 'static,
    {
        self.offer_command(name.as_ref(), Run::future(run))
    }

    /// Offers a function that returns many values, one after the other. It runs on the pool, and so does
    /// its iterator: both may block. Each value is sent as soon as it is there; some are made before the
    /// caller wants them, but no more than a few dozen.
    ///
    /// ```no_run
    /// # use teleop::Answer;
    /// # fn main() -> teleop::Result<()> {
    /// let _teleop = teleop::spawn(|services| {
    ///     services.command_iter("numbers.below", |(end,): (u64,)| -> Answer<_> { Ok(0..end) });
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn command_iter<A, I, E>(
        &mut self,
        name: impl AsRef<str>,
        run: impl Fn(A) -> Result<I, E> + Send + Sync + 'static,
    ) -> CommandOffer<'_, A, I::Item>
    where
        A: DeserializeOwned + 'static,
        I: IntoIterator<Item: Serialize, IntoIter: Send + 'static> + 'static,
        E: Into<Reason> + 'static,
    {
        self.offer_command(name.as_ref(), Run::iter(run))
    }

    /// Offers a function that returns many values, each when it is there. It runs on the thread of
    /// Teleop, and so does its stream: neither must block. It is polled for the next value when the
    /// caller can take one.
    ///
    /// ```no_run
    /// # use teleop::Answer;
    /// use futures::channel::mpsc;
    ///
    /// # fn subscribe() -> mpsc::Receiver<String> { mpsc::channel(1).1 }
    /// # fn main() -> teleop::Result<()> {
    /// let _teleop = teleop::spawn(|services| {
    ///     services.command_stream("jobs.watch", |()| -> Answer<mpsc::Receiver<String>> {
    ///         Ok(subscribe())
    ///     });
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn command_stream<A, S, E>(
        &mut self,
        name: impl AsRef<str>,
        run: impl Fn(A) -> Result<S, E> + 'static,
    ) -> CommandOffer<'_, A, S::Item>
    where
        A: DeserializeOwned + 'static,
        S: Stream<Item: Serialize> + 'static,
        E: Into<Reason> + 'static,
    {
        self.offer_command(name.as_ref(), Run::stream(run))
    }

    fn offer_command<A, R>(&mut self, name: &str, run: Run) -> CommandOffer<'_, A, R>
    where
        A: DeserializeOwned,
    {
        let (service, method) = parts(name);
        let entry = Entry {
            run,
            doc: None,
            shape: Shape::of::<A>,
            schemas: None,
            description: OnceCell::new(),
        };
        let entries = &mut self.table(service).entries;
        entries.insert(method.to_owned(), entry);
        CommandOffer {
            entry: entries.get_mut(method).expect("it was put there"),
            types: PhantomData,
        }
    }
}

impl<A, R> CommandOffer<'_, A, R> {
    /// Says in one line what the command does.
    pub fn doc(self, line: impl Into<String>) -> Self {
        self.entry.doc = Some(line.into());
        self
    }

    /// Has the command say what it takes and returns, as JSON Schema: with the comments of the types, the
    /// defaults, and what may be left out. Without this, clients know the names of the parameters and of
    /// what kind each is.
    #[cfg(feature = "schemars")]
    pub fn json_schema(self) -> Self
    where
        A: schemars::JsonSchema,
        R: schemars::JsonSchema,
    {
        use schemars::{JsonSchema, generate::SchemaSettings};

        fn schema<T: JsonSchema>(settings: SchemaSettings) -> serde_json::Value {
            settings.into_generator().into_root_schema_for::<T>().into()
        }
        self.entry.schemas = Some(|| {
            let settings = SchemaSettings::draft2020_12();
            [
                schema::<A>(settings.clone().for_deserialize()),
                schema::<R>(settings.for_serialize()),
            ]
        });
        self
    }
}

/// The service and the method that a name stands for.
fn parts(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((service, method)) if !service.is_empty() && !method.is_empty() => (service, method),
        _ => (name, name),
    }
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn the_last_dot_parts_service_and_method() {
        assert_eq!(parts("cache.clear"), ("cache", "clear"));
        assert_eq!(parts("a.b.c"), ("a.b", "c"));
        assert_eq!(parts("backup"), ("backup", "backup"));
        // Nobody can call that from a shell, and no program is ended by it.
        for odd in ["", ".", ".x", "x."] {
            assert_eq!(parts(odd), (odd, odd));
        }
    }
}
