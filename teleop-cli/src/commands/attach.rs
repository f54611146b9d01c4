//! `teleop attach`: who answers, and what it offers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anstyle::Style;
use anyhow::Result;
use clap::Args;
use futures::future;
use serde::Serialize;
use teleop::{Error, Pid};

use super::list::Services;
use crate::{
    cli::Options,
    neutral::Neutral,
    output::Output,
    session::{Session, attached},
    target::Selection,
};

#[derive(Args, Debug)]
#[command(after_help = "\
A target that is too old to say is attached to all the same.

Examples:
  teleop attach 4242
  teleop attach name:web --wait 10s
  teleop attach 4242 --json | jq -r '.services[].name'")]
pub(crate) struct Attach {
    #[command(flatten)]
    pub(crate) selection: Selection,
}

/// Who answers, and what it offers. As JSON this is a contract: every key is always there.
#[derive(Debug, Serialize)]
pub(crate) struct Attachment {
    /// `None` where it is elsewhere, was found by its name, and is too old to tell.
    pid: Option<u32>,
    program: Program,
    /// The version of the protocol; 0 before there were versions.
    protocol: u32,
    /// When the process started, as RFC 3339 has it.
    started: Option<String>,
    /// `None` where the target is too old to list them.
    services: Option<Services>,
}

#[derive(Debug, Serialize)]
struct Program {
    name: Option<String>,
    version: Option<String>,
}

impl Attach {
    pub(crate) fn run(&self, options: &Options, output: &Output) -> Result<()> {
        let ask = async |session: &Session, _: &Output| Attachment::ask(session).await;
        attached(
            &self.selection,
            options,
            output,
            ask,
            |attachment, output| self.show(&attachment, output),
        )
    }

    pub(crate) fn show(&self, attachment: &Attachment, output: &Output) -> Result<()> {
        if output.is_for_people() {
            output.text(&attachment.to_text())?;
        } else {
            output.json(attachment)?;
        }
        if attachment.services.is_none() {
            output.note("the target predates listing: what it offers can only be called by name");
            output.hint(format_args!(
                "`teleop call {} echo hi`",
                self.selection.targets
            ));
        }
        Ok(())
    }
}

impl Attachment {
    pub(crate) async fn ask(session: &Session) -> Result<Self> {
        let Session { remote, peer, .. } = session;
        // Both questions go out together.
        let (about, services) = future::join(remote.about(), remote.services()).await;
        let services = known(services)?.map(Services::from);
        let about = known(about)?;
        let executable = || {
            let path = peer.executable()?;
            Some(path.file_name()?.to_string_lossy().into_owned())
        };
        let started = about.as_ref().map_or(0, |about| about.started);
        let started = match started {
            0 => peer.started(),
            millis => UNIX_EPOCH.checked_add(Duration::from_millis(millis)),
        };
        Ok(Self {
            pid: peer
                .pid()
                .map(Pid::as_u32)
                .or(about.as_ref().map(|it| it.pid)),
            protocol: about.as_ref().map_or(0, |about| about.protocol),
            program: match about {
                Some(about) => Program {
                    name: Some(about.program),
                    version: about.version,
                },
                None => Program {
                    name: executable(),
                    version: None,
                },
            },
            started: started.and_then(timestamp),
            services,
        })
    }

    fn to_text(&self) -> String {
        let label = Style::new().bold();
        let fact = |name: &str, value: &str| {
            let value = Neutral(value);
            format!("{label}{name:10}{label:#}{value}\n")
        };
        let program = [&self.program.name, &self.program.version];
        let program: Vec<_> = program.into_iter().flatten().map(String::as_str).collect();
        let pid = self.pid.map_or("-".to_owned(), |pid| pid.to_string());
        let mut text = fact("process", &pid);
        text += &fact("program", &program.join(" "));
        if let Some(started) = &self.started {
            text += &fact("started", started);
        }
        if self.protocol > 0 {
            text += &fact("protocol", &self.protocol.to_string());
        }
        if let Some(services) = &self.services {
            text += "\n";
            text += &services.to_text();
        }
        text
    }
}

/// What a target is too old to tell is no failure here: it was attached to.
fn known<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(Error::Predates { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A moment as RFC 3339 has it; nothing where it is beyond the year 9999.
pub(crate) fn timestamp(at: SystemTime) -> Option<String> {
    let since = at.duration_since(UNIX_EPOCH).ok()?;
    const YEAR_10000: Duration = Duration::from_secs(253_402_300_800);
    (since < YEAR_10000).then(|| humantime::format_rfc3339_millis(at).to_string())
}
