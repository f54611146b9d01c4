//! [`Given`]: a schema that the user gives, for a service that does not describe itself.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Result;
use clap::Args;
use teleop::{
    Error, Remote,
    operate::dynamic::{Interface, Schema, nearest},
};

use crate::{
    address::offers,
    exit::{NoCompiler, Usage},
};

// The options that give a schema.
//
// No doc comment: clap would take it for the help of the verb.
#[derive(Args, Clone, Debug)]
pub(crate) struct SchemaOptions {
    /// Take the schema from a file, FILE.capnp or compiled
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,

    /// Which interface of the schema to take
    #[arg(long, value_name = "NAME", requires = "schema")]
    interface: Option<String>,
}

/// A schema from a file, and which interface of it is meant.
#[derive(Debug)]
pub(crate) struct Given {
    file: String,
    schema: Schema,
    /// `None` where the process is asked.
    interface: Option<Interface>,
}

impl SchemaOptions {
    pub(crate) fn is_given(&self) -> bool {
        self.schema.is_some()
    }

    /// Reads the file.
    pub(crate) fn load(&self) -> Result<Option<Given>> {
        let Some(path) = &self.schema else {
            return Ok(None);
        };
        let file = path.display().to_string();
        let bytes = if path.extension().is_some_and(|it| it == "capnp") {
            compile(path)?
        } else {
            fs::read(path).map_err(|error| Usage(format!("cannot read `{file}`: {error}")))?
        };
        let schema = Schema::from_bytes(&bytes).map_err(|error| match error {
            Error::BadSchema { problem } => Usage(format!("`{file}` is no schema: {problem}")),
            error => Usage(format!("`{file}` is no compiled schema: {error}")),
        })?;
        let mut given = Given {
            file,
            schema,
            interface: None,
        };
        if let Some(name) = &self.interface {
            given.interface = Some(given.named(name)?);
        }
        Ok(Some(given))
    }
}

impl Given {
    /// The interface of a service: the one that was named, or the one that the process says it has; of a
    /// process too old to say, the only one.
    pub(crate) async fn interface(&self, remote: &Remote, service: &str) -> Result<Interface> {
        if let Some(interface) = &self.interface {
            return Ok(interface.clone());
        }
        let id = match remote.find(service).await {
            Ok(service) => service.interface_id,
            Err(Error::Predates { .. }) if !offers(remote, service).await => {
                let (name, known) = (service.to_owned(), Vec::new());
                return Err(Error::NoSuchService { name, known }.into());
            }
            Err(Error::Predates { .. }) => return self.only(),
            Err(error) => return Err(error.into()),
        };
        self.schema.interface(id).map_err(|_| {
            Usage(format!(
                "`{}` has not the interface of the service `{service}`, @{id:#x}; it has: {}",
                self.file,
                self.names().join(", "),
            ))
            .into()
        })
    }

    fn named(&self, name: &str) -> Result<Interface, Usage> {
        let mut interfaces = self.schema.interfaces();
        let found = interfaces.find(|it| [it.display_name(), local(it), it.name()].contains(&name));
        found.ok_or_else(|| {
            let known = self.names();
            let nearest = nearest(name, known.iter().map(String::as_str));
            let nearest = nearest.map(|name| format!("; did you mean `{name}`?"));
            Usage(format!(
                "`{}` has no interface `{name}`, only {}{}",
                self.file,
                known.join(", "),
                nearest.unwrap_or_default(),
            ))
        })
    }

    fn only(&self) -> Result<Interface> {
        match &self.schema.interfaces().collect::<Vec<_>>()[..] {
            [interface] => Ok(interface.clone()),
            _ => Err(Usage(format!(
                "the target is too old to say which interface of `{}` it is; say it with \
                 `--interface`: {}",
                self.file,
                self.names().join(", "),
            ))
            .into()),
        }
    }

    fn names(&self) -> Vec<String> {
        self.schema
            .interfaces()
            .map(|it| local(&it).to_owned())
            .collect()
    }
}

/// The name within its file.
fn local(interface: &Interface) -> &str {
    let name = interface.display_name();
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// Has the program `capnp` compile a schema.
fn compile(path: &Path) -> Result<Vec<u8>> {
    if let Err(error) = fs::metadata(path) {
        return Err(Usage(format!("cannot read `{}`: {error}", path.display())).into());
    }
    let mut command = Command::new("capnp");
    command
        .args(["compile", "-o-"])
        .arg(path)
        .stdin(Stdio::null());
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(NoCompiler.into()),
        Err(error) => return Err(Usage(format!("cannot run `capnp`: {error}")).into()),
    };
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<_> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let problem = format!("`capnp` could not compile it: {}", said.join("; "));
    Err(Usage(problem).into())
}
