//! The server: it arms the endpoint of this process, accepts who may connect, and serves them.

use std::{
    env,
    path::PathBuf,
    pin::pin,
    rc::{Rc, Weak},
    time::Duration,
};

use async_executor::LocalExecutor;
use capnp::{capability::FromClientHook, traits::HasTypeId};
use futures::future::{self, Either, FutureExt, Shared};

use crate::{
    attach::{self, Attacher, Disabled, Layout, Listen, Listener},
    audit,
    error::{Error, Result},
    operate::capnp::{About, Host, Limits, Services},
    process, services,
    slots::Slots,
};

/// What a server is to be.
///
/// The defaults suit most programs: the attacher of the platform, the new layout, the name of the
/// executable as the name of the program.
#[derive(Clone, Debug)]
#[must_use = "nothing is offered until it is spawned or made a server"]
pub struct Config {
    name: Option<String>,
    version: Option<String>,
    listen: Listen,
    layouts: Vec<Layout>,
    pub(crate) limits: Limits,
    enabled: bool,
    privileged: bool,
}

impl Config {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            name: None,
            version: None,
            listen: Listen::new(),
            layouts: vec![Layout::Private],
            limits: Limits::new(),
            enabled: true,
            privileged: false,
        }
    }

    /// The name of the program. Default: that of its executable.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The version of the program. Default: none.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// How the program learns that somebody wants to attach. Default:
    /// [`Auto`](attach::attacher::Auto).
    pub fn attacher(mut self, attacher: impl Attacher + 'static) -> Self {
        self.listen = self.listen.attacher(attacher);
        self
    }

    /// The layouts that are served, one or both. Default: [`Layout::Private`] alone.
    pub fn layouts(mut self, layouts: impl IntoIterator<Item = Layout>) -> Self {
        self.layouts.clear();
        for layout in layouts {
            if !self.layouts.contains(&layout) {
                self.layouts.push(layout);
            }
        }
        self
    }

    /// How long the socket stays open when nobody is connected. Default: five seconds.
    pub fn linger(mut self, linger: Duration) -> Self {
        self.listen = self.listen.linger(linger);
        self
    }

    /// The directory where the endpoint is published: see [`Listen::directory`]. Default: what follows
    /// from the user.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.listen = self.listen.directory(directory);
        self
    }

    /// How much those who attach may take. Default: that of [`Limits`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether Teleop is offered at all. Default: it is, unless the environment has
    /// `TELEOP_DISABLE=1` or the crate was built without its feature `server`, which this does not
    /// overrule.
    ///
    /// Where it is not, clients are told so.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Whether a program is offered that has other rights than who started it: set-uid, set-gid, or by
    /// capabilities of its file. Default: it is not, since its environment is not its own.
    pub fn privileged(mut self, privileged: bool) -> Self {
        self.privileged = privileged;
        self
    }

    /// Arms the endpoint of this process.
    ///
    /// # Errors
    ///
    /// Those of [`Listen::arm`].
    pub fn server(self) -> Result<Server> {
        let about = self.about();
        self.refuse_privileges()?;
        let endpoints = match self.is_enabled() {
            true => Endpoints::Armed(self.arm(&about)?),
            false => self.disable(&about),
        };
        Ok(Server::assemble(about, self.limits, endpoints))
    }

    /// Fails in a program that nobody may attach to, unless it says so.
    pub(crate) fn refuse_privileges(&self) -> Result<()> {
        if process::is_privileged() && !self.privileged {
            return Err(Error::Unsupported {
                what: "Teleop",
                why: "this program has other rights than who started it (set-uid, set-gid or capabilities of its file), and does not say that it may be attached to all the same",
            });
        }
        Ok(())
    }

    pub(crate) fn is_enabled(&self) -> bool {
        let disabled = env::var_os("TELEOP_DISABLE").is_some_and(|value| value == "1");
        BUILT_IN && self.enabled && !disabled
    }

    pub(crate) fn arm(&self, about: &attach::About) -> Result<Vec<Listener>> {
        self.layouts
            .iter()
            .map(|&layout| self.listen.clone().layout(layout).arm(about))
            .collect()
    }

    /// Has clients told that Teleop is off.
    pub(crate) fn disable(&self, about: &attach::About) -> Endpoints {
        // That it cannot be said is no reason to fail: it is off all the same.
        Endpoints::Disabled(self.listen.disable(about).ok())
    }

    /// What this process says of itself.
    pub(crate) fn about(&self) -> attach::About {
        let executable = env::current_exe().ok();
        let stem = || Some(executable?.file_stem()?.to_string_lossy().into_owned());
        let name = self.name.clone().or_else(stem).unwrap_or_default();
        attach::About::this(name, self.version.clone())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether this build can offer Teleop.
pub(crate) const BUILT_IN: bool = cfg!(feature = "server");

/// The endpoints of this process.
#[derive(Debug)]
pub(crate) enum Endpoints {
    Armed(Vec<Listener>),
    Disabled(Option<Disabled>),
}

/// A process that offers Teleop, as one future for any executor.
///
/// [`teleop::spawn`](crate::spawn) is what most programs want: it needs no executor.
#[derive(Debug)]
#[must_use = "nobody is served until `run` is polled"]
pub struct Server {
    about: About,
    services: Services,
    limits: Limits,
    endpoints: Endpoints,
}

impl Server {
    /// Arms the endpoint of this process, with the defaults of [`Config`].
    ///
    /// # Errors
    ///
    /// Those of [`Listen::arm`].
    pub fn new() -> Result<Self> {
        Config::new().server()
    }

    /// A server of what every process offers.
    pub(crate) fn assemble(about: attach::About, limits: Limits, endpoints: Endpoints) -> Self {
        let about = About {
            protocol: about.protocol,
            program: about.name,
            version: about.version,
            pid: about.pid,
            started: about.started,
        };
        let mut services = Services::default();
        services::offer(&mut services, &about);
        Self {
            about,
            services,
            limits,
            endpoints,
        }
    }

    /// Offers a service: see [`Services::offer`].
    pub fn service<C>(mut self, name: impl Into<String>, make: impl FnOnce() -> C + 'static) -> Self
    where
        C: FromClientHook + HasTypeId,
    {
        self.services.offer(name, make);
        self
    }

    /// The services that it offers.
    pub fn services(&mut self) -> &mut Services {
        &mut self.services
    }

    /// Serves whoever may connect, until it is dropped.
    ///
    /// The methods of the services run where this is polled: one that blocks stalls all connections, and
    /// whatever else runs there. [`unblock`](crate::unblock) is for what has to block.
    pub async fn run(self) {
        let stop = future::pending().boxed_local().shared();
        let _ = self.run_until(stop).await;
    }

    /// Serves until it is told to stop, and gives the endpoints back.
    pub(crate) async fn run_until<F>(self, stop: Shared<F>) -> Endpoints
    where
        F: Future<Output = ()> + 'static,
    {
        let listeners = match self.endpoints {
            Endpoints::Armed(listeners) => listeners,
            disabled @ Endpoints::Disabled(_) => {
                stop.await;
                return disabled;
            }
        };
        let slots = Slots::new(self.limits.connections);
        let host = Rc::new(Host::new(self.about, self.services, self.limits));
        let executor = Rc::new(LocalExecutor::new());
        // Each listener and each connection is a task of its own, which wakes alone.
        let listening: Vec<_> = listeners
            .into_iter()
            .map(|listener| {
                let serving = listen(
                    listener,
                    host.clone(),
                    slots.clone(),
                    Rc::downgrade(&executor),
                    stop.clone(),
                );
                executor.spawn(serving)
            })
            .collect();
        let listeners = executor.run(future::join_all(listening)).await;
        // The call that had it stop is answered, too: what can go on at once does, for a while.
        for _ in 0..LAST_TURNS {
            if !executor.try_tick() {
                break;
            }
        }
        Endpoints::Armed(listeners)
    }
}

/// How often tasks have a turn that could go on when the server is told to stop.
const LAST_TURNS: usize = 256;

/// Accepts connections and serves each in a task of its own, until it is told to stop.
async fn listen(
    mut listener: Listener,
    host: Rc<Host>,
    slots: Rc<Slots>,
    executor: Weak<LocalExecutor<'static>>,
    mut stop: Shared<impl Future<Output = ()>>,
) -> Listener {
    listener.sweep();
    loop {
        let accepted = match future::select(pin!(slots.fill(listener.accept())), &mut stop).await {
            Either::Left((accepted, _)) => Some(accepted),
            Either::Right(_) => None,
        };
        let Some(((connection, slot), executor)) = accepted.zip(executor.upgrade()) else {
            return listener;
        };
        let peer = audit::Peer::of(&connection.peer);
        audit::attached(&peer);
        let host = host.clone();
        executor
            .spawn(async move {
                // How it ended, the audit is told.
                let _ = host.serve_peer(connection.stream.clone(), peer).await;
                drop(connection);
                drop(slot);
            })
            .detach();
    }
}

impl Endpoints {
    /// Takes the endpoints away, so that nobody finds them any more, and returns what takes its time
    /// to be dropped.
    pub(crate) fn withdraw(self) -> impl Sized {
        match self {
            Self::Armed(listeners) => listeners
                .into_iter()
                .map(Listener::withdraw)
                .collect::<Vec<_>>(),
            Self::Disabled(notice) => {
                drop(notice);
                Vec::new()
            }
        }
    }
}
