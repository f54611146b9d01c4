//! The service `echo`.

use std::rc::Rc;

use teleop_schema::echo_capnp::echo;

struct Echo;

pub(super) fn client() -> echo::Client {
    capnp_rpc::new_client(Echo)
}

impl echo::Server for Echo {
    async fn echo(
        self: Rc<Self>,
        params: echo::EchoParams,
        mut results: echo::EchoResults,
    ) -> capnp::Result<()> {
        results.get().set_reply(params.get()?.get_message()?);
        Ok(())
    }
}
