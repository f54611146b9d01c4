//! An interface as data: what [`Text`](super::Text) says, for programs.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::{
    interface::{Interface, Method},
    literal_text::{bits_value, pointer_value},
    node::{self, FieldKind, Index, Kind, Results},
    reached::{Reached, local_name},
    schema::Schema,
    write_text::type_text,
};

impl Interface {
    /// The interface as JSON: its name, id and comment, its methods with their parameters and results,
    /// those that it inherits included, and every type that they mention.
    pub fn describe(&self) -> Value {
        let room = Room::new();
        let methods = self.methods();
        let methods: Vec<_> = methods.iter().map(|it| method(it, &room)).collect();
        let mut object = head(&self.schema, self.index);
        object.insert("methods".to_owned(), json!(methods));
        object.insert(
            "types".to_owned(),
            types(&self.schema, Reached::from_interface(self), &room),
        );
        Value::Object(object)
    }
}

impl Method {
    /// The method as JSON: its name, number and comment, its parameters and results, and every type
    /// that they mention.
    pub fn describe(&self) -> Value {
        let room = Room::new();
        let mut object = method(self, &room);
        let schema = self.interface().schema();
        object["types"] = types(schema, Reached::from_method(self), &room);
        object
    }
}

/// How many fields may still be shown. Any number of methods may have the same long list of them.
struct Room(Cell<usize>);

impl Room {
    fn new() -> Self {
        Self(Cell::new(1 << 16))
    }

    fn take(&self, fields: usize) -> bool {
        let left = self.0.get().checked_sub(fields);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

fn method(it: &Method, room: &Room) -> Value {
    let schema = it.interface().schema();
    let node = it.node();
    let (params, _) = &node.params;
    let mut object = json!({
        "name": it.name(),
        "ordinal": it.ordinal(),
        "interface": it.interface().display_name(),
        "doc": it.doc(),
        "parameters": fields(schema, *params, &node.parameters, room),
        "streaming": it.is_streaming(),
    });
    if let Results::Struct(results, _) = &node.results {
        object["results"] = fields(schema, *results, &node.parameters, room);
    }
    object
}

/// What every type has.
fn head(schema: &Schema, index: Index) -> Map<String, Value> {
    let node = schema.node(index);
    let kind = match node.kind {
        Kind::Struct(_) => "struct",
        Kind::Enum(_) => "enum",
        Kind::Interface(_) => "interface",
        Kind::Other => "other",
    };
    let mut object = Map::new();
    let mut set = |name: &str, value| object.insert(name.to_owned(), value);
    set("kind", json!(kind));
    set("name", json!(local_name(schema, index)));
    set("displayName", json!(node.display_name));
    // As text: many readers of JSON have no integers of 64 bits.
    set("id", json!(format!("{:#018x}", node.id)));
    set("doc", json!(node.doc));
    if !node.parameters.is_empty() {
        set("typeParameters", json!(node.parameters));
    }
    if let Kind::Interface(it) = &node.kind {
        let names = it
            .superclasses
            .iter()
            .map(|(index, _)| local_name(schema, *index));
        set("extends", names.collect());
    }
    object
}

fn types(schema: &Schema, indices: Vec<Index>, room: &Room) -> Value {
    let types = indices.into_iter().map(|index| {
        let mut object = head(schema, index);
        match &schema.node(index).kind {
            Kind::Struct(_) => {
                object.insert("fields".to_owned(), fields(schema, index, &[], room));
            }
            Kind::Enum(it) => {
                let enumerants = it.enumerants.iter();
                let enumerants = enumerants.map(|it| json!({"name": it.name, "doc": it.doc}));
                object.insert("enumerants".to_owned(), enumerants.collect());
            }
            Kind::Interface(it) => {
                let methods = (0..).zip(&it.methods).map(|(ordinal, it): (u32, _)| {
                    json!({"name": it.name, "ordinal": ordinal, "doc": it.doc})
                });
                object.insert("methods".to_owned(), methods.collect());
            }
            Kind::Other => {}
        }
        Value::Object(object)
    });
    types.collect()
}

fn fields(schema: &Schema, index: Index, parameters: &[String], room: &Room) -> Value {
    if !room.take(schema.strukt(index).fields.len()) {
        return Value::Null;
    }
    let mut fields: Vec<_> = schema.strukt(index).fields.iter().collect();
    fields.sort_by_key(|field| field.code_order);
    let fields = fields
        .into_iter()
        .map(|it| field(schema, it, parameters, room));
    fields.collect()
}

fn field(schema: &Schema, it: &node::Field, parameters: &[String], room: &Room) -> Value {
    let mut object = json!({"name": it.name, "doc": it.doc});
    match &it.kind {
        FieldKind::Group(group) => object["group"] = fields(schema, *group, parameters, room),
        FieldKind::Slot(slot) => {
            object["type"] = json!(type_text(schema, &slot.ty, parameters));
            let default = match slot.ty.data_bits() {
                Some(0) => None,
                Some(_) => Some(bits_value(schema, &slot.ty, slot.mask)),
                None => pointer_value(schema, slot),
            };
            if let Some(default) = default {
                object["default"] = default;
            }
        }
    }
    if let Some(tag) = it.tag {
        object["union"] = json!(tag);
    }
    object
}
