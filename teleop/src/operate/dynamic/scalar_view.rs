//! Numbers, truth values and enumerants, being serialized.

use serde::{Serialize, Serializer};

use super::{
    decode::Context,
    node::{Index, Kind, Scalar},
    view::charge,
};

/// An element of a list that is no pointer.
pub(super) struct ScalarView<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) kind: Element,
    pub(super) bits: u64,
}

#[derive(Clone, Copy)]
pub(super) enum Element {
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

pub(super) fn serialize_scalar<S: Serializer>(
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
                let text = serde_json::to_string(&it).unwrap_or_default();
                serializer.serialize_f64(text.parse().unwrap_or_else(|_| it.into()))
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

pub(super) fn serialize_enum<S: Serializer>(
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
