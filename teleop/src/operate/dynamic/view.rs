//! The parts of a value that is being serialized, each read when its turn comes.

use base64::{display::Base64Display, engine::general_purpose::STANDARD};
use capnp::{
    any_pointer, any_pointer_list, capability::Client, data, primitive_list, raw,
    schema_capnp::brand, struct_list,
};
use serde::{
    Serialize, Serializer,
    ser::{Error as _, SerializeMap as _, SerializeSeq as _},
};

use super::{
    bindings::Bindings,
    decode::{Capability, Context},
    interface::Interface,
    node::{Field, FieldKind, Index, Kind, Scalar, Struct, Type},
    structure::Structure,
};

/// As deep as anything is shown. Messages are at most 64 levels deep by default; groups come on top.
const DEEPEST: u32 = 100;
/// Of a list longer than this, a serializer is not told the length, lest it makes room for it.
const PLAIN_LENGTH: usize = 4096;

/// Any generated struct will do: only its sections are asked for.
type StandIn = brand::Owned;

/// A struct, or a group in one.
pub(super) struct StructView<'c, 'a> {
    context: &'c Context<'c>,
    strukt: &'c Struct,
    bindings: &'c Bindings,
    sections: Sections<'a>,
    depth: u32,
}

#[derive(Clone, Copy)]
struct Sections<'a> {
    data: &'a [u8],
    pointers: any_pointer_list::Reader<'a>,
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
                    None if field.tag.is_some_and(|tag| tag != 0) => Some(FieldView::Null),
                    None => None,
                },
            },
        }
    }
}

impl<'a> Sections<'a> {
    fn of(reader: brand::Reader<'a>) -> Self {
        Self {
            data: raw::get_struct_data_section(reader),
            pointers: raw::get_struct_pointer_section(reader),
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
        let pointer = self.pointers.try_get(offset)?;
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
    Null,
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
            }
            .serialize(serializer),
            FieldView::Pointer(ty, pointer) => PointerView {
                context: view.context,
                ty,
                bindings: view.bindings,
                pointer: *pointer,
                depth: view.depth + 1,
            }
            .serialize(serializer),
            FieldView::Null => serializer.serialize_unit(),
        }
    }
}

/// What is behind a pointer that is not null, or the element of a list.
pub(super) struct PointerView<'c, 'a> {
    context: &'c Context<'c>,
    ty: &'c Type,
    bindings: &'c Bindings,
    pointer: any_pointer::Reader<'a>,
    depth: u32,
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

struct ListView<'c, 'a> {
    context: &'c Context<'c>,
    element: &'c Type,
    bindings: &'c Bindings,
    pointer: any_pointer::Reader<'a>,
    depth: u32,
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
                })
            }
        }
    }
}

/// An element of a list that is no pointer.
struct ScalarView<'c> {
    context: &'c Context<'c>,
    kind: Element,
    bits: u64,
}

#[derive(Clone, Copy)]
enum Element {
    Scalar(Scalar),
    Enum(Index),
}

impl Serialize for ScalarView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.kind {
            Element::Scalar(kind) => serialize_scalar(self.context, kind, self.bits, serializer),
            Element::Enum(index) => {
                serialize_enum(self.context, index, self.bits as u16, serializer)
            }
        }
    }
}

