//! The parts of a value that is being serialized, each read when its turn comes.

use base64::{display::Base64Display, engine::general_purpose::STANDARD};
use capnp::{any_pointer, any_pointer_list, capability::Client, data, raw, schema_capnp::brand};
use serde::{
    Serialize, Serializer,
    ser::{Error as _, SerializeMap as _, SerializeSeq as _},
};

use super::{
    absence::is_endless,
    anything::serialize_anything,
    bindings::Bindings,
    decode::{Capability, Context},
    interface::Interface,
    list_view::ListView,
    literal::read_default,
    node::{Field, FieldKind, Index, Scalar, Slot, Struct, Type},
    scalar_view::{serialize_enum, serialize_scalar},
    structure::Structure,
};

/// As deep as anything is shown. Messages are at most 64 levels deep by default; groups come on top.
const DEEPEST: u32 = 100;
/// Structs that are not there within one another, which a type parameter may make without end.
const MOST_ABSENCE: u32 = 4;

/// Any generated struct will do: only its sections are asked for.
pub(super) type StandIn = brand::Owned;

/// A struct, or a group in one.
pub(super) struct StructView<'c, 'a> {
    pub(super) context: &'c Context<'c>,
    pub(super) strukt: &'c Struct,
    pub(super) bindings: &'c Bindings,
    pub(super) sections: Sections<'a>,
    pub(super) depth: u32,
    /// How many structs that are not there it is within.
    pub(super) absence: u32,
}

/// The two sections of a struct.
#[derive(Clone, Copy)]
pub(super) struct Sections<'a> {
    data: &'a [u8],
    /// `None` where the struct itself is not there.
    pointers: Option<any_pointer_list::Reader<'a>>,
}

impl<'c, 'a> StructView<'c, 'a> {
    pub(super) fn root(
        context: &'c Context<'c>,
        structure: &'c Structure,
        pointer: any_pointer::Reader<'a>,
    ) -> Result<Self, String> {
        Ok(Self {
            context,
            strukt: structure.strukt(),
            bindings: &structure.bindings,
            sections: Sections::of(pointer.get_as::<brand::Reader<'_>>().map_err(say)?),
            depth: 0,
            absence: 0,
        })
    }

    /// The bytes of its only field, if that is text or data.
    pub(super) fn raw(&self) -> Option<&'a [u8]> {
        let [field] = &self.strukt.fields[..] else {
            return None;
        };
        let FieldKind::Slot(slot) = &field.kind else {
            return None;
        };
        let pointer = self.sections.pointer(slot.offset)?;
        match self.bindings.resolve(&slot.ty).0 {
            Type::Text => Some(pointer.get_as::<capnp::text::Reader<'_>>().ok()?.as_bytes()),
            Type::Data => pointer.get_as::<data::Reader<'_>>().ok(),
            _ => None,
        }
    }

    /// The field, unless it is one that is left out.
    fn field(&self, field: &'c Field, tag: Option<u16>) -> Option<FieldView<'c, 'a>> {
        if field.tag.is_some() && field.tag != tag {
            return None;
        }
        match &field.kind {
            FieldKind::Group(index) => Some(FieldView::Group(*index)),
            FieldKind::Slot(slot) => match slot.ty {
                Type::Scalar(scalar) => {
                    let bits = self.sections.bits(slot.offset, scalar.bits()) ^ slot.mask;
                    Some(FieldView::Scalar(scalar, bits))
                }
                Type::Enum(index) => {
                    let bits = self.sections.bits(slot.offset, 16) ^ slot.mask;
                    Some(FieldView::Enum(index, bits as u16))
                }
                _ => match self.sections.pointer(slot.offset) {
                    Some(pointer) => Some(FieldView::Pointer(&slot.ty, pointer)),
                    // It is null, but it is what the union is set to, which is worth saying.
                    None if field.tag.is_some() => Some(FieldView::Absent(slot)),
                    None => None,
                },
            },
        }
    }
}

impl<'a> Sections<'a> {
    /// Of a struct that is not there: all defaults.
    const ABSENT: Self = Self {
        data: &[],
        pointers: None,
    };

