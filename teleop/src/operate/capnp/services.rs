//! [`Services`]: names, and the capabilities that stand behind them.

use std::{
    cell::RefCell,
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use capnp::{
    capability::{Client, FromClientHook},
    traits::HasTypeId,
};

/// The services that a process offers, by name.
///
/// One that is offered under a name that is taken replaces the other.
#[derive(Debug, Default)]
pub struct Services {
    offers: BTreeMap<String, Offer>,
}

/// A service that is offered: what makes it, and what is told of it.
pub struct Offer {
    interface_id: u64,
    doc: Option<String>,
    service: RefCell<Lazy>,
}

enum Lazy {
    Unmade(Box<dyn FnOnce() -> Client>),
    Made(Client),
    Failed,
}

impl Services {
    /// Offers a service.
    ///
    /// `make` is called once, when the first client asks for it; all connections share what it
    /// returns. See [`Offer`] for what else can be said of the service.
    pub fn offer<C>(
        &mut self,
        name: impl Into<String>,
        make: impl FnOnce() -> C + 'static,
    ) -> &mut Offer
    where
        C: FromClientHook + HasTypeId,
    {
        let offer = Offer {
            interface_id: C::TYPE_ID,
            doc: None,
            service: RefCell::new(Lazy::Unmade(Box::new(|| {
                Client::new(make().into_client_hook())
            }))),
        };
        match self.offers.entry(name.into()) {
            Entry::Vacant(free) => free.insert(offer),
            Entry::Occupied(mut taken) => {
                taken.insert(offer);
                taken.into_mut()
            }
        }
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
    /// Says in one line what the service is for.
    pub fn doc(&mut self, line: impl Into<String>) -> &mut Self {
        self.doc = Some(line.into());
        self
    }

    pub(super) fn interface_id(&self) -> u64 {
        self.interface_id
    }

    pub(super) fn doc_line(&self) -> Option<&str> {
        self.doc.as_deref()
    }

    /// The service itself, made now where nobody asked for it before.
    pub(super) fn service(&self) -> capnp::Result<Client> {
        let state = self.service.replace(Lazy::Failed);
        let made = match state {
            Lazy::Made(client) => Some(client),
            // Whoever wrote it, a panic of his is his service's alone.
            Lazy::Unmade(make) => catch_unwind(AssertUnwindSafe(make)).ok(),
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
