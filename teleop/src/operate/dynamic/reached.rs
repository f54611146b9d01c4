//! Which types somebody meets who reads or calls an interface.

use std::collections::{HashSet, VecDeque};

use super::{
    interface::{Interface, Method},
    node::{Brand, FieldKind, Index, Kind, Results, ScopeBinding, Type},
    schema::Schema,
};

/// The types that are mentioned from here on, directly or by one another, in the order in which they
/// are met; without what stands in its place and needs no name: groups and lists of parameters.
pub(super) struct Reached<'a> {
    schema: &'a Schema,
    seen: HashSet<Index>,
    waiting: VecDeque<Index>,
    found: Vec<Index>,
}

impl<'a> Reached<'a> {
    pub(super) fn from_interface(interface: &'a Interface) -> Vec<Index> {
        let mut reached = Self::new(&interface.schema);
        reached.seen.insert(interface.index);
        reached.waiting.push_back(interface.index);
        reached.walk()
    }

    pub(super) fn from_method(method: &'a Method) -> Vec<Index> {
        let mut reached = Self::new(&method.interface().schema);
        reached.seen.insert(method.interface().index);
        reached.method(method.node());
        reached.walk()
    }

    fn new(schema: &'a Schema) -> Self {
        Self {
            schema,
            seen: HashSet::new(),
            waiting: VecDeque::new(),
            found: Vec::new(),
        }
    }

    fn walk(mut self) -> Vec<Index> {
        let schema = self.schema;
        while let Some(index) = self.waiting.pop_front() {
            match &schema.node(index).kind {
                Kind::Struct(it) => {
                    for field in &it.fields {
                        match &field.kind {
                            FieldKind::Slot(slot) => self.mention(&slot.ty),
                            FieldKind::Group(group) => self.add(*group),
                        }
                    }
                }
                Kind::Interface(it) => {
                    for (superclass, brand) in &it.superclasses {
                        self.add(*superclass);
                        self.brand(brand);
                    }
                    for method in &it.methods {
                        self.method(method);
                    }
                }
                Kind::Enum(_) | Kind::Other => {}
            }
        }
        self.found
    }

    fn method(&mut self, method: &super::node::Method) {
        let (params, brand) = &method.params;
        self.add(*params);
        self.brand(brand);
        if let Results::Struct(results, brand) = &method.results {
            self.add(*results);
            self.brand(brand);
        }
    }

    fn mention(&mut self, ty: &Type) {
        match ty {
            Type::List(element) => self.mention(element),
            Type::Enum(index) => self.add(*index),
            Type::Struct(index, brand) | Type::Interface(index, brand) => {
                self.add(*index);
                self.brand(brand);
            }
            Type::Scalar(_)
            | Type::Text
            | Type::Data
            | Type::AnyPointer(_)
            | Type::Parameter { .. } => {}
        }
    }

    fn brand(&mut self, brand: &Brand) {
        for scope in brand.0.iter().flat_map(|scopes| scopes.iter()) {
            if let ScopeBinding::Bind(types) = &scope.binding {
                for ty in types.iter().flatten() {
                    self.mention(ty);
                }
            }
        }
    }

    fn add(&mut self, index: Index) {
        if !self.seen.insert(index) {
            return;
        }
        self.waiting.push_back(index);
        if is_named(self.schema, index) {
            self.found.push(index);
        }
    }
}

/// Whether a type has a name that anybody wrote: groups, and lists of parameters, have none.
pub(super) fn is_named(schema: &Schema, index: Index) -> bool {
    let node = schema.node(index);
    match &node.kind {
        Kind::Struct(it) => !it.is_group && node.scope != 0,
        Kind::Enum(_) | Kind::Interface(_) => true,
        Kind::Other => false,
    }
}

/// The name of a type within its file, such as `Outer.Inner`.
pub(super) fn local_name(schema: &Schema, index: Index) -> &str {
    let name = schema.node(index).display_name.as_str();
    name.split_once(':').map_or(name, |(_, local)| local)
}
