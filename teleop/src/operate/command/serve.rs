//! The service that commands make: the interface `Commands`.

use std::rc::Rc;

use capnp::capability::Client;
use futures::StreamExt;
use teleop_schema::command_capnp::commands;

use super::{
    sink::{Batch, Sink},
    table::{Entry, Table},
};
use crate::pool::Pool;

/// The capability of a service that consists of these commands.
pub(in crate::operate) fn client(table: Rc<Table>) -> Client {
    let client: commands::Client = capnp_rpc::new_client(Server { table });
    client.client
}

struct Server {
    table: Rc<Table>,
}

impl Server {
    fn entry(&self, name: &str) -> capnp::Result<&Entry> {
        self.table
            .entries
            .get(name)
            .ok_or_else(|| capnp::Error::unimplemented(format!("there is no command `{name}`")))
    }
}

impl commands::Server for Server {
    async fn commands(
        self: Rc<Self>,
        _: commands::CommandsParams,
        mut results: commands::CommandsResults,
    ) -> capnp::Result<()> {
        let entries = &self.table.entries;
        let count = u32::try_from(entries.len())
            .map_err(|_| capnp::Error::failed("there are too many commands".to_owned()))?;
        let mut list = results.get().init_commands(count);
        for (index, (name, entry)) in (0..count).zip(entries) {
            let description = entry.describe();
            let mut command = list.reborrow().get(index);
            command.set_name(name);
            if let Some(doc) = &entry.doc {
                command.set_doc(doc);
            }
            if let Some(arguments) = &description.arguments {
                command.set_arguments(arguments);
            }
            if let Some(result) = &description.result {
                command.set_result(result);
            }
            command.set_streams(entry.run.is_many());
            let parameters = &description.parameters;
            let mut names = command.init_parameters(u32::try_from(parameters.len()).unwrap_or(0));
            for (index, name) in (0..names.len()).zip(parameters) {
                names.set(index, name);
            }
        }
        Ok(())
    }

    async fn call(
        self: Rc<Self>,
        params: commands::CallParams,
        mut results: commands::CallResults,
    ) -> capnp::Result<()> {
        let params = params.get()?;
        let entry = self.entry(params.get_command()?.to_str()?)?;
        let arguments = params.get_arguments()?.to_string()?;
        let result = entry.run.one(&Pool::shared(), arguments).await?;
        results.get().set_result(&result);
        Ok(())
    }

    async fn stream(
        self: Rc<Self>,
        params: commands::StreamParams,
        _: commands::StreamResults,
    ) -> capnp::Result<()> {
        let params = params.get()?;
        let entry = self.entry(params.get_command()?.to_str()?)?;
        let arguments = params.get_arguments()?.to_string()?;
        let mut sink = Sink::new(params.get_items()?);
        let mut values = entry.run.many(&Pool::shared(), arguments).fuse();
        while let Some(batch) = Batch::next(&mut values).await {
            sink.take(&batch.values).await?; // Until the caller can take more.
            if batch.ended.is_err() {
                // What came before is not to be cancelled.
                sink.all_taken().await?;
                batch.ended?;
            }
        }
        sink.all_taken().await
    }
}
