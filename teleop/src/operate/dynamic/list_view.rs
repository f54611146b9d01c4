//! A list, being serialized.

use capnp::{any_pointer, any_pointer_list, primitive_list, struct_list};
use serde::{Serialize, Serializer, ser::SerializeSeq as _};

use super::{
    bindings::Bindings,
    decode::Context,
    node::Type,
    scalar_view::{Element, ScalarView},
    view::{PointerView, Sections, StandIn, StructView, charge, custom},
};

/// Of a list longer than this, a serializer is not told the length, lest it makes room for it.
const PLAIN_LENGTH: usize = 4096;

/// A list.
pub(super) struct ListView<'c, 'a> {
    pub(super) context: &'c Context<'c>,
    pub(super) element: &'c Type,
    pub(super) bindings: &'c Bindings,
    pub(super) pointer: any_pointer::Reader<'a>,
    pub(super) depth: u32,
    pub(super) absence: u32,
}

impl ListView<'_, '_> {
    fn each<S: Serializer, T: Serialize>(
        &self,
        serializer: S,
        length: u32,
        element: impl Fn(u32) -> T,
    ) -> Result<S::Ok, S::Error> {
        charge::<S>(self.context, 1 + length as usize)?;
        let told = Some(length as usize).filter(|length| *length <= PLAIN_LENGTH);
        let mut seq = serializer.serialize_seq(told)?;
        for index in 0..length {
            seq.serialize_element(&element(index))?;
        }
        seq.end()
    }
}

impl Serialize for ListView<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let context = self.context;
        let (element, bindings) = self.bindings.resolve(self.element);
        // A list of what the data section of a struct would hold. A macro, for the trait that a generic
        // function would name is private to capnp.
        macro_rules! scalars {
            ($stored:ty, $kind:expr, $bits:expr) => {{
                let list = self
                    .pointer
                    .get_as::<primitive_list::Reader<'_, $stored>>()
                    .map_err(custom::<S>)?;
                self.each(serializer, list.len(), |index| ScalarView {
                    context,
                    kind: $kind,
                    bits: $bits(list.get(index)),
                })
            }};
        }
        match element {
            Type::Scalar(kind) => {
                let element = Element::Scalar(*kind);
                match kind.bits() {
                    0 => scalars!((), element, |()| 0),
                    1 => scalars!(bool, element, u64::from),
                    8 => scalars!(u8, element, u64::from),
                    16 => scalars!(u16, element, u64::from),
                    32 => scalars!(u32, element, u64::from),
                    _ => scalars!(u64, element, u64::from),
                }
            }
            Type::Enum(index) => scalars!(u16, Element::Enum(*index), u64::from),
            Type::Struct(index, brand) => {
                let scopes = brand.0.as_ref().map_or(0, |scopes| scopes.len());
                charge::<S>(context, scopes)?;
                let list = self.pointer.get_as::<struct_list::Reader<'_, StandIn>>();
                let list = list.map_err(custom::<S>)?;
                let strukt = context.schema.strukt(*index);
                let bindings = &bindings.enter(brand);
                self.each(serializer, list.len(), |index| StructView {
                    context,
                    strukt,
                    bindings,
                    sections: Sections::of(list.get(index)),
                    depth: self.depth + 1,
                    absence: self.absence,
                })
            }
            _ => {
                let list = self.pointer.get_as::<any_pointer_list::Reader<'_>>();
                let list = list.map_err(custom::<S>)?;
                self.each(serializer, list.len(), |index| PointerView {
                    context,
                    ty: element,
                    bindings,
                    pointer: list.get(index),
                    depth: self.depth + 1,
                    absence: self.absence,
                })
            }
        }
    }
}
