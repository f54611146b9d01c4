//! Defaults, as text of the schema language and as JSON.

use base64::Engine as _;
use capnp::any_pointer;
use serde_json::{Value, json};

use super::{
    bindings::Bindings,
    decode,
    literal::read_default,
    node::{FieldKind, Kind, Scalar, Slot, Type},
    schema::Schema,
};

/// Of a default, as much as anybody reads.
const MOST_SHOWN: u64 = 128;

/// The bits of a default, in the schema language.
pub(super) fn bits_text(schema: &Schema, ty: &Type, bits: u64) -> String {
    literal(schema, ty, &bits_value(schema, ty, bits))
}

/// The default of a pointer, in the schema language.
pub(super) fn pointer(schema: &Schema, slot: &Slot) -> String {
    match pointer_value(schema, slot) {
        Some(value) => literal(schema, &slot.ty, &value),
        None => "…".to_owned(),
    }
}

/// The bits of a default, as JSON.
pub(super) fn bits_value(schema: &Schema, ty: &Type, bits: u64) -> Value {
    let float = |value: f64, text: String| match value {
        it if it.is_nan() => json!("NaN"),
        it if it.is_infinite() && it > 0.0 => json!("Infinity"),
        it if it.is_infinite() => json!("-Infinity"),
        // From text, since a float of 32 bits is not the double that it looks like.
        _ => text.parse::<f64>().map_or(Value::Null, |it| json!(it)),
    };
    match ty {
        Type::Enum(index) => match &schema.node(*index).kind {
            Kind::Enum(it) => match usize::try_from(bits)
                .ok()
                .and_then(|at| it.enumerants.get(at))
            {
                Some(enumerant) => json!(enumerant.name),
                None => json!(bits),
            },
            _ => json!(bits),
        },
        Type::Scalar(scalar) => match scalar {
            Scalar::Void => Value::Null,
            Scalar::Bool => json!(bits & 1 == 1),
            Scalar::Int8 => json!(bits as i8),
            Scalar::Int16 => json!(bits as i16),
            Scalar::Int32 => json!(bits as i32),
            Scalar::Int64 => json!(bits as i64),
            Scalar::UInt8 | Scalar::UInt16 | Scalar::UInt32 | Scalar::UInt64 => json!(bits),
            Scalar::Float32 => {
                let it = f32::from_bits(bits as u32);
                float(it.into(), serde_json::to_string(&it).unwrap_or_default())
            }
            Scalar::Float64 => {
                let it = f64::from_bits(bits);
                float(it, it.to_string())
            }
        },
        _ => Value::Null,
    }
}

/// The default of a pointer, as JSON; `None` where it has none, or one that is too large to be shown.
pub(super) fn pointer_value(schema: &Schema, slot: &Slot) -> Option<Value> {
    let bytes = slot.default.as_deref()?;
    let message = read_default(bytes).ok()?;
    let root: any_pointer::Reader<'_> = message.get_root().ok()?;
    decode::pointer_value(schema, &Bindings::default(), &slot.ty, root, MOST_SHOWN).ok()
}

/// A value of this type in the schema language.
fn literal(schema: &Schema, ty: &Type, value: &Value) -> String {
    match (ty, value) {
        (Type::Scalar(Scalar::Void), _) => "void".to_owned(),
        (Type::Scalar(Scalar::Float32 | Scalar::Float64), Value::String(name)) => {
            match name.as_str() {
                "NaN" => "nan".to_owned(),
                "Infinity" => "inf".to_owned(),
                _ => "-inf".to_owned(),
            }
        }
        (Type::Enum(_), Value::String(name)) => name.clone(),
        (Type::Data, Value::String(base64)) => {
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(base64)
                .unwrap_or_default();
            let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("0x\"{}\"", digits.join(" "))
        }
        (Type::List(element), Value::Array(values)) => {
            let values: Vec<_> = values
                .iter()
                .map(|value| literal(schema, element, value))
                .collect();
            format!("[{}]", values.join(", "))
        }
        (Type::Struct(index, _), Value::Object(object)) => {
            let strukt = schema.strukt(*index);
            let fields: Vec<_> = object
                .iter()
                .filter_map(|(name, value)| {
                    let field = &strukt.fields[*strukt.by_name.get(name)?];
                    let value = match &field.kind {
                        FieldKind::Slot(slot) => {
                            let is_default = slot.ty.data_bits().is_some()
                                && field.tag.is_none_or(|tag| tag == 0)
                                && *value == bits_value(schema, &slot.ty, slot.mask);
                            if is_default {
                                return None;
                            }
                            literal(schema, &slot.ty, value)
                        }
                        FieldKind::Group(group) => {
                            let group = Type::Struct(*group, super::node::Brand::default());
                            match literal(schema, &group, value) {
                                empty if empty == "()" && field.tag.is_none() => return None,
                                other => other,
                            }
                        }
                    };
                    Some(format!("{name} = {value}"))
                })
                .collect();
            format!("({})", fields.join(", "))
        }
        // Text looks the same in both.
        (_, value) => value.to_string(),
    }
}
