//! Services of the targets: those of the examples, slow ones, and what lies.

use std::{fs, future, rc::Rc, time::Duration};

use futures::{StreamExt, stream};
use serde_json::Value;
use teleop::{
    Answer, Error, Services, capnp,
    echo_capnp::echo,
    new_client,
    teleop_capnp::{service, teleop as root},
};
use teleop_examples::{
    Cache, EVERYTHING, Everything, JOBS, Jobs,
    everything_capnp::everything,
    jobs_capnp::{jobs, progress},
};

use crate::target::{CALLED, HOSTILE};

/// What the example server offers.
pub(crate) fn examples(services: &mut Services) {
    services
        .offer("jobs", || -> jobs::Client { new_client(Jobs::default()) })
        .schema(JOBS);
    services
        .offer("everything", || -> everything::Client {
            new_client(Everything)
        })
        .schema(EVERYTHING);
    Cache::new().offer(services);
}

/// What a shell would do something with, if it were not quoted; and what it would not, but the command.
pub(crate) const OBEYED: [&str; 4] = [
    "evil$(touch hacked)",
    "odd`touch hacked`",
    "quoted'; touch hacked; '",
    "wild \"*\" & touch hacked #",
];
pub(crate) const ACTIVE: [&str; 4] = ["line\ntouch hacked", "red \u{1b}[31m", "--help", "@hacked"];

/// What the example server offers, and services of such names.
pub(crate) fn obeyed(services: &mut Services) {
    examples(services);
    for name in OBEYED.into_iter().chain(ACTIVE) {
        services
            .command(name, |text: String| -> Answer<String> { Ok(text) })
            .doc(HOSTILE);
    }
}

/// Commands that behave badly, or take their time.
pub(crate) fn commands(services: &mut Services) {
    services
        .command("solo", |text: String| -> Answer<String> { Ok(text) })
        .doc(HOSTILE);
    services.command("odd.fails", |()| -> Answer<()> {
        let cause = std::io::Error::other(format!("the disk is {HOSTILE}\nfull"));
        Err(Box::new(Unhappy(cause)))
    });
    services.command("odd.panics", |()| -> Answer<()> {
        std::panic::resume_unwind(Box::new("by design"));
    });
    services.command("odd.refuses", |level: (u8,)| -> Answer<()> {
        Err(Box::new(Error::BadArgument {
            field: "level".to_owned(),
            problem: format!("{} is too high", level.0),
        }))
    });
    services.command("odd.anything", |value: Value| -> Answer<Value> {
        Ok(value)
    });
    services.command("odd.silent", |()| -> Answer<()> {
        fs::write(CALLED, "")?;
        loop {
            std::thread::park();
        }
    });
    services.command_stream("odd.endless", |()| -> Answer<_> {
        let guard = Guard;
        let rest = stream::pending().inspect(move |_| _ = &guard);
        Ok(stream::once(future::ready(1)).chain(rest))
    });
    services.command_stream("odd.late", |()| -> Answer<_> {
        let late = async_io::Timer::after(LATE);
        Ok(stream::once(late).map(|_| "late"))
    });
    services.command_iter("odd.count", |(to,): (u64,)| -> Answer<_> { Ok(1..=to) });
    services.command_iter("odd.breaks", |()| -> Answer<_> {
        Ok((1..).inspect(|number| {
            if *number == 3 {
                std::panic::resume_unwind(Box::new("at three"));
            }
        }))
    });
}

#[derive(Debug)]
struct Unhappy(std::io::Error);

impl std::fmt::Display for Unhappy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cannot do it")
    }
}

