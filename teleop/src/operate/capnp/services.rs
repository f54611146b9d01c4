//! [`Services`]: names, and the capabilities that stand behind them.

use std::{
    borrow::Cow,
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use capnp::{
    capability::{Client, FromClientHook},
    traits::HasTypeId,
};
use teleop_schema::command_capnp::commands;

use super::{Description, guard::guard};
use crate::{
    error::Result,
    operate::command::{self, Table},
};

/// The services that a process offers, by name.
///
/// One that is offered under a name that is taken replaces the other. A service is a capability, or
/// consists of [commands](crate::operate::command).
#[derive(Debug, Default)]
pub struct Services {
    offers: BTreeMap<String, Offer>,
}

/// A service that is offered: what makes it, and what is told of it.
pub struct Offer {
    interface_id: u64,
    doc: Option<String>,
    schema: Option<Cow<'static, [u8]>>,
    /// Cut out of the schema when somebody asks.
    description: OnceCell<Result<Description>>,
    /// What it consists of, where that is commands.
    commands: Option<Rc<Table>>,
    service: RefCell<Lazy>,
}

enum Lazy {
    Unmade(Box<dyn FnOnce() -> Client>),
    /// It consists of commands, which may become more until it is made.
    Commands,
    Made(Client),
    Failed,
}

impl Services {
    /// Offers a service.
    ///
    /// `make` is called once, when the first client asks for it; all connections share what it
    /// returns. See [`Offer`] for what else can be said of the service.
    ///
    /// All services share one thread. A method may wait for as long as it likes, but one that blocks
    /// stalls every call of every connection: what has to block is for [`unblock`](crate::unblock). A
    /// panic fails the call, and nothing else; in capabilities that methods return, too, where
    /// [`new_client`](crate::new_client) made them.
    pub fn offer<C>(
        &mut self,
        name: impl Into<String>,
        make: impl FnOnce() -> C + 'static,
    ) -> &mut Offer
    where
        C: FromClientHook + HasTypeId,
    {
        let make = || Client::new(make().into_client_hook());
        let offer = Offer::new(C::TYPE_ID, Lazy::Unmade(Box::new(make)));
        match self.offers.entry(name.into()) {
            Entry::Vacant(free) => free.insert(offer),
            Entry::Occupied(mut taken) => {
                taken.insert(offer);
                taken.into_mut()
            }
        }
    }

    /// The service that consists of the commands whose names begin with this one, for what is to be said
    /// of it: `services.commands("cache").doc("What was computed before")`.
    ///
    /// Where nothing is said, its [doc line](Offer::doc) is what its only command does, or what they are
    /// called.
    pub fn commands(&mut self, service: impl Into<String>) -> &mut Offer {
        let make = || {
            let mut offer = Offer::new(commands::Client::TYPE_ID, Lazy::Commands);
            offer.schema(teleop_schema::COMMAND);
            offer.commands = Some(Rc::default());
            offer
        };
        let offer = match self.offers.entry(service.into()) {
            Entry::Vacant(free) => free.insert(make()),
            Entry::Occupied(taken) => taken.into_mut(),
        };
        if offer.commands.is_none() {
            *offer = make();
        }
        offer
    }

    /// The commands of a service, for more of them.
    pub(in crate::operate) fn table(&mut self, service: &str) -> &mut Table {
        let commands = self.commands(service).commands.as_mut();
        Rc::make_mut(commands.expect("it consists of commands"))
    }

    /// The services with their names, in the order of the names.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Offer)> {
        self.offers
            .iter()
            .map(|(name, offer)| (name.as_str(), offer))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Offer> {
        self.offers.get(name)
    }
}

impl Offer {
    fn new(interface_id: u64, service: Lazy) -> Self {
        Self {
            interface_id,
            doc: None,
            schema: None,
            description: OnceCell::new(),
            commands: None,
            service: RefCell::new(service),
        }
    }

    /// Has the service describe itself: its methods, its types and their comments.
    ///
    /// `compiled` is the `CodeGeneratorRequest` that capnpc writes to its
    /// `raw_code_generator_request_path`, and `capnp compile -o-` to its output. Nothing is done with
    /// it before a client asks.
    pub fn schema(&mut self, compiled: impl Into<Cow<'static, [u8]>>) -> &mut Self {
        self.schema = Some(compiled.into());
        self.description = OnceCell::new();
        self
    }

    /// Says in one line what the service is for. Default: the first line of the comment that its
    /// interface has in the schema.
    pub fn doc(&mut self, line: impl Into<String>) -> &mut Self {
        self.doc = Some(line.into());
        self
    }

    pub(super) fn has_command(&self, name: &str) -> bool {
        let commands = self.commands.as_ref();
        commands.is_some_and(|commands| commands.has(name))
    }

    pub(super) fn interface_id(&self) -> u64 {
        self.interface_id
    }

    pub(super) fn doc_line(&self) -> Option<Cow<'_, str>> {
        let of_commands = || Some(Cow::Owned(self.commands.as_ref()?.doc_line()));
        let from_schema = || Some(Cow::Borrowed(self.description()?.as_ref().ok()?.doc()));
        let doc = self.doc.as_deref().map(Cow::Borrowed);
        doc.or_else(of_commands)
            .or_else(from_schema)
            .filter(|line| !line.is_empty())
    }

    /// What the service says of itself; `None` where it was offered without its schema.
    pub(super) fn description(&self) -> Option<&Result<Description>> {
        let schema = self.schema.as_deref()?;
        let describe = || Description::new(schema, self.interface_id);
        Some(self.description.get_or_init(describe))
    }

    /// The service itself, made now where nobody asked for it before.
    pub(super) fn service(&self) -> capnp::Result<Client> {
        let guarded = |client: Client| Client::new(guard(client.hook));
        let made = match self.service.replace(Lazy::Failed) {
            Lazy::Made(client) => Some(client),
            // Whoever wrote it, a panic of his is his service's alone.
            Lazy::Unmade(make) => catch_unwind(AssertUnwindSafe(make)).ok().map(guarded),
            Lazy::Commands => self.commands.clone().map(command::client).map(guarded),
            Lazy::Failed => None,
        };
        let client = made.ok_or_else(|| {
            capnp::Error::failed("the service panicked as it was made".to_owned())
        })?;
        self.service.replace(Lazy::Made(client.clone()));
        Ok(client)
    }
}

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offer")
            .field("interface_id", &format_args!("{:#x}", self.interface_id))
            .field("doc", &self.doc)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use teleop_schema::echo_capnp::echo;

    use super::*;
    use crate::Answer;

    fn number(number: u8) -> impl Fn(()) -> Answer<u8> + Send + Sync {
        move |()| Ok(number)
    }

    #[test]
    fn commands_that_share_the_first_part_of_their_names_are_one_service() {
        let mut services = Services::default();
        services.command("cache.clear", number(1)).doc("Clears it");
        services.command("backup", number(1));
        let doc = |services: &Services, name| services.get(name)?.doc_line().map(Cow::into_owned);
        assert_eq!(doc(&services, "cache").unwrap(), "Clears it");
        services.command("cache.old.warm", number(1));
        services.command("cache.warm", number(1));
        services.command("cache.clear", number(2));
        let names: Vec<_> = services.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["backup", "cache", "cache.old"]);
        assert_eq!(doc(&services, "backup").unwrap(), "1 command: backup");
        assert_eq!(doc(&services, "cache").unwrap(), "2 commands: clear, warm");
        services.commands("cache").doc("What was computed");
        assert_eq!(doc(&services, "cache").unwrap(), "What was computed");
    }

    #[test]
    fn a_service_is_a_capability_or_consists_of_commands() {
        let mut services = Services::default();
        services.command("echo.clear", number(1));
        let make = || -> echo::Client { unimplemented!("nobody calls it") };
        services.offer("echo", make);
        assert_eq!(
            services.get("echo").unwrap().interface_id(),
            echo::Client::TYPE_ID
        );
        services.command("echo.warm", number(1));
        let echo = services.get("echo").unwrap();
        assert_eq!(echo.interface_id(), commands::Client::TYPE_ID);
        assert_eq!(echo.doc_line().unwrap(), "1 command: warm");
    }
}
