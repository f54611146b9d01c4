//! JSON to Cap'n Proto: what a call sends.

use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use capnp::{
    any_pointer,
    capability::{Client, FromClientHook as _},
};
use serde_json::{Map, Value};

use super::{
    bindings::Bindings,
    misfit::{Fit, Misfit},
    node::{AnyPointer, Field, FieldKind, Index, Kind, Slot, Struct, Type},
    scalar::{self, found},
    schema::Schema,
    structure::Structure,
    words::{ElementSize, Words},
};
use crate::{Error, Result};

/// As deep as the receiver reads by default.
const DEEPEST: usize = 64;

/// A struct, encoded: ready to be the parameters of a call or the results of one.
#[derive(Debug)]
pub struct Encoded(Words);

impl Encoded {
    /// Encodes a JSON object as this struct.
    ///
    /// The rules are those of `capnp convert json:binary`, and these: 64-bit integers are exact, and
    /// numbers or text; enums are names or numbers; data is base64; a capability is
    /// `{"$capability": n}`, an index into `capabilities`. An `AnyPointer` is text,
    /// `{"$capability": n}`, `{"$data": base64}`, `{"$type": "file.capnp:Struct", "value": …}`, or
    /// `{"$message": base64}` of a whole message. What is left out, or null, is what the schema has for it.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] says which field does not fit, what was found, and what is expected.
    pub fn new(structure: &Structure, value: &Value, capabilities: &[Client]) -> Result<Self> {
        let mut encoder = Encoder {
            schema: &structure.schema,
            words: Words::new(),
            capabilities,
        };
        let at = Pointer { word: 0, depth: 0 };
        match encoder.strukt(structure.index, &structure.bindings, at, value) {
            Ok(()) => Ok(Self(encoder.words)),
            Err(misfit) => Err(misfit.into_error()),
        }
    }

    /// Copies it to where a pointer is wanted, such as the parameters of a request.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] where the message that it is copied to has no room.
    pub fn copy_to(&self, mut pointer: any_pointer::Builder<'_>) -> Result<()> {
        self.0
            .read(|root| pointer.set_as::<any_pointer::Owned>(root))
            .map_err(Error::Remote)
    }

    /// Lets `read` see it as a receiver would.
    pub fn read<T>(&self, read: impl FnOnce(any_pointer::Reader<'_>) -> T) -> T {
        self.0
            .read(|root| Ok(read(root)))
            .expect("the root pointer is always there")
    }
}

pub(super) struct Encoder<'a> {
    pub(super) schema: &'a Schema,
    pub(super) words: Words,
    capabilities: &'a [Client],
}

/// Where a pointer is to be written.
#[derive(Clone, Copy)]
pub(super) struct Pointer {
    pub(super) word: usize,
    depth: usize,
}

/// Where the sections of a struct begin, in words.
#[derive(Clone, Copy)]
struct Place {
    data: usize,
    pointers: usize,
    depth: usize,
}

