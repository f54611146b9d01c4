//! [`Structure`]: a struct type of a schema met at run time.

use super::{
    bindings::Bindings,
    interface::Interface,
    node::{self, FieldKind, Index, Type},
    route::Route,
    schema::Schema,
};
use crate::Result;

/// A struct type: what parameters, results and much within them are.
#[derive(Clone, Debug)]
pub struct Structure {
    pub(super) schema: Schema,
    pub(super) index: Index,
    pub(super) bindings: Bindings,
}

impl Structure {
    pub(super) fn new(schema: Schema, index: Index, bindings: Bindings) -> Self {
        Self {
            schema,
            index,
            bindings,
        }
    }

    /// Its full name, such as `files.capnp:Entry`.
    pub fn display_name(&self) -> &str {
        &self.schema.node(self.index).display_name
    }

    /// The names of its fields, in the order of their ordinals.
    pub fn field_names(&self) -> impl Iterator<Item = &str> + '_ {
        self.fields().iter().map(|field| field.name.as_str())
    }

    /// Its own fields that are capabilities, in the order of their ordinals: the name, and the
    /// interface where it is known.
    pub fn capabilities(&self) -> Vec<(&str, Option<Interface>)> {
        let fields = self.fields().iter().filter_map(|field| {
            let FieldKind::Slot(slot) = &field.kind else {
                return None;
            };
            match self.bindings.resolve(&slot.ty) {
                (Type::Interface(index, brand), bindings) => {
                    let within = bindings.enter(brand);
                    let interface = Interface::new(self.schema.clone(), *index, within);
                    Some((field.name.as_str(), Some(interface)))
                }
                (Type::AnyPointer(node::AnyPointer::Capability), _) => {
                    Some((field.name.as_str(), None))
                }
                _ => None,
            }
        });
        fields.collect()
    }

    /// What can be called on the capability of this path in it (`file`, `nested.file`), or on the only one
    /// there is; `None` where its interface is not known. As
    /// [`Request::send_pipelined`](super::Request::send_pipelined) finds it.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`](crate::Error::BadArgument) where there is no such capability, or several.
    pub fn capability(&self, path: Option<&str>) -> Result<Option<Interface>> {
        Ok(Route::find(self, path)?.interface)
    }

    /// Whether its only field is text or data: then [`Decoded::raw`](super::Decoded::raw) has what it
    /// holds.
    pub fn is_raw(&self) -> bool {
        let [field] = self.fields() else {
            return false;
        };
        match &field.kind {
            FieldKind::Slot(slot) => {
                matches!(self.bindings.resolve(&slot.ty).0, Type::Text | Type::Data)
            }
            FieldKind::Group(_) => false,
        }
    }

    pub(super) fn strukt(&self) -> &node::Struct {
        self.schema.strukt(self.index)
    }

    pub(super) fn fields(&self) -> &[node::Field] {
        &self.strukt().fields
    }
}