    pub(super) fn of(reader: brand::Reader<'a>) -> Self {
        Self {
            data: raw::get_struct_data_section(reader),
            pointers: Some(raw::get_struct_pointer_section(reader)),
        }
    }

    /// The value at an offset counted in its own size; zero beyond what the sender knew of.
    fn bits(&self, offset: u32, bits: u32) -> u64 {
        let offset = offset as usize;
        if bits == 1 {
            let byte = self.data.get(offset / 8).copied().unwrap_or(0);
            return (byte >> (offset % 8) & 1).into();
        }
        let size = (bits / 8) as usize;
        match self.data.get(offset * size..(offset + 1) * size) {
            Some(bytes) => {
                let mut word = [0; 8];
                word[..size].copy_from_slice(bytes);
                u64::from_le_bytes(word)
            }
            None => 0,
        }
    }

    fn pointer(&self, offset: u32) -> Option<any_pointer::Reader<'a>> {
        let pointer = self.pointers?.try_get(offset)?;
        (!pointer.is_null()).then_some(pointer)
    }
}

impl Serialize for StructView<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tag = self.strukt.tag;
        let tag = tag.map(|offset| self.sections.bits(offset, 16) as u16);
        charge::<S>(self.context, 1 + self.strukt.fields.len())?;
        if self.depth > DEEPEST {
            return Err(S::Error::custom("it is nested too deeply"));
        }
        let mut map = serializer.serialize_map(None)?;
        for field in &self.strukt.fields {
            let Some(value) = self.field(field, tag) else {
                continue;
            };
            map.serialize_entry(&field.name, &Within { view: self, value })?;
        }
        map.end()
    }
}

enum FieldView<'c, 'a> {
    Scalar(Scalar, u64),
    Enum(Index, u16),
    Group(Index),
    Pointer(&'c Type, any_pointer::Reader<'a>),
    /// A null pointer that a union is set to.
    Absent(&'c Slot),
}

/// A field, within its struct.
struct Within<'v, 'c, 'a> {
    view: &'v StructView<'c, 'a>,
    value: FieldView<'c, 'a>,
}

impl Serialize for Within<'_, '_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let view = self.view;
        match &self.value {
            FieldView::Scalar(scalar, bits) => {
                serialize_scalar(view.context, *scalar, *bits, serializer)
            }
            FieldView::Enum(index, value) => {
                serialize_enum(view.context, *index, *value, serializer)
            }
            FieldView::Group(index) => StructView {
                context: view.context,
                strukt: view.context.schema.strukt(*index),
                bindings: view.bindings,
                sections: view.sections,
                depth: view.depth + 1,
                absence: view.absence,
            }
            .serialize(serializer),
            FieldView::Pointer(ty, pointer) => PointerView {
                context: view.context,
                ty,
                bindings: view.bindings,
                pointer: *pointer,
                depth: view.depth + 1,
                absence: view.absence,
            }
            .serialize(serializer),
            FieldView::Absent(slot) => self.absent(slot, serializer),
        }
    }
}

impl Within<'_, '_, '_> {
    /// The default of what the union is set to; null where it has no end.
    fn absent<S: Serializer>(&self, slot: &Slot, serializer: S) -> Result<S::Ok, S::Error> {
        let view = self.view;
        let (ty, bindings) = view.bindings.resolve(&slot.ty);
        if view.absence >= MOST_ABSENCE {
            return serializer.serialize_unit();
        }
        if let Some(bytes) = &slot.default {
            charge::<S>(view.context, 1 + bytes.len() / 8)?;
            let message = read_default(bytes).map_err(custom::<S>)?;
            let pointer = message.get_root().map_err(custom::<S>)?;
            return PointerView {
                context: view.context,
                ty,
                bindings,
                pointer,
                depth: view.depth + 1,
                absence: view.absence + 1,
            }
            .serialize(serializer);
        }
        if let Type::Struct(index, _) = ty {
            let (is_endless, looked_at) = is_endless(view.context.schema, *index);
            charge::<S>(view.context, looked_at)?;
            if is_endless {
                return serializer.serialize_unit();
            }
        }
        match ty {
            Type::Text | Type::Data => serializer.serialize_str(""),
            Type::List(_) => serializer.serialize_seq(Some(0))?.end(),
            Type::Struct(index, brand) => StructView {
                context: view.context,
                strukt: view.context.schema.strukt(*index),
                bindings: &bindings.enter(brand),
                sections: Sections::ABSENT,
                depth: view.depth + 1,
                absence: view.absence + 1,
            }
            .serialize(serializer),
            _ => serializer.serialize_unit(),
        }
    }
}