fn serialize_scalar<S: Serializer>(
    context: &Context<'_>,
    scalar: Scalar,
    bits: u64,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match scalar {
        Scalar::Void => serializer.serialize_unit(),
        Scalar::Bool => serializer.serialize_bool(bits & 1 == 1),
        Scalar::Int8 => serializer.serialize_i8(bits as i8),
        Scalar::Int16 => serializer.serialize_i16(bits as i16),
        Scalar::Int32 => serializer.serialize_i32(bits as i32),
        Scalar::Int64 => serializer.serialize_i64(bits as i64),
        Scalar::UInt8 => serializer.serialize_u8(bits as u8),
        Scalar::UInt16 => serializer.serialize_u16(bits as u16),
        Scalar::UInt32 => serializer.serialize_u32(bits as u32),
        Scalar::UInt64 => serializer.serialize_u64(bits),
        Scalar::Float32 => match f32::from_bits(bits as u32) {
            it if !it.is_finite() => serializer.serialize_str(not_finite(it.into())),
            it if context.is_kept => {
                let shortest = it.to_string().parse().unwrap_or_else(|_| it.into());
                serializer.serialize_f64(shortest)
            }
            it => serializer.serialize_f32(it),
        },
        Scalar::Float64 => match f64::from_bits(bits) {
            it if !it.is_finite() => serializer.serialize_str(not_finite(it)),
            it => serializer.serialize_f64(it),
        },
    }
}

fn not_finite(it: f64) -> &'static str {
    if it.is_nan() {
        "NaN"
    } else if it > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

fn serialize_enum<S: Serializer>(
    context: &Context<'_>,
    index: Index,
    value: u16,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let name = match &context.schema.node(index).kind {
        Kind::Enum(it) => it.enumerants.get(usize::from(value)),
        _ => None,
    };
    match name {
        Some(enumerant) => {
            charge::<S>(context, enumerant.name.len() / 8)?;
            serializer.serialize_str(&enumerant.name)
        }
        None => serializer.serialize_u16(value),
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

fn serialize_capability<S: Serializer>(
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

/// A pointer of which nothing is known: whatever says most about it.
fn serialize_anything<S: Serializer>(
    context: &Context<'_>,
    pointer: any_pointer::Reader<'_>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if pointer.is_null() {
        return serializer.serialize_unit();
    }
    if let Ok(client) = pointer.get_as_capability() {
        return serialize_capability(context, client, None, serializer);
    }
    let mut map = serializer.serialize_map(None)?;
    let text = pointer.get_as::<capnp::text::Reader<'_>>().ok();
    if let Some(text) = text.and_then(|text| text.to_str().ok()) {
        charge::<S>(context, text.len() / 8)?;
        map.serialize_entry("$text", text)?;
        return map.end();
    }
    // A deep copy is made: paid for before, by what it will take.
    let size = pointer.target_size().map_err(custom::<S>)?;
    charge::<S>(
        context,
        usize::try_from(size.word_count).unwrap_or(usize::MAX),
    )?;
    let (message, capabilities) = copy(context, pointer).map_err(custom::<S>)?;
    map.serialize_entry(
        "$message",
        &Base64Display::new(&message, &STANDARD).to_string(),
    )?;
    if !capabilities.is_empty() {
        map.serialize_entry("$capabilities", &capabilities)?;
    }
    map.end()
}

/// The message that the pointer is the root of, and the numbers of the capabilities in it.
fn copy(
    context: &Context<'_>,
    pointer: any_pointer::Reader<'_>,
) -> capnp::Result<(Vec<u8>, Vec<usize>)> {
    use capnp::traits::ImbueMut as _;
    let mut table = Vec::new();
    let mut message = capnp::message::Builder::new_default();
    let mut root: any_pointer::Builder<'_> = message.init_root();
    root.imbue_mut(&mut table);
    root.set_as::<any_pointer::Owned>(pointer)?;
    let capabilities = table.into_iter().flatten().map(|hook| {
        let client = Client::new(hook);
        let interface = None;
        context.keep(Capability { client, interface })
    });
    let capabilities = capabilities.collect();
    Ok((
        capnp::serialize::write_message_to_words(&message),
        capabilities,
    ))
}

fn charge<S: Serializer>(context: &Context<'_>, work: usize) -> Result<(), S::Error> {
    context.charge(work).map_err(S::Error::custom)
}

fn custom<S: Serializer>(error: capnp::Error) -> S::Error {
    S::Error::custom(say(error))
}

fn say(error: capnp::Error) -> String {
    error.to_string()
}
