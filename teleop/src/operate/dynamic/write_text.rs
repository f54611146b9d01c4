//! Writes nodes as [`Text`].

use super::{
    literal_text::{self, bits_text},
    node::{self, Brand, Field, FieldKind, Index, Kind, Results, ScopeBinding, Type},
    reached::{is_named, local_name},
    schema::Schema,
    text::{Class, Text},
};

/// Writes nodes of a schema, one after the other.
pub(super) struct Writer<'a> {
    schema: &'a Schema,
    pub(super) text: Text,
    /// The type parameters of the method that is being written.
    parameters: &'a [String],
}

impl<'a> Writer<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        Self {
            schema,
            text: Text::default(),
            parameters: &[],
        }
    }

    pub(super) fn node(&mut self, index: Index) {
        let schema = self.schema;
        let node = schema.node(index);
        let keyword = match node.kind {
            Kind::Struct(_) => "struct",
            Kind::Enum(_) => "enum",
            Kind::Interface(_) => "interface",
            Kind::Other => return,
        };
        self.text.push(Class::Keyword, keyword).plain(" ");
        self.text
            .push(Class::Name, local_name(schema, index))
            .plain(" ");
        self.text
            .push(Class::Ordinal, format!("@{:#x}", node.id))
            .plain(" ");
        if !node.parameters.is_empty() {
            let parameters = node.parameters.join(", ");
            self.text.plain(&format!("({parameters}) "));
        }
        match &node.kind {
            Kind::Interface(it) if !it.superclasses.is_empty() => {
                self.text.push(Class::Keyword, "extends").plain(" (");
                self.separated(&it.superclasses, |writer, (index, brand)| {
                    writer.named(*index, brand);
                });
                self.text.plain(") ");
            }
            _ => {}
        }
        self.text.open();
        self.text.doc(&node.doc);
        if !node.doc.is_empty() {
            self.text.plain("\n");
        }
        match &node.kind {
            Kind::Struct(it) => self.fields(it),
            Kind::Enum(it) => {
                let mut enumerants: Vec<_> = it.enumerants.iter().enumerate().collect();
                enumerants.sort_by_key(|(_, enumerant)| enumerant.code_order);
                for (ordinal, enumerant) in enumerants {
                    self.text
                        .line()
                        .push(Class::Name, &enumerant.name)
                        .plain(" ");
                    self.text
                        .push(Class::Ordinal, format!("@{ordinal}"))
                        .plain(";");
                    self.text.doc(&enumerant.doc);
                }
            }
            Kind::Interface(it) => {
                let mut methods: Vec<_> = (0..).zip(&it.methods).collect();
                methods.sort_by_key(|(_, method)| method.code_order);
                let mut above: Option<&node::Method> = None;
                for (ordinal, method) in methods {
                    // A comment stands below what it is about, and is not to be taken for the next one's.
                    if above.is_some_and(|above| !above.doc.is_empty() || !method.doc.is_empty()) {
                        self.text.plain("\n");
                    }
                    above = Some(method);
                    self.text.line();
                    self.method(method, ordinal);
                }
            }
            Kind::Other => {}
        }
        self.text.close();
        self.text.plain("\n");
    }

    pub(super) fn method(&mut self, method: &'a node::Method, ordinal: u16) {
        self.text.push(Class::Name, &method.name).plain(" ");
        self.text
            .push(Class::Ordinal, format!("@{ordinal}"))
            .plain(" ");
        if !method.parameters.is_empty() {
            let parameters = method.parameters.join(", ");
            self.text.plain(&format!("[{parameters}] "));
        }
        self.parameters = &method.parameters;
        let (params, brand) = &method.params;
        self.signature(*params, brand);
        self.text.plain(" -> ");
        match &method.results {
            Results::Stream => {
                self.text.push(Class::Keyword, "stream");
            }
            Results::Struct(results, brand) => self.signature(*results, brand),
        }
        self.parameters = &[];
        self.text.plain(";");
        self.text.doc(&method.doc);
    }

    /// The parameters or results of a method: a list where they were written as one.
    fn signature(&mut self, index: Index, brand: &Brand) {
        if is_named(self.schema, index) {
            return self.named(index, brand);
        }
        // Any number of methods may have the same long list.
        if self.text.is_full() {
            return;
        }
        let strukt = self.schema.strukt(index);
        let mut fields: Vec<_> = strukt.fields.iter().collect();
        fields.sort_by_key(|field| field.code_order);
        self.text.plain("(");
        self.separated(&fields, |writer, field| {
            writer.text.push(Class::Name, &field.name);
            if let FieldKind::Slot(slot) = &field.kind {
                writer.slot(slot);
            }
        });
        self.text.plain(")");
    }

    fn fields(&mut self, strukt: &'a node::Struct) {
        let mut fields: Vec<_> = strukt.fields.iter().collect();
        fields.sort_by_key(|field| field.code_order);
        let (members, others): (Vec<_>, Vec<_>) = fields
            .iter()
            .copied()
            .partition(|field| field.tag.is_some());
        let first_member = members.first().map_or(u16::MAX, |field| field.code_order);
        let (before, after): (Vec<&Field>, Vec<_>) = others
            .into_iter()
            .partition(|field| field.code_order < first_member);
        before.into_iter().for_each(|field| self.field(field));
        if !members.is_empty() {
            self.text.line().push(Class::Keyword, "union").plain(" ");
            self.text.open();
            members.into_iter().for_each(|field| self.field(field));
            self.text.close();
        }
        after.into_iter().for_each(|field| self.field(field));
    }

    fn field(&mut self, field: &'a Field) {
        self.text.line().push(Class::Name, &field.name);
        match &field.kind {
            FieldKind::Slot(slot) => {
                if let Some(ordinal) = field.ordinal {
                    self.text
                        .plain(" ")
                        .push(Class::Ordinal, format!("@{ordinal}"));
                }
                self.text.plain(" ");
                self.slot_type(slot);
                self.text.plain(";");
                self.text.doc(&field.doc);
            }
            FieldKind::Group(group) => {
                let strukt = self.schema.strukt(*group);
                let is_union =
                    strukt.tag.is_some() && strukt.fields.iter().all(|field| field.tag.is_some());
                self.text.plain(" :");
                let keyword = if is_union { "union" } else { "group" };
                self.text.push(Class::Keyword, keyword).plain(" ");
                self.text.open();
                self.text.doc(&field.doc);
                if is_union {
                    let mut members: Vec<_> = strukt.fields.iter().collect();
                    members.sort_by_key(|field| field.code_order);
                    members.into_iter().for_each(|field| self.field(field));
                } else {
                    self.fields(strukt);
                }
                self.text.close();
            }
        }
    }

    fn slot(&mut self, slot: &node::Slot) {
        self.text.plain(" ");
        self.slot_type(slot);
    }

    fn slot_type(&mut self, slot: &node::Slot) {
        self.text.plain(":");
        self.mention(&slot.ty);
        if slot.is_default_explicit {
            let default = match slot.ty.data_bits() {
                Some(_) => bits_text(self.schema, &slot.ty, slot.mask),
                None => literal_text::pointer(self.schema, slot),
            };
            self.text.plain(" = ").push(Class::Literal, default);
        }
    }

    fn mention(&mut self, ty: &Type) {
        match ty {
            Type::List(element) => {
                self.text.push(Class::Type, "List").plain("(");
                self.mention(element);
                self.text.plain(")");
            }
            Type::Struct(index, brand) | Type::Interface(index, brand) => self.named(*index, brand),
            _ => {
                let name = simple_name(self.schema, ty, self.parameters);
                self.text.push(Class::Type, name);
            }
        }
    }

    /// A type by its name, its parameters bound as where it is mentioned.
    fn named(&mut self, index: Index, brand: &Brand) {
        self.text.push(Class::Type, local_name(self.schema, index));
        let id = self.schema.node(index).id;
        let scopes = brand.0.iter().flat_map(|scopes| scopes.iter());
        let Some(ScopeBinding::Bind(types)) = scopes
            .filter(|scope| scope.id == id)
            .map(|scope| &scope.binding)
            .next()
        else {
            return;
        };
        self.text.plain("(");
        self.separated(types, |writer, ty| match ty {
            Some(ty) => writer.mention(ty),
            None => {
                writer.text.push(Class::Type, "AnyPointer");
            }
        });
        self.text.plain(")");
    }

    fn separated<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.text.plain(", ");
            }
            write(self, item);
        }
    }
}