/// What is behind a pointer that is not null, or the element of a list.
pub(super) struct PointerView<'c, 'a> {
    pub(super) context: &'c Context<'c>,
    pub(super) ty: &'c Type,
    pub(super) bindings: &'c Bindings,
    pub(super) pointer: any_pointer::Reader<'a>,
    pub(super) depth: u32,
    pub(super) absence: u32,
}

impl<'c, 'a> PointerView<'c, 'a> {
    pub(super) fn new(
        context: &'c Context<'c>,
        bindings: &'c Bindings,
        ty: &'c Type,
        pointer: any_pointer::Reader<'a>,
    ) -> Self {
        Self {
            context,
            ty,
            bindings,
            pointer,
            depth: 0,
            absence: 0,
        }
    }
}

impl Serialize for PointerView<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (context, pointer) = (self.context, self.pointer);
        if self.depth > DEEPEST {
            return Err(S::Error::custom("it is nested too deeply"));
        }
        let (ty, bindings) = self.bindings.resolve(self.ty);
        match ty {
            Type::Text => {
                let text = pointer.get_as::<capnp::text::Reader<'_>>();
                serialize_text(context, text.map_err(custom::<S>)?.as_bytes(), serializer)
            }
            Type::Data => {
                let data = pointer.get_as::<data::Reader<'_>>().map_err(custom::<S>)?;
                charge::<S>(context, data.len() / 6)?;
                serializer.collect_str(&Base64Display::new(data, &STANDARD))
            }
            Type::List(element) => ListView {
                context,
                element,
                bindings,
                pointer,
                depth: self.depth,
                absence: self.absence,
            }
            .serialize(serializer),
            Type::Struct(index, brand) => {
                let scopes = brand.0.as_ref().map_or(0, |scopes| scopes.len());
                charge::<S>(context, scopes)?;
                let reader = pointer.get_as::<brand::Reader<'_>>();
                StructView {
                    context,
                    strukt: context.schema.strukt(*index),
                    bindings: &bindings.enter(brand),
                    sections: Sections::of(reader.map_err(custom::<S>)?),
                    depth: self.depth,
                    absence: self.absence,
                }
                .serialize(serializer)
            }
            Type::Interface(index, brand) => {
                if pointer.is_null() {
                    return serializer.serialize_unit();
                }
                let client = pointer.get_as_capability().map_err(custom::<S>)?;
                let schema = context.schema.clone();
                let interface = Interface::new(schema, *index, bindings.enter(brand));
                serialize_capability(context, client, Some(interface), serializer)
            }
            Type::AnyPointer(_) => serialize_anything(context, pointer, serializer),
            Type::Scalar(_) | Type::Enum(_) | Type::Parameter { .. } => {
                unreachable!("the loader puts no such type behind a pointer")
            }
        }
    }
}

fn serialize_text<S: Serializer>(
    context: &Context<'_>,
    bytes: &[u8],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    charge::<S>(context, bytes.len() / 8)?;
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
}

pub(super) fn serialize_capability<S: Serializer>(
    context: &Context<'_>,
    client: Client,
    interface: Option<Interface>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let name = interface.as_ref().map(|it| it.display_name().to_owned());
    charge::<S>(context, 8 + name.as_ref().map_or(0, String::len) / 8)?;
    let number = context.keep(Capability { client, interface });
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("$capability", &number)?;
    if let Some(name) = name {
        map.serialize_entry("interface", &name)?;
    }
    map.end()
}

pub(super) fn charge<S: Serializer>(context: &Context<'_>, work: usize) -> Result<(), S::Error> {
    context.charge(work).map_err(S::Error::custom)
}

pub(super) fn custom<S: Serializer>(error: capnp::Error) -> S::Error {
    S::Error::custom(say(error))
}

fn say(error: capnp::Error) -> String {
    error.to_string()
}
