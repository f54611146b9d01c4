//! By crate `teleop` 0.4.1, as that crate's own example does it.

use std::error::Error;

use classic::{
    attach::{attacher::DefaultAttacher, connect},
    operate::capnp::{client_connection, echo::echo_capnp},
};
use futures::{AsyncReadExt, FutureExt, executor::LocalPool, task::LocalSpawnExt};

use crate::now;

/// Says when it had the answer.
pub(crate) fn ask(target: &str) -> Result<u128, Box<dyn Error>> {
    let pid: u32 = target.parse()?;
    let mut executor = LocalPool::new();
    let spawner = executor.spawner();
    executor.run_until(async {
        let stream = connect::<DefaultAttacher>(pid).await?;
        let (input, output) = stream.split();
        let (rpc, teleop) = client_connection(input, output).await;
        spawner.spawn_local(rpc.map(drop))?;

        let mut request = teleop.service_request();
        request.get().set_name("echo");
        let service = request.send().promise.await?;
        let echo: echo_capnp::echo::Client = service.get()?.get_service().get_as()?;
        let mut request = echo.echo_request();
        request.get().set_message("hi");
        request.send().promise.await?.get()?.get_reply()?;
        now()
    })
}
