//! Plain functions that are called by name.

use std::{borrow::Cow, fs, path::Path, pin::pin, rc::Rc, time::Duration};

use futures::{StreamExt, TryStreamExt, future, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use teleop::{Answer, Error, Remote, Result, Services, capnp::ErrorKind, command_capnp::commands};

use crate::support::{Target, echo, run, until};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    left: i64,
    #[serde(default)]
    right: i64,
}

/// What the target of these tests offers. Files in its working directory tell what happens in it.
pub fn offer(services: &mut Services) {
    services
        .command("sum.add", |Add { left, right }| -> Answer<i64> {
            Ok(left.checked_add(right).ok_or("it is too large")?)
        })
        .doc("Adds two numbers");
    services
        .command("riddle.asked", |_: Riddle| -> Answer<()> { Ok(()) })
        .json_schema();
    services.command("riddle.plain", |()| -> Answer<()> { Ok(()) });
    // Not `Send`, as nothing on this thread has to be.
    let base = Rc::new(1000);
    services.command_async(
        "sum.later",
        async move |Add { left, right }| -> Answer<i64> {
            async_io::Timer::after(Duration::from_millis(1)).await;
            Ok(*base + left + right)
        },
    );
    services.command_iter("sum.below", |(end,): (u64,)| -> Answer<_> { Ok(0..end) });
    services.command_stream("sum.slowly", |()| -> Answer<_> {
        let interval = async_io::Timer::interval(Duration::from_millis(1));
        Ok(interval.take(3).enumerate().map(|(index, _)| index))
    });

    services.command("bad.panics", |()| -> Answer<()> {
        std::panic::resume_unwind(Box::new("by design"));
    });
    services.command_async("bad.panics_later", async |()| -> Answer<()> {
        async_io::Timer::after(Duration::from_millis(1)).await;
        std::panic::resume_unwind(Box::new("by design"));
    });
    services.command("bad.waits", |()| -> Answer<()> {
        fs::write("begun", "")?;
        until("it is let go on", || Path::new("go on").exists());
        Ok(())
    });
    services.command("bad.large", |(size,): (usize,)| -> Answer<String> {
        Ok("x".repeat(size))
    });

    services.command_async("endless.future", async |()| -> Answer<()> {
        let _guard = Guard("future");
        fs::write("future begun", "")?;
        future::pending().await
    });
    services.command_stream("endless.stream", |()| -> Answer<_> {
        let guard = Guard("stream");
        Ok(stream::repeat(0).inspect(move |_| _ = &guard))
    });
    services.command_iter("endless.iter", |()| -> Answer<_> {
        let guard = Guard("iter");
        Ok(std::iter::repeat(0).inspect(move |_| _ = &guard))
    });
}

/// Panics when it is asked what it consists of.
struct Riddle;

impl schemars::JsonSchema for Riddle {
    fn schema_name() -> Cow<'static, str> {
        "Riddle".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        std::panic::resume_unwind(Box::new("by design"));
    }
}

impl<'de> Deserialize<'de> for Riddle {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        std::panic::resume_unwind(Box::new("by design"));
    }
}