impl Encoder<'_> {
    pub(super) fn strukt(
        &mut self,
        index: Index,
        bindings: &Bindings,
        at: Pointer,
        value: &Value,
    ) -> Fit {
        let strukt = self.schema.strukt(index);
        let object = self.object(index, value)?;
        let depth = deeper(at)?;
        let data = self
            .words
            .strukt(at.word, strukt.data_words, strukt.pointers)?;
        let place = Place {
            data,
            pointers: data + usize::from(strukt.data_words),
            depth,
        };
        self.fields(index, bindings, place, object)
    }

    fn object<'v>(&self, index: Index, value: &'v Value) -> Result<&'v Map<String, Value>, Misfit> {
        match value {
            Value::Object(object) => Ok(object),
            _ => Err(Misfit::new(format!(
                "expected an object (`{}`), found {}",
                self.schema.node(index).short_name(),
                found(value)
            ))),
        }
    }

    fn fields(
        &mut self,
        index: Index,
        bindings: &Bindings,
        place: Place,
        object: &Map<String, Value>,
    ) -> Fit {
        let strukt = self.schema.strukt(index);
        let mut member: Option<&Field> = None;
        for (name, value) in object {
            let Some(field) = strukt.by_name.get(name).map(|at| &strukt.fields[*at]) else {
                let names = || strukt.fields.iter().map(|field| field.name.as_str());
                let suggestion = scalar::suggestion(name, names);
                return Err(
                    Misfit::new(format!("there is no such field; {suggestion}")).within(name)
                );
            };
            if let (Some(tag), Some(offset)) = (field.tag, strukt.tag) {
                if let Some(other) = member.replace(field) {
                    let other = &other.name;
                    return Err(Misfit::new(format!(
                        "`{other}` is given as well, and they are members of one union"
                    ))
                    .within(name));
                }
                self.words
                    .write(place.data * 8 + offset as usize * 2, tag.into(), 16);
            }
            self.field(field, bindings, place, value)
                .map_err(|misfit| misfit.within(name))?;
        }
        // A group's defaults are written nowhere, and need not be: they are what zero stands for.
        Ok(())
    }

    fn field(&mut self, field: &Field, bindings: &Bindings, place: Place, value: &Value) -> Fit {
        match &field.kind {
            FieldKind::Group(group) => {
                let object = self.object(*group, value)?;
                self.fields(*group, bindings, place, object)
            }
            FieldKind::Slot(slot) => self.slot(slot, bindings, place, value),
        }
    }

    fn slot(&mut self, slot: &Slot, bindings: &Bindings, place: Place, value: &Value) -> Fit {
        let offset = slot.offset as usize;
        match &slot.ty {
            Type::Scalar(_) | Type::Enum(_) => {
                let bits = self.bits(&slot.ty, value)? ^ slot.mask;
                match slot.ty.data_bits() {
                    None | Some(0) => {}
                    Some(1) if bits & 1 == 1 => self.words.flip(place.data * 8, offset),
                    Some(1) => {}
                    Some(width) => {
                        let at = place.data * 8 + offset * (width / 8) as usize;
                        self.words.write(at, bits, width);
                    }
                }
                Ok(())
            }
            ty => {
                let at = Pointer {
                    word: place.pointers + offset,
                    depth: place.depth,
                };
                self.pointer(ty, bindings, at, value)
            }
        }
    }

    fn bits(&self, ty: &Type, value: &Value) -> Result<u64, Misfit> {
        match ty {
            Type::Scalar(it) => scalar::bits(*it, value),
            Type::Enum(index) => match self.schema.node(*index) {
                node @ super::node::Node {
                    kind: Kind::Enum(it),
                    ..
                } => scalar::enumerant(it, node.short_name(), value),
                _ => unreachable!("the loader checked that it is an enum"),
            },
            _ => unreachable!("it is called for what has bits"),
        }
        .map_err(Misfit::new)
    }

    fn pointer(&mut self, ty: &Type, bindings: &Bindings, at: Pointer, value: &Value) -> Fit {
        if value.is_null() {
            return Ok(());
        }
        let (ty, bindings) = bindings.resolve(ty);
        match ty {
            Type::Text => match value {
                Value::String(text) => Ok(self.words.blob(at.word, text.as_bytes(), true)?),
                _ => Err(Misfit::new(format!(
                    "expected Text, found {}",
                    found(value)
                ))),
            },
            Type::Data => Ok(self.words.blob(at.word, &data(value)?, false)?),
            Type::List(element) => self.list(element, bindings, at, value),
            Type::Struct(index, brand) => {
                let within = bindings.enter(brand);
                self.strukt(*index, &within, at, value)
            }
            Type::Interface(index, _) => {
                let name = self.schema.node(*index).short_name();
                self.capability(at, value, name)
            }
            Type::AnyPointer(AnyPointer::Capability) => self.capability(at, value, "Capability"),
            Type::AnyPointer(_) => self.anything(at, value),
            Type::Parameter { .. } | Type::Scalar(_) | Type::Enum(_) => {
                unreachable!("the loader puts no such type behind a pointer")
            }
        }
    }

    fn list(&mut self, element: &Type, bindings: &Bindings, at: Pointer, value: &Value) -> Fit {
        let Value::Array(values) = value else {
            return Err(Misfit::new(format!(
                "expected a list, found {}",
                found(value)
            )));
        };
        let depth = deeper(at)?;
        let (element, bindings) = bindings.resolve(element);
        match element {
            Type::Scalar(_) | Type::Enum(_) => {
                let width = element.data_bits().unwrap_or(0);
                let size = ElementSize::Bits(width);
                let start = self.words.list(at.word, size, values.len())? * 8;
                for (position, value) in values.iter().enumerate() {
                    let bits = self
                        .bits(element, value)
                        .map_err(|misfit| misfit.at(position))?;
                    match width {
                        0 => {}
                        1 if bits == 1 => self.words.flip(start, position),
                        1 => {}
                        _ => {
                            let at = start + position * (width / 8) as usize;
                            self.words.write(at, bits, width);
                        }
                    }
                }
            }
            Type::Struct(index, brand) => {
                let within = bindings.enter(brand);
                let strukt: &Struct = self.schema.strukt(*index);
                let (data_words, pointers) = (strukt.data_words, strukt.pointers);
                let size = usize::from(data_words) + usize::from(pointers);
                let count = values.len();
                let start = self
                    .words
                    .struct_list(at.word, data_words, pointers, count)?;
                for (position, value) in values.iter().enumerate() {
                    let data = start + position * size;
                    let place = Place {
                        data,
                        pointers: data + usize::from(data_words),
                        depth: depth + 1,
                    };
                    self.object(*index, value)
                        .and_then(|object| self.fields(*index, &within, place, object))
                        .map_err(|misfit| misfit.at(position))?;
                }
            }
            _ => {
                let start = self
                    .words
                    .list(at.word, ElementSize::Pointer, values.len())?;
                for (position, value) in values.iter().enumerate() {
                    let word = start + position;
                    self.pointer(element, bindings, Pointer { word, depth }, value)
                        .map_err(|misfit| misfit.at(position))?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn capability(&mut self, at: Pointer, value: &Value, interface: &str) -> Fit {
        let index = value.get("$capability").and_then(Value::as_u64);
        let Some(index) = index else {
            return Err(Misfit::new(format!(
                "expected a capability (`{interface}`: {{\"$capability\": n}}), found {}",
                found(value)
            )));
        };
        let given = usize::try_from(index)
            .ok()
            .and_then(|index| self.capabilities.get(index));
        match given {
            Some(client) => {
                self.words
                    .capability(at.word, client.clone().into_client_hook());
                Ok(())
            }
            None => Err(Misfit::new(format!("there is no capability {index}"))),
        }
    }
}

/// One level deeper, if there is one.
fn deeper(at: Pointer) -> Result<usize, Misfit> {
    if at.depth >= DEEPEST {
        return Err(Misfit::new(format!("nested deeper than {DEEPEST} levels")));
    }
    Ok(at.depth + 1)
}

pub(super) fn data(value: &Value) -> Result<Vec<u8>, Misfit> {
    const BASE64: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let bytes = match value {
        Value::String(text) => BASE64.decode(text).ok(),
        // As the C++ codec writes it.
        Value::Array(bytes) => bytes
            .iter()
            .map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok()))
            .collect(),
        _ => None,
    };
    bytes.ok_or_else(|| Misfit::new(format!("expected Data (base64), found {}", found(value))))
}
