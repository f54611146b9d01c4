//! Reads the default of a field.

use capnp::{
    any_pointer, data, message::ReaderOptions, schema_capnp::value, text, traits::ImbueMut as _,
};

use super::{
    load::{unknown, unreadable, wrong},
    node::{Scalar, Type},
};
use crate::Result;

/// A default: the bits of a primitive, or a pointer as a message of its own.
pub(super) fn literal(ty: &Type, value: value::Reader<'_>) -> Result<(u64, Option<Vec<u8>>)> {
    let bits = match (ty, value.which().map_err(unknown)?) {
        (Type::Scalar(Scalar::Void), value::Void(())) => 0,
        (Type::Scalar(Scalar::Bool), value::Bool(it)) => it.into(),
        (Type::Scalar(Scalar::Int8), value::Int8(it)) => (it as u8).into(),
        (Type::Scalar(Scalar::Int16), value::Int16(it)) => (it as u16).into(),
        (Type::Scalar(Scalar::Int32), value::Int32(it)) => (it as u32).into(),
        (Type::Scalar(Scalar::Int64), value::Int64(it)) => it as u64,
        (Type::Scalar(Scalar::UInt8), value::Uint8(it)) => it.into(),
        (Type::Scalar(Scalar::UInt16), value::Uint16(it)) => it.into(),
        (Type::Scalar(Scalar::UInt32), value::Uint32(it)) => it.into(),
        (Type::Scalar(Scalar::UInt64), value::Uint64(it)) => it,
        (Type::Scalar(Scalar::Float32), value::Float32(it)) => it.to_bits().into(),
        (Type::Scalar(Scalar::Float64), value::Float64(it)) => it.to_bits(),
        (Type::Enum(_), value::Enum(it)) => it.into(),
        (Type::Text, value::Text(it)) => {
            return message::<text::Owned>(value.has_text(), it.map_err(unreadable)?);
        }
        (Type::Data, value::Data(it)) => {
            return message::<data::Owned>(value.has_data(), it.map_err(unreadable)?);
        }
        (Type::List(_), value::List(it))
        | (Type::Struct(..), value::Struct(it))
        | (Type::AnyPointer(_) | Type::Parameter { .. }, value::AnyPointer(it)) => {
            return message::<any_pointer::Owned>(!it.is_null(), it);
        }
        (Type::Interface(..), value::Interface(())) => 0,
        _ => return Err(wrong("its default is of another type".to_owned())),
    };
    Ok((bits, None))
}

fn message<T: capnp::traits::Owned>(
    is_there: bool,
    value: impl capnp::traits::SetterInput<T>,
) -> Result<(u64, Option<Vec<u8>>)> {
    if !is_there {
        return Ok((0, None));
    }
    let mut message = capnp::message::Builder::new_default();
    // A hostile default may hold capabilities: without a table to put them in, capnp panics.
    let mut capabilities = Vec::new();
    let mut root: any_pointer::Builder<'_> = message.init_root();
    root.imbue_mut(&mut capabilities);
    root.set_as::<T>(value).map_err(unreadable)?;
    Ok((0, Some(capnp::serialize::write_message_to_words(&message))))
}

/// Reads a default of a pointer again.
pub(super) fn read_default(bytes: &[u8]) -> capnp::Result<Message> {
    let mut options = ReaderOptions::new();
    options.traversal_limit_in_words(Some(64 + bytes.len()));
    capnp::serialize::read_message(bytes, options)
}

type Message = capnp::message::Reader<capnp::serialize::OwnedSegments>;