/// Tells by files that something has begun, and when it is dropped.
struct Guard(&'static str);

impl Drop for Guard {
    fn drop(&mut self) {
        fs::write(format!("{} dropped", self.0), "").unwrap();
    }
}

fn operate<T>(target: &Target, operate: impl AsyncFnOnce(Remote) -> Result<T>) -> T {
    run(target.attach().run(target.pid(), operate)).unwrap()
}

#[test]
fn all_forms_are_called_alike() {
    let target = Target::start("commands");
    operate(&target, async |process| {
        let add = json!({"left": 40, "right": 2});
        assert_eq!(process.call("sum", "add", add.clone()).await?, json!(42));
        assert_eq!(
            process.call("sum", "later", add.clone()).await?,
            json!(1042)
        );
        let below: Vec<_> = process
            .stream("sum", "below", json!([1000]))
            .try_collect()
            .await?;
        assert_eq!(below, (0..1000).map(Value::from).collect::<Vec<_>>());
        let slowly: Vec<_> = process
            .stream("sum", "slowly", json!({}))
            .try_collect()
            .await?;
        assert_eq!(slowly, [0, 1, 2]);
        // One value is a stream of one.
        let one: Vec<_> = process.stream("sum", "add", add).try_collect().await?;
        assert_eq!(one, [42]);
        let error = process.call("sum", "below", json!([1])).await.unwrap_err();
        assert!(matches!(error, Error::Remote(error) if error.extra.contains("by `stream`")));

        let service = process.find("sum").await?;
        assert_eq!(service.interface.unwrap(), "command.capnp:Commands");
        assert_eq!(
            service.doc.unwrap(),
            "4 commands: add, below, later, slowly"
        );
        let commands = process.commands("sum").await?.unwrap();
        let add = commands.command("add")?;
        assert_eq!(add.doc(), Some("Adds two numbers"));
        assert_eq!(add.parameters(), ["left", "right"]);
        assert!(process.commands("echo").await?.is_none());
        Ok(())
    });
}

#[test]
fn what_does_not_fit_is_named() {
    let target = Target::start("commands");
    operate(&target, async |process| {
        let refused = async |arguments| match process.call("sum", "add", arguments).await {
            Err(Error::BadArgument { field, problem }) => (field, problem),
            other => panic!("{other:?}"),
        };
        let (field, problem) = refused(json!({"left": "x"})).await;
        assert_eq!(field, "left");
        assert_eq!(problem, "invalid type: string \"x\", expected i64");
        let (field, _) = refused(json!({"left": 1, "rihgt": 1})).await;
        assert_eq!(field, "rihgt");
        let (field, _) = refused(json!({})).await;
        assert_eq!(field, "left");
        let mut values = process.stream("sum", "below", json!("x")).boxed_local();
        let error = values.next().await.unwrap().unwrap_err();
        assert!(matches!(error, Error::BadArgument { .. }), "{error:?}");
        assert!(values.next().await.is_none());

        match process.call("sum", "sbu", json!({})).await {
            Err(Error::NoSuchMethod { known, .. }) => {
                assert_eq!(known, ["add", "below", "later", "slowly"]);
            }
            other => panic!("{other:?}"),
        }
        Ok(())
    });
}

#[test]
fn a_panic_is_the_error_of_that_call() {
    let target = Target::start("commands");
    operate(&target, async |process| {
        for name in ["panics", "panics_later"] {
            let error = process.call("bad", name, json!({})).await.unwrap_err();
            let Error::Remote(error) = error else {
                panic!("{error:?}");
            };
            assert!(error.extra.ends_with("the service panicked"), "{error}");
        }
        // The types of a command, too, are the program's.
        let riddles = process.commands("riddle").await?.unwrap();
        assert_eq!(riddles.list().len(), 2);
        process.call("riddle", "plain", json!({})).await?;
        assert_eq!(echo(&process, "hi").await?, "hi");
        Ok(())
    });
}

#[test]
fn a_command_that_blocks_stalls_nobody() {
    let target = Target::start("commands");
    operate(&target, async |process| {
        // As many as there are threads would stall other commands; these do not.
        let waits = (0..7).map(|_| process.call("bad", "waits", json!({})));
        let waits = future::try_join_all(waits);
        let meanwhile = async {
            there(&target, "begun").await;
            assert_eq!(echo(&process, "hi").await?, "hi");
            let (other, connection) = target.attach().connect(target.pid()).await?;
            let calls = async {
                assert_eq!(echo(&other, "hi").await?, "hi");
                let add = json!({"left": 1});
                assert_eq!(other.call("sum", "add", add).await?, json!(1));
                Ok::<_, Error>(())
            };
            let calls = pin!(calls);
            match future::select(calls, connection).await {
                future::Either::Left((done, _)) => done?,
                future::Either::Right(_) => panic!("the connection ended"),
            }
            fs::write(target.working.path().join("go on"), "").unwrap();
            Ok(())
        };
        let (waited, done) = future::join(waits, meanwhile).await;
        assert_eq!(waited?.len(), 7);
        done
    });
}

#[test]
fn what_nobody_waits_for_any_more_is_stopped() {
    let target = Target::start("commands");
    let dropped = async |what: &str| there(&target, &format!("{what} dropped")).await;
    operate(&target, async |process| {
        // The connection lives on.
        for what in ["stream", "iter"] {
            let first = process.stream("endless", what, json!({})).take(200);
            assert_eq!(first.collect::<Vec<_>>().await.len(), 200);
            dropped(what).await;
        }
        let call = process.call("endless", "future", json!({}));
        let begun = there(&target, "future begun");
        let (call, begun) = (pin!(call), pin!(begun));
        let first = future::select(call, begun).await;
        assert!(matches!(first, future::Either::Right(_)));
        Ok(())
    });
    // Here it does not.
    run(dropped("future"));
}

/// Waits until a file is in the working directory of the target.
async fn there(target: &Target, name: &str) {
    while !target.working.path().join(name).exists() {
        async_io::Timer::after(Duration::from_millis(1)).await;
    }
}

#[test]
fn a_large_result_arrives_and_one_that_is_too_large_is_an_error() {
    let target = Target::start("commands");
    operate(&target, async |process| {
        let large = async |mib: usize| process.call("bad", "large", json!([mib << 20])).await;
        assert_eq!(large(31).await?.as_str().unwrap().len(), 31 << 20);
        let error = large(33).await.unwrap_err();
        assert!(
            matches!(error, Error::Remote(error) if error.extra.contains("larger than 32 MiB"))
        );
        assert_eq!(echo(&process, "hi").await?, "hi");
        Ok(())
    });
}

#[test]
fn any_client_of_capn_proto_reaches_them() {
    let target = Target::start("commands");
    operate(&target, async |process| {
        let sum: commands::Client = process.service("sum");
        let call = async |command: &str, arguments: &str| {
            let mut request = sum.call_request();
            request.get().set_command(command);
            request.get().set_arguments(arguments);
            let response = request.send().promise.await?;
            Ok(response.get()?.get_result()?.to_string()?)
        };
        assert_eq!(call("add", r#"{"left": 1, "right": 2}"#).await?, "3");
        let missing: teleop::capnp::Error = call("sub", "").await.unwrap_err();
        assert_eq!(missing.kind, ErrorKind::Unimplemented);
        let misfit = call("add", "").await.unwrap_err();
        assert!(misfit.extra.ends_with("bad argument `left`: it is missing"));
        let torn = call("add", "{").await.unwrap_err();
        assert!(
            torn.extra
                .contains("bad argument `arguments`: this is no JSON")
        );
        Ok(())
    });
}
