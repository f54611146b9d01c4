//! Services that misbehave when they are asked to, and limits for those who call them.

use std::{fmt, rc::Rc, sync::mpsc, time::Duration};

use teleop::{
    Config, Limits, Services, capnp, capnp_rpc, echo_capnp::echo, new_client,
    teleop_capnp::teleop as root,
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// Reads the limits from the environment: `connections=2 idle=300`.
pub fn limited(config: Config) -> Config {
    let given = std::env::var("TELEOP_TEST_LIMITS").unwrap_or_default();
    let mut limits = Limits::new();
    for limit in given.split_whitespace() {
        let (name, value) = limit.split_once('=').unwrap();
        let number: usize = value.parse().unwrap();
        let duration = Duration::from_millis(number as u64);
        limits = match name {
            "connections" => limits.connections(number),
            "first_request" => limits.first_request(duration),
            "idle" => limits.idle(duration),
            "request_bytes" => limits.request_bytes(number),
            "calls" => limits.calls(number),
            "call_bytes" => limits.call_bytes(number),
            "capabilities" => limits.capabilities(number),
            "unread_bytes" => limits.unread_bytes(number),
            "total_bytes" => limits.total_bytes(number),
            name => panic!("no limit `{name}`"),
        };
    }
    config.limits(limits)
}

/// Offers what misbehaves.
pub fn offer(services: &mut Services) {
    services
        .offer("tricks", || -> echo::Client { new_client(Tricks) })
        .schema(teleop_schema::ECHO);
    services.offer("unguarded", || -> root::Client {
        new_client(Nest { is_guarded: false })
    });
    services.command("odd.fails", |()| -> teleop::Answer<()> {
        Err("as it should")?
    });
    services.offer("nest", || -> root::Client {
        new_client(Nest { is_guarded: true })
    });
}

/// Does what it is told by the message; else it echoes it.
struct Tricks;

impl echo::Server for Tricks {
    async fn echo(
        self: Rc<Self>,
        params: echo::EchoParams,
        mut results: echo::EchoResults,
    ) -> capnp::Result<()> {
        match params.get()?.get_message()?.to_str()? {
            "wait" => std::future::pending().await,
            "fail" => Err(capnp::Error::failed("it failed, as it was told".to_owned())),
            "panic" => panic!("with a secret"),
            "panic later" => {
                async_io::Timer::after(Duration::from_millis(1)).await;
                panic!("with a secret")
            }
            "panic as it is dropped" => {
                let _dropped = PanicsAsItIsDropped;
                std::future::pending().await
            }
            "panic elsewhere" => teleop::unblock(|| panic!("with a secret")).await,
            "later, and large" => {
                let large = teleop::unblock(|| "x".repeat(90_000)).await;
                results.get().set_reply(&large);
                Ok(())
            }
            "block" => {
                teleop::unblock(block).await;
                Ok(())
            }
            message => {
                results.get().set_reply(message);
                Ok(())
            }
        }
    }
}

/// Blocks for longer than any test waits.
fn block() {
    let (_sender, receiver) = mpsc::channel::<()>();
    let _ = receiver.recv_timeout(Duration::from_secs(1000));
}

struct PanicsAsItIsDropped;

impl Drop for PanicsAsItIsDropped {
    fn drop(&mut self) {
        panic!("as it is dropped");
    }
}

/// Gives away a new capability whenever it is asked for one.
struct Nest {
    is_guarded: bool,
}

impl root::Server for Nest {
    async fn service(
        self: Rc<Self>,
        _: root::ServiceParams,
        mut results: root::ServiceResults,
    ) -> capnp::Result<()> {
        let egg: echo::Client = if self.is_guarded {
            new_client(Tricks)
        } else {
            capnp_rpc::new_client(Tricks)
        };
        let mut pointer = results.get().init_service();
        pointer.set_as_capability(egg.client.hook);
        Ok(())
    }
}

/// Says every event of the audit in a line, as `audit what=call pid=1 …`.
pub fn listen_to_the_audit() {
    tracing::subscriber::set_global_default(Audit).unwrap();
}

struct Audit;

impl Subscriber for Audit {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == teleop::audit::TARGET
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("audit {}", event.metadata().level()));
        event.record(&mut line);
        super::say(&line.0);
        assert!(!line.0.contains("panic in the audit"), "as it is told");
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0 += &format!(" {field}={value}");
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 += &format!(" {field}={value:?}");
    }
}
