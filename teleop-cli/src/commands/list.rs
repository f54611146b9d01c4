//! `teleop list`: the services of a process.

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use teleop::operate::capnp::Service;

use crate::{
    cli::Options,
    output::Output,
    session::{Session, attached},
    table::Table,
    target::Selection,
};

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  teleop list 4242
  teleop list name:web
  teleop list 4242 --json | jq -r '.[].name'")]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) selection: Selection,
}

/// Services, as they are shown. As JSON this is a contract: every key is always there.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Services(Vec<Row>);

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    /// The display name, where it is known.
    interface: Option<String>,
    /// In hexadecimal, as a schema has it: many a reader of JSON cannot hold a number of 64 bits.
    interface_id: String,
    doc: Option<String>,
}

impl List {
    pub(crate) fn run(&self, options: &Options, output: &Output) -> Result<()> {
        let ask = async |session: &Session, _: &Output| {
            Ok(Services::from(session.remote.services().await?))
        };
        attached(&self.selection, options, output, ask, |services, output| {
            services.show(output)
        })
    }
}

impl Services {
    /// Prints them: a table for people, else JSON.
    pub(crate) fn show(&self, output: &Output) -> Result<()> {
        if output.is_for_people() {
            output.text(&self.to_text())
        } else {
            output.json(self)
        }
    }

    /// The services as a table.
    pub(crate) fn to_text(&self) -> String {
        if self.0.is_empty() {
            return "no services\n".to_owned();
        }
        let mut table = Table::new(["SERVICE", "INTERFACE", "WHAT IT IS FOR"]);
        for row in &self.0 {
            let interface = row.interface.as_ref().unwrap_or(&row.interface_id);
            table.row([&row.name, interface, row.doc.as_deref().unwrap_or_default()]);
        }
        table.to_string()
    }
}

impl From<Vec<Service>> for Services {
    fn from(services: Vec<Service>) -> Self {
        let row = |service: Service| Row {
            interface_id: format!("{:#018x}", service.interface_id),
            name: service.name,
            interface: service.interface,
            doc: service.doc,
        };
        Self(services.into_iter().map(row).collect())
    }
}