impl std::error::Error for Unhappy {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Jobs that are watched for longer than anybody waits.
pub(crate) fn slow(services: &mut Services) {
    for (name, behaviour) in [("endless", Slow::Endless), ("slow", Slow::Late)] {
        services
            .offer(name, move || -> jobs::Client { new_client(behaviour) })
            .schema(JOBS);
    }
    services.offer("bare.jobs", || -> jobs::Client {
        new_client(Jobs::default())
    });
    // Of two that could be meant by `endless.dotted.watch`, this has the longer name.
    for name in ["endless.dotted", "endless.dotted.watch"] {
        let make = || -> jobs::Client { new_client(Jobs::default()) };
        services.offer(name, make).schema(JOBS);
    }
}

/// What the service `slow` waits for before it reports: longer than a test gives it.
pub(crate) const LATE: Duration = Duration::from_millis(1300);

/// The file that the service `endless` creates in the place when its call is cancelled.
pub(crate) const CANCELLED: &str = "cancelled";

#[derive(Clone, Copy, Debug)]
enum Slow {
    /// It reports one step, and never returns.
    Endless,
    /// It reports one step, late, and returns.
    Late,
}

impl jobs::Server for Slow {
    async fn watch(
        self: Rc<Self>,
        params: jobs::WatchParams,
        mut results: jobs::WatchResults,
    ) -> capnp::Result<()> {
        let progress = params.get()?.get_progress()?;
        match *self {
            Self::Endless => {
                let _guard = Guard;
                report(&progress).await?;
                future::pending().await
            }
            Self::Late => {
                async_io::Timer::after(LATE).await;
                report(&progress).await?;
                results.get().set_steps(1);
                Ok(())
            }
        }
    }
}

async fn report(progress: &progress::Client) -> capnp::Result<()> {
    let mut request = progress.step_request();
    request.get().set_number(1);
    request.send().await
}

/// Tells that a call was cancelled.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        fs::write(CANCELLED, "").unwrap();
    }
}

/// A root interface that describes `nonsense` with no schema at all, and `lies` as what it is not.
#[derive(Debug)]
pub(crate) struct Liar;

const NAMES: [&str; 2] = ["lies", "nonsense"];
const ECHO: u64 = 0xd36a_8636_9fa1_a198;

impl root::Server for Liar {
    async fn service(
        self: Rc<Self>,
        params: root::ServiceParams,
        mut results: root::ServiceResults,
    ) -> capnp::Result<()> {
        known(params.get()?.get_name()?)?;
        let echo: echo::Client = new_client(Lies);
        let mut service = results.get().init_service();
        service.set_as_capability(echo.client.hook);
        Ok(())
    }

    async fn services(
        self: Rc<Self>,
        _: root::ServicesParams,
        mut results: root::ServicesResults,
    ) -> capnp::Result<()> {
        let mut list = results.get().init_services(2);
        for (index, name) in (0..).zip(NAMES) {
            let mut service: service::Builder<'_> = list.reborrow().get(index);
            service.set_name(name);
            service.set_interface_id(ECHO);
            service.set_described(true);
        }
        Ok(())
    }

    async fn describe(
        self: Rc<Self>,
        params: root::DescribeParams,
        mut results: root::DescribeResults,
    ) -> capnp::Result<()> {
        let name = known(params.get()?.get_name()?)?;
        results.get().set_interface(ECHO);
        let mut schema = results.get().init_schema();
        if name == "nonsense" {
            return schema.set_as(capnp::text::Reader::from("no schema"));
        }
        let bytes = include_bytes!("../../schema/echo.cgr");
        let message = capnp::serialize::read_message(&bytes[..], Default::default())?;
        schema.set_as(message.get_root::<capnp::any_pointer::Reader<'_>>()?)
    }
}

fn known(name: capnp::text::Reader<'_>) -> capnp::Result<&str> {
    let name = name.to_str()?;
    if NAMES.contains(&name) {
        return Ok(name);
    }
    Err(capnp::Error::failed("there is no such service".to_owned()))
}

/// An `echo` whose reply is no text.
struct Lies;

impl echo::Server for Lies {
    async fn echo(
        self: Rc<Self>,
        _: echo::EchoParams,
        mut results: echo::EchoResults,
    ) -> capnp::Result<()> {
        let pointer = results.hook.get()?;
        let lie: root::service_results::Builder<'_> = pointer.init_as();
        let mut lie: service::Builder<'_> = lie.init_service().init_as();
        lie.set_name("a struct");
        Ok(())
    }
}
