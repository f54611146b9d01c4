//! [`Interface`] and [`Method`]: what can be called, by a schema met at run time.

use std::collections::HashSet;

use super::{
    bindings::Bindings,
    nearest::nearest,
    node::{self, Index, Kind, Node, Results},
    schema::Schema,
    structure::Structure,
};

/// An interface of a [`Schema`], its type parameters bound.
#[derive(Clone, Debug)]
pub struct Interface {
    pub(super) schema: Schema,
    pub(super) index: Index,
    pub(super) bindings: Bindings,
}

impl Interface {
    pub(super) fn new(schema: Schema, index: Index, bindings: Bindings) -> Self {
        Self {
            schema,
            index,
            bindings,
        }
    }

    /// Its id, the same on every machine.
    pub fn id(&self) -> u64 {
        self.node().id
    }

    /// Its full name, such as `echo.capnp:Echo`.
    pub fn display_name(&self) -> &str {
        &self.node().display_name
    }

    /// Its name without its scope, such as `Echo`.
    pub fn name(&self) -> &str {
        self.node().short_name()
    }

    /// Its comment; empty where there is none.
    pub fn doc(&self) -> &str {
        &self.node().doc
    }

    /// The schema that it stands in.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Its methods, each in the order of its ordinal: first its own, then what it inherits.
    pub fn methods(&self) -> Vec<Method> {
        let mut methods = Vec::new();
        self.each(|interface| {
            for ordinal in 0..interface.interface().methods.len() {
                methods.push(Method {
                    interface: interface.clone(),
                    ordinal,
                });
            }
        });
        methods
    }

    /// The method of this name, its own before an inherited one.
    pub fn method(&self, name: &str) -> Option<Method> {
        let mut found = None;
        self.each(|interface| {
            let methods = &interface.interface().methods;
            if found.is_none() {
                found = methods
                    .iter()
                    .position(|method| method.name == name)
                    .map(|ordinal| Method {
                        interface: interface.clone(),
                        ordinal,
                    });
            }
        });
        found
    }

    /// The method that a received call is for: the interface that declares it, and its ordinal there.
    pub fn method_at(&self, interface_id: u64, ordinal: u16) -> Option<Method> {
        let mut found = None;
        self.each(|interface| {
            let ordinal = usize::from(ordinal);
            if interface.id() == interface_id && ordinal < interface.interface().methods.len() {
                found = Some(Method {
                    interface: interface.clone(),
                    ordinal,
                });
            }
        });
        found
    }

    /// The name of a method that is close to what was asked for, to be suggested.
    pub fn nearest_method(&self, name: &str) -> Option<String> {
        let methods = self.methods();
        nearest(name, methods.iter().map(Method::name)).map(str::to_owned)
    }

    pub(super) fn node(&self) -> &Node {
        self.schema.node(self.index)
    }

    pub(super) fn interface(&self) -> &node::Interface {
        match &self.node().kind {
            Kind::Interface(it) => it,
            _ => unreachable!("the loader checked that it is an interface"),
        }
    }

    /// Visits this interface and all that it inherits from, each once, however often it is inherited.
    fn each(&self, mut visit: impl FnMut(&Self)) {
        let mut seen = HashSet::from([self.index]);
        let mut waiting = std::collections::VecDeque::from([self.clone()]);
        while let Some(interface) = waiting.pop_front() {
            visit(&interface);
            for (index, brand) in &interface.interface().superclasses {
                if seen.insert(*index) {
                    let bindings = interface.bindings.enter(brand);
                    waiting.push_back(Self::new(self.schema.clone(), *index, bindings));
                }
            }
        }
    }
}

/// A method of an [`Interface`].
#[derive(Clone, Debug)]
pub struct Method {
    /// The one that declares it.
    interface: Interface,
    ordinal: usize,
}

impl Method {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.node().name
    }

    /// Its comment; empty where there is none.
    pub fn doc(&self) -> &str {
        &self.node().doc
    }

    /// The interface that declares it, which may be one that the service's inherits from.
    pub fn interface(&self) -> &Interface {
        &self.interface
    }

    /// Its number in the interface that declares it.
    pub fn ordinal(&self) -> u16 {
        u16::try_from(self.ordinal).unwrap_or(u16::MAX)
    }

    /// Whether it is declared `-> stream`: it returns nothing, and its calls are flow-controlled.
    pub fn is_streaming(&self) -> bool {
        matches!(self.node().results, Results::Stream)
    }

    /// The type of its parameters.
    pub fn params(&self) -> Structure {
        let (index, brand) = &self.node().params;
        self.structure(*index, brand)
    }

    /// The type of its results; `None` where it is [streaming](Self::is_streaming).
    pub fn results(&self) -> Option<Structure> {
        match &self.node().results {
            Results::Struct(index, brand) => Some(self.structure(*index, brand)),
            Results::Stream => None,
        }
    }

    pub(super) fn node(&self) -> &node::Method {
        &self.interface.interface().methods[self.ordinal]
    }

    fn structure(&self, index: Index, brand: &node::Brand) -> Structure {
        let bindings = self.interface.bindings.enter(brand);
        Structure::new(self.interface.schema.clone(), index, bindings)
    }
}
