//! [`Template`]: the parameters of a method as JSON, ready to be filled in.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{
    bindings::Bindings,
    interface::Method,
    literal_text::{bits_value, pointer_value},
    node::{FieldKind, Index, Type},
    ordered::Ordered,
    schema::Schema,
};

/// The parameters of a method as JSON, ready to be filled in: every field with its default, in the
/// order of the schema. [`Display`](fmt::Display) is pretty; serialized, it is what a call takes.
///
/// Of a union only the first member is there. A list of structs has one element, to be copied.
#[derive(Clone, Debug)]
pub struct Template(pub(super) Ordered);

impl Method {
    /// The parameters as JSON, ready to be filled in.
    pub fn template(&self) -> Template {
        let params = self.params();
        let mut sketch = Sketch {
            schema: &params.schema,
            around: Vec::new(),
            left: MOST_FIELDS,
        };
        Template(sketch.strukt(params.index, &params.bindings))
    }
}

/// More than anybody fills in.
const MOST_FIELDS: usize = 1 << 14;
const DEEPEST: usize = 16;

struct Sketch<'a> {
    schema: &'a Schema,
    /// The structs that are being sketched: one within itself is left to its reader.
    around: Vec<Index>,
    left: usize,
}

impl Sketch<'_> {
    fn strukt(&mut self, index: Index, bindings: &Bindings) -> Ordered {
        if self.around.contains(&index) || self.around.len() > DEEPEST {
            return Ordered::Value(Value::Null);
        }
        self.around.push(index);
        let fields = self.fields(index, bindings);
        self.around.pop();
        fields
    }

    fn fields(&mut self, index: Index, bindings: &Bindings) -> Ordered {
        let strukt = self.schema.strukt(index);
        let Some(left) = self.left.checked_sub(1 + strukt.fields.len()) else {
            return Ordered::Object(Vec::new());
        };
        self.left = left;
        let mut fields: Vec<_> = strukt.fields.iter().collect();
        fields.sort_by_key(|field| field.code_order);
        let mut object = Vec::new();
        for field in fields {
            if field.tag.is_some_and(|tag| tag != 0) {
                continue;
            }
            let part = match &field.kind {
                FieldKind::Group(group) => self.fields(*group, bindings),
                FieldKind::Slot(slot) if slot.ty.data_bits().is_some() => {
                    Ordered::Value(bits_value(self.schema, &slot.ty, slot.mask))
                }
                FieldKind::Slot(slot) => match pointer_value(self.schema, slot) {
                    Some(default) => Ordered::Value(default),
                    None => self.pointer(&slot.ty, bindings),
                },
            };
            object.push((field.name.clone(), part));
        }
        Ordered::Object(object)
    }

    fn pointer(&mut self, ty: &Type, bindings: &Bindings) -> Ordered {
        let (ty, bindings) = bindings.resolve(ty);
        match ty {
            Type::Text | Type::Data => Ordered::Value(json!("")),
            Type::Struct(index, brand) => self.strukt(*index, &bindings.enter(brand)),
            Type::List(element) => {
                let (element, bindings) = bindings.resolve(element);
                let element = match element {
                    Type::Struct(index, brand) => self.strukt(*index, &bindings.enter(brand)),
                    _ => Ordered::Value(Value::Null),
                };
                match element {
                    Ordered::Value(Value::Null) => Ordered::List(Vec::new()),
                    element => Ordered::List(vec![element]),
                }
            }
            _ => Ordered::Value(Value::Null),
        }
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(self).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}