/// A type as it is written in a schema: `List(Pair(Text, UInt8))`.
pub(super) fn type_text(schema: &Schema, ty: &Type, parameters: &[String]) -> String {
    let mut writer = Writer {
        schema,
        text: Text::default(),
        parameters,
    };
    writer.mention(ty);
    writer.text.to_string()
}

fn simple_name(schema: &Schema, ty: &Type, parameters: &[String]) -> String {
    let name = match ty {
        Type::Scalar(scalar) => scalar.name(),
        Type::Text => "Text",
        Type::Data => "Data",
        Type::Enum(index) => local_name(schema, *index),
        Type::AnyPointer(kind) => match kind {
            node::AnyPointer::Anything => "AnyPointer",
            node::AnyPointer::Struct => "AnyStruct",
            node::AnyPointer::List => "AnyList",
            node::AnyPointer::Capability => "Capability",
            node::AnyPointer::Parameter(index) => parameters
                .get(usize::from(*index))
                .map_or("AnyPointer", String::as_str),
        },
        Type::Parameter { scope, index } => schema
            .find(*scope)
            .and_then(|scope| schema.node(scope).parameters.get(usize::from(*index)))
            .map_or("AnyPointer", String::as_str),
        Type::List(_) | Type::Struct(..) | Type::Interface(..) => "",
    };
    name.to_owned()
}
