//! [`Schema`]: a compiled schema that was met at run time.

use std::{collections::HashMap, sync::Arc};

use capnp::{any_pointer, message::ReaderOptions, schema_capnp::code_generator_request};

use super::{
    bindings::Bindings,
    check,
    interface::Interface,
    load,
    node::{Index, Kind, Node, Struct},
    structure::Structure,
};
use crate::{Error, Result};

/// More than any schema needs; a hostile one is read no further.
const LARGEST: usize = 4 << 20;

/// A compiled schema that was met at run time: owned, checked once, shared when it is cloned.
///
/// # Security
///
/// It may come from anybody. Every offset is checked against its struct, every id is resolved, and
/// whatever could go on for ever (groups, superclasses, type parameters) is bounded, before any value
/// is read or written by it.
#[derive(Clone)]
pub struct Schema(Arc<Nodes>);

struct Nodes {
    nodes: Vec<Node>,
    by_id: HashMap<u64, Index>,
}

impl Schema {
    /// Loads a `CodeGeneratorRequest`, as `capnp compile -o-` and `capnpc` write it.
    ///
    /// # Errors
    ///
    /// [`Error::BadSchema`] where it cannot be used, and why.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > LARGEST {
            return Err(load::wrong(format!("it has {} bytes", bytes.len())));
        }
        let mut options = ReaderOptions::new();
        // Honest ones are read once; this leaves room for far pointers and shared parts.
        options.traversal_limit_in_words(Some(4096 + bytes.len()));
        let message = capnp::serialize::read_message(bytes, options).map_err(load::unreadable)?;
        Self::load(message.get_root().map_err(load::unreadable)?)
    }

    /// Loads a `CodeGeneratorRequest` out of another message, such as an answer of `Teleop.describe`.
    ///
    /// # Errors
    ///
    /// [`Error::BadSchema`] where it cannot be used, and why.
    pub fn from_pointer(pointer: any_pointer::Reader<'_>) -> Result<Self> {
        Self::load(pointer.get_as().map_err(load::unreadable)?)
    }

    /// The interface of this id.
    ///
    /// # Errors
    ///
    /// [`Error::BadSchema`] where there is none.
    pub fn interface(&self, id: u64) -> Result<Interface> {
        match self.0.by_id.get(&id) {
            Some(index) if matches!(self.node(*index).kind, Kind::Interface(_)) => {
                Ok(Interface::new(self.clone(), *index, Bindings::default()))
            }
            _ => Err(Error::BadSchema {
                problem: format!("it has no interface @{id:#x}"),
            }),
        }
    }

    /// All its interfaces, in the order of the schema.
    pub fn interfaces(&self) -> impl Iterator<Item = Interface> + '_ {
        self.indices()
            .filter(|index| matches!(self.node(*index).kind, Kind::Interface(_)))
            .map(|index| Interface::new(self.clone(), index, Bindings::default()))
    }

    /// The struct of this name: the display name (`file.capnp:Outer.Inner`), or what follows its
    /// colon.
    pub fn structure(&self, name: &str) -> Option<Structure> {
        self.indices()
            .find(|index| {
                let node = self.node(*index);
                let local = node.display_name.split_once(':').map(|(_, local)| local);
                matches!(&node.kind, Kind::Struct(it) if !it.is_group)
                    && (node.display_name == name || local == Some(name))
            })
            .map(|index| Structure::new(self.clone(), index, Bindings::default()))
    }

    fn load(request: code_generator_request::Reader<'_>) -> Result<Self> {
        let nodes = load::load(request)?;
        check::check(&nodes)?;
        let by_id = (0..).zip(&nodes).map(|(at, node)| (node.id, Index(at)));
        let by_id = by_id.collect();
        Ok(Self(Arc::new(Nodes { nodes, by_id })))
    }

    pub(super) fn node(&self, index: Index) -> &Node {
        check::at(&self.0.nodes, index)
    }

    /// The struct at an index that the loader checked to be one.
    pub(super) fn strukt(&self, index: Index) -> &Struct {
        match &self.node(index).kind {
            Kind::Struct(it) => it,
            _ => unreachable!("the loader checked that it is a struct"),
        }
    }

    pub(super) fn find(&self, id: u64) -> Option<Index> {
        self.0.by_id.get(&id).copied()
    }

    fn indices(&self) -> impl Iterator<Item = Index> + '_ {
        (0..).zip(&self.0.nodes).map(|(at, _)| Index(at))
    }
}

impl std::fmt::Debug for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.nodes.iter().map(|node| &node.display_name);
        f.debug_list().entries(names).finish()
    }
}
