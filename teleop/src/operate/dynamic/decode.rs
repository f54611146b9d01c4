//! Cap'n Proto to JSON: what a call brings back.

use std::{cell::Cell, cell::RefCell, io};

use capnp::{any_pointer, capability::Client};
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::Value;

use super::{
    bindings::Bindings,
    interface::Interface,
    node::Type,
    schema::Schema,
    structure::Structure,
    view::{PointerView, StructView},
};
use crate::{Error, Result};

/// How much is shown at most, in values and in 8 bytes of text, unless told otherwise.
///
/// A message of the largest size that is received by default stays below it, whatever it holds, but
/// for truth values; one that shows the same part over and over does not.
const MOST_WORK: u64 = 1 << 27;
/// The same, where every value is kept.
const MOST_VALUES: u64 = 1 << 24;

/// The results of a call, seen through their schema: JSON for whoever serializes it.
///
/// Nothing is copied: it is written while it is read, in time linear in what is written. The JSON is
/// that of `capnp convert binary:json`, but that 64-bit integers are numbers, data is base64, an
/// enumerant newer than the schema is a number, and a capability is
/// `{"$capability": n, "interface": "file.capnp:Name"}`, where `n` is its position in
/// [`capabilities`](Self::capabilities). Null pointers are left out. An `AnyPointer` is
/// `{"$text": …}` where it looks like one, and `{"$message": …}` otherwise.
///
/// # Security
///
/// The message may come from anybody. It is read within the limits of its own reader, no deeper than
/// any message may be, and what is shown is bounded, since a few bytes can stand for any amount of it.
#[derive(Debug)]
pub struct Decoded<'a> {
    schema: Schema,
    /// `None` where there is nothing to be seen.
    structure: Option<Structure>,
    pointer: Pointer<'a>,
    most: Option<u64>,
    capabilities: RefCell<Vec<Capability>>,
}

/// A capability found in a result, or to come in one.
#[derive(Clone)]
pub struct Capability {
    /// What is called.
    pub client: Client,
    /// What can be called, where the schema says.
    pub interface: Option<Interface>,
}

impl<'a> Decoded<'a> {
    /// Sees what `pointer` points to as such a struct. Nothing is read yet.
    pub fn new(structure: &Structure, pointer: any_pointer::Reader<'a>) -> Self {
        Self {
            schema: structure.schema.clone(),
            structure: Some(structure.clone()),
            pointer: Pointer(pointer),
            most: None,
            capabilities: RefCell::default(),
        }
    }

    /// The results of a method that has none.
    pub(super) fn nothing(interface: &Interface, pointer: any_pointer::Reader<'a>) -> Self {
        Self {
            schema: interface.schema().clone(),
            structure: None,
            pointer: Pointer(pointer),
            most: None,
            capabilities: RefCell::default(),
        }
    }

    /// Bounds how much is shown, counted in values and in 8 bytes of text.
    #[must_use]
    pub fn at_most(mut self, most: u64) -> Self {
        self.most = Some(most);
        self
    }

    /// All of it as a value.
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`] where it is not what the schema says, or shows too much.
    pub fn to_value(&self) -> Result<Value> {
        let most = self.most.unwrap_or(MOST_VALUES);
        self.run(most, true, serde_json::value::Serializer)
            .map_err(|error| Error::Protocol {
                problem: error.to_string(),
            })
    }

    /// Writes it as JSON on one line, without a second copy. Wants a buffered writer.
    ///
    /// # Errors
    ///
    /// What the writer says; else [`io::ErrorKind::InvalidData`] where it is not what the schema says,
    /// or shows too much.
    pub fn write(&self, writer: impl io::Write) -> io::Result<()> {
        serde_json::to_writer(writer, self).map_err(|error| match error.io_error_kind() {
            Some(_) => io::Error::from(error),
            None => io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
        })
    }

    /// The capabilities that were met when it was last serialized, in the order of their numbers.
    pub fn capabilities(&self) -> Vec<Capability> {
        self.capabilities.borrow().clone()
    }

    /// The only value in it, where there is one field that is text or data: what `--raw` prints.
    pub fn raw(&self) -> Option<&'a [u8]> {
        let context = Context::new(&self.schema, 1, false);
        StructView::root(&context, self.structure.as_ref()?, self.pointer.0)
            .ok()?
            .raw()
    }

    fn run<S: Serializer>(
        &self,
        most: u64,
        is_kept: bool,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let Some(structure) = &self.structure else {
            return serializer.serialize_map(Some(0))?.end();
        };
        let context = Context::new(&self.schema, most, is_kept);
        let outcome = match StructView::root(&context, structure, self.pointer.0) {
            Ok(view) => view.serialize(serializer),
            Err(problem) => Err(serde::ser::Error::custom(problem)),
        };
        *self.capabilities.borrow_mut() = context.capabilities.into_inner();
        outcome
    }
}

impl Serialize for Decoded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.run(self.most.unwrap_or(MOST_WORK), false, serializer)
    }
}

/// A value that is no struct, such as a default.
pub(super) fn pointer_value(
    schema: &Schema,
    bindings: &Bindings,
    ty: &Type,
    pointer: any_pointer::Reader<'_>,
    most: u64,
) -> serde_json::Result<Value> {
    let context = Context::new(schema, most, true);
    PointerView::new(&context, bindings, ty, pointer).serialize(serde_json::value::Serializer)
}

/// What is shared by all the parts of one value while it is being serialized.
pub(super) struct Context<'a> {
    pub(super) schema: &'a Schema,
    /// Whether floats of 32 bits are to be the shortest doubles that mean the same: a writer does that
    /// by itself, and a value would keep digits that nobody wrote.
    pub(super) is_kept: bool,
    /// What is left of the work.
    left: Cell<u64>,
    capabilities: RefCell<Vec<Capability>>,
}

impl<'a> Context<'a> {
    fn new(schema: &'a Schema, most: u64, is_kept: bool) -> Self {
        Self {
            schema,
            is_kept,
            left: Cell::new(most),
            capabilities: RefCell::default(),
        }
    }

    /// Pays for work before it is done.
    pub(super) fn charge(&self, work: usize) -> Result<(), String> {
        match self.left.get().checked_sub(work as u64) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err("it shows more than is read at most".to_owned()),
        }
    }

    /// Keeps a capability, and returns its number.
    pub(super) fn keep(&self, capability: Capability) -> usize {
        let mut capabilities = self.capabilities.borrow_mut();
        capabilities.push(capability);
        capabilities.len() - 1
    }
}

#[derive(Clone, Copy)]
struct Pointer<'a>(any_pointer::Reader<'a>);

impl std::fmt::Debug for Pointer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_null() { "null" } else { "…" })
    }
}

impl std::fmt::Debug for Capability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Capability")
            .field("interface", &self.interface)
            .finish_non_exhaustive()
    }
}
