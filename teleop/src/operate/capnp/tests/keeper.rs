//! Services that keep what they are given, and give away what is not there yet.

use std::{cell::RefCell, collections::VecDeque, future, rc::Rc};

use teleop_schema::{
    command_capnp::{commands, items},
    echo_capnp::echo,
    teleop_capnp::teleop,
};

use crate::{Answer, new_client, operate::capnp::Services};

/// How many capabilities it keeps.
const KEPT: usize = 8;

/// Capabilities that a service keeps, also when those are gone who gave them.
pub(super) type Kept = Rc<RefCell<VecDeque<items::Client>>>;

/// Offers them, and returns what will be kept: it keeps the services themselves for as long.
pub(super) fn offer(services: &mut Services) -> Kept {
    let kept = Kept::default();
    let keeper = Keeper(kept.clone());
    services.offer("keep", || -> commands::Client { new_client(keeper) });
    services.offer("nest", || -> teleop::Client { new_client(Nest) });
    services.command("tool.same", |number: u64| Answer::Ok(number));
    services.command_async("tool.later", async |number: u64| {
        futures::pending!();
        Answer::Ok(number)
    });
    services.command_iter("tool.count", |to: u8| Answer::Ok(0..to));
    services.command_stream("tool.flow", |to: u8| {
        Answer::Ok(futures::stream::iter(0..to))
    });
    kept
}

/// Keeps the capabilities of its callers, and calls them.
struct Keeper(Kept);

impl commands::Server for Keeper {
    async fn commands(
        self: Rc<Self>,
        _: commands::CommandsParams,
        _: commands::CommandsResults,
    ) -> capnp::Result<()> {
        self.0.borrow_mut().clear();
        Ok(())
    }

    async fn call(
        self: Rc<Self>,
        _: commands::CallParams,
        mut results: commands::CallResults,
    ) -> capnp::Result<()> {
        let kept: Vec<_> = self.0.borrow().iter().cloned().collect();
        for items in &kept {
            let mut request = items.item_request();
            request.get().set_json("{}");
            request.send().await?;
        }
        results.get().set_result(kept.len().to_string());
        Ok(())
    }

    async fn stream(
        self: Rc<Self>,
        params: commands::StreamParams,
        _: commands::StreamResults,
    ) -> capnp::Result<()> {
        let items = params.get()?.get_items()?;
        let mut kept = self.0.borrow_mut();
        kept.push_back(items);
        if kept.len() > KEPT {
            kept.pop_front();
        }
        Ok(())
    }
}

/// Gives away a capability: at once, a little later, or never.
struct Nest;

impl teleop::Server for Nest {
    async fn service(
        self: Rc<Self>,
        params: teleop::ServiceParams,
        mut results: teleop::ServiceResults,
    ) -> capnp::Result<()> {
        let egg: echo::Client = match params.get()?.get_name()?.to_str()? {
            "later" => capnp_rpc::new_future_client(async {
                futures::pending!();
                Ok(new_client(Egg))
            }),
            "never" => capnp_rpc::new_future_client(future::pending()),
            _ => new_client(Egg),
        };
        let mut pointer = results.get().init_service();
        pointer.set_as_capability(egg.client.hook);
        Ok(())
    }
}

/// Never answers; what is called on its answers waits.
struct Egg;

impl echo::Server for Egg {
    async fn echo(self: Rc<Self>, _: echo::EchoParams, _: echo::EchoResults) -> capnp::Result<()> {
        future::pending().await
    }
}
