//! Reads a `CodeGeneratorRequest` into [`Node`]s, checking each by itself.
//!
//! What only shows when the nodes are seen together (cycles) is left to [`check`](super::check).

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
};

use capnp::{
    schema_capnp::{code_generator_request, field, method, node},
    struct_list, text,
};

use super::{
    literal::literal,
    node::{
        Enum, Enumerant, Field, FieldKind, Index, Interface, Kind, Method, Node, Results, Slot,
        Struct,
    },
};
use crate::{Error, Result};

/// The id of `StreamResult` of stream.capnp: what a `-> stream` method is said to return.
const STREAM_RESULT: u64 = 0x995f_9a33_77c0_b16e;

/// Far more than any schema has, and little enough to be walked in no time.
const MOST_NODES: u32 = 1 << 14;
const MOST_MEMBERS: usize = 1 << 16;
/// In bytes. A name is shown wherever it is mentioned, so what a schema unfolds to is bounded by this.
const LONGEST_NAME: usize = 1024;
const LONGEST_PROBLEM: usize = 400;

pub(super) fn load(request: code_generator_request::Reader<'_>) -> Result<Vec<Node>> {
    let nodes = request.get_nodes().map_err(unreadable)?;
    if nodes.len() > MOST_NODES {
        return Err(wrong(format!("it has {} nodes", nodes.len())));
    }
    let mut loader = Loader {
        known: HashMap::new(),
        members: 0,
        bindings: Cell::new(0),
    };
    for (index, node) in (0..).zip(nodes) {
        let class = match node.which().map_err(unknown)? {
            node::Struct(node) if node.get_is_group() => Class::Group,
            node::Struct(_) => Class::Struct,
            node::Enum(_) => Class::Enum,
            node::Interface(_) => Class::Interface,
            node::File(()) | node::Const(_) | node::Annotation(_) => Class::Other,
        };
        let id = node.get_id();
        if loader.known.insert(id, (Index(index), class)).is_some() {
            return Err(wrong(format!("the id @{id:#x} is taken twice")));
        }
    }
    let mut nodes = nodes
        .iter()
        .map(|node| loader.node(node))
        .collect::<Result<Vec<_>>>()?;
    loader.docs(request, &mut nodes)?;
    Ok(nodes)
}

pub(super) struct Loader {
    known: HashMap<u64, (Index, Class)>,
    /// Of all nodes so far.
    members: usize,
    /// Of all mentions of types so far.
    pub(super) bindings: Cell<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Struct,
    Group,
    Enum,
    Interface,
    Other,
}

impl Loader {
    fn node(&mut self, node: node::Reader<'_>) -> Result<Node> {
        let display_name = name(node.get_display_name())?;
        let prefix = usize::try_from(node.get_display_name_prefix_length()).unwrap_or(0);
        let prefix = if display_name.is_char_boundary(prefix) {
            prefix
        } else {
            0
        };
        let kind = match node.which().map_err(unknown)? {
            node::Struct(it) => Kind::Struct(
                self.strukt(it)
                    .map_err(|error| within(&display_name, error))?,
            ),
            node::Enum(it) => Kind::Enum(
                self.enumeration(it)
                    .map_err(|error| within(&display_name, error))?,
            ),
            node::Interface(it) => Kind::Interface(
                self.interface(it)
                    .map_err(|error| within(&display_name, error))?,
            ),
            node::File(()) | node::Const(_) | node::Annotation(_) => Kind::Other,
        };
        Ok(Node {
            id: node.get_id(),
            display_name,
            prefix,
            scope: node.get_scope_id(),
            doc: String::new(),
            parameters: self.parameters(node.get_parameters())?,
            kind,
        })
    }

    fn strukt(&mut self, node: node::struct_::Reader<'_>) -> Result<Struct> {
        let mut strukt = Struct {
            data_words: node.get_data_word_count(),
            pointers: node.get_pointer_count(),
            is_group: node.get_is_group(),
            ..Struct::default()
        };
        let fields = node.get_fields().map_err(unreadable)?;
        self.count(fields.len())?;
        let members = usize::from(node.get_discriminant_count());
        if members > 0 {
            let offset = node.get_discriminant_offset();
            strukt.check_data("the tag of its union", offset, 16)?;
            if u32::from(node.get_discriminant_count()) > fields.len() {
                return Err(wrong("its union has more members than fields".to_owned()));
            }
            strukt.tag = Some(offset);
            strukt.members = vec![None; members];
        }
        for (position, field) in fields.iter().enumerate() {
            let field = self
                .field(field, &strukt)
                .map_err(|error| within_field(field, error))?;
            if let Some(tag) = field.tag {
                match strukt.members.get_mut(usize::from(tag)) {
                    Some(member @ None) => *member = Some(position),
                    Some(Some(_)) => return Err(wrong(format!("two members have the tag {tag}"))),
                    None => {
                        let name = &field.name;
                        return Err(wrong(format!("`{name}` has a tag out of range: {tag}")));
                    }
                }
            }
            if let Some(other) = strukt.by_name.insert(field.name.clone(), position) {
                let name = &strukt.fields[other].name;
                return Err(wrong(format!("two fields are named `{name}`")));
            }
            strukt.fields.push(field);
        }
        Ok(strukt)
    }

    fn field(&mut self, field: field::Reader<'_>, strukt: &Struct) -> Result<Field> {
        let tag = field.get_discriminant_value();
        let kind = match field.which().map_err(unknown)? {
            field::Group(group) => match self.known.get(&group.get_type_id()) {
                Some((index, Class::Group)) => FieldKind::Group(*index),
                _ => return Err(wrong("it is a group that is not there".to_owned())),
            },
            field::Slot(slot) => {
                let ty = self.ty(slot.get_type().map_err(unreadable)?)?;
                let offset = slot.get_offset();
                match ty.data_bits() {
                    Some(0) => {}
                    Some(bits) => strukt.check_data("it", offset, bits)?,
                    None if offset < u32::from(strukt.pointers) => {}
                    None => return Err(wrong("it lies outside of its struct".to_owned())),
                }
                let default = slot.get_default_value().map_err(unreadable)?;
                let (mask, default) = literal(&ty, default)?;
                FieldKind::Slot(Slot {
                    offset,
                    ty,
                    mask,
                    default,
                    is_default_explicit: slot.get_had_explicit_default(),
                })
            }
        };
        Ok(Field {
            name: name(field.get_name())?,
            doc: String::new(),
            code_order: field.get_code_order(),
            ordinal: match field.get_ordinal().which().map_err(unknown)? {
                field::ordinal::Implicit(()) => None,
                field::ordinal::Explicit(ordinal) => Some(ordinal),
            },
            tag: (tag != field::NO_DISCRIMINANT).then_some(tag),
            kind,
        })
    }

    fn enumeration(&mut self, node: node::enum_::Reader<'_>) -> Result<Enum> {
        let enumerants = node.get_enumerants().map_err(unreadable)?;
        self.count(enumerants.len())?;
        let mut it = Enum::default();
        for (value, enumerant) in (0..=u16::MAX).zip(enumerants) {
            let name = name(enumerant.get_name())?;
            if it.by_name.insert(name.clone(), value).is_some() {
                return Err(wrong(format!("two enumerants are named `{name}`")));
            }
            it.enumerants.push(Enumerant {
                name,
                doc: String::new(),
                code_order: enumerant.get_code_order(),
            });
        }
        Ok(it)
    }

    fn interface(&mut self, node: node::interface::Reader<'_>) -> Result<Interface> {
        let methods = node.get_methods().map_err(unreadable)?;
        let superclasses = node.get_superclasses().map_err(unreadable)?;
        self.count(methods.len())?;
        self.count(superclasses.len())?;
        let mut it = Interface::default();
        for superclass in superclasses {
            let brand = self.brand(superclass.get_brand().map_err(unreadable)?)?;
            it.superclasses
                .push((self.find(superclass.get_id(), Class::Interface)?, brand));
        }
        let mut names = HashSet::new();
        for method in methods {
            let method = self
                .method(method)
                .map_err(|error| within(&name(method.get_name()).unwrap_or_default(), error))?;
            if !names.insert(method.name.clone()) {
                return Err(wrong(format!("two methods are named `{}`", method.name)));
            }
            it.methods.push(method);
        }
        Ok(it)
    }

    fn method(&mut self, method: method::Reader<'_>) -> Result<Method> {
        let params = self.find(method.get_param_struct_type(), Class::Struct)?;
        let results = match method.get_result_struct_type() {
            STREAM_RESULT => Results::Stream,
            id => Results::Struct(
                self.find(id, Class::Struct)?,
                self.brand(method.get_result_brand().map_err(unreadable)?)?,
            ),
        };
        Ok(Method {
            name: name(method.get_name())?,
            doc: String::new(),
            code_order: method.get_code_order(),
            parameters: self.parameters(method.get_implicit_parameters())?,
            params: (
                params,
                self.brand(method.get_param_brand().map_err(unreadable)?)?,
            ),
            results,
        })
    }

    fn parameters(
        &mut self,
        parameters: capnp::Result<struct_list::Reader<'_, node::parameter::Owned>>,
    ) -> Result<Vec<String>> {
        let parameters = parameters.map_err(unreadable)?;
        self.count(parameters.len())?;
        parameters
            .iter()
            .map(|parameter| name(parameter.get_name()))
            .collect()
    }

    pub(super) fn find(&self, id: u64, class: Class) -> Result<Index> {
        match self.known.get(&id) {
            Some((index, found)) if *found == class => Ok(*index),
            Some((_, found)) => Err(wrong(format!("@{id:#x} is a {found:?}, not a {class:?}"))),
            None => Err(wrong(format!("it refers to @{id:#x}, which is not there"))),
        }
    }

    fn count(&mut self, members: u32) -> Result<()> {
        self.members += usize::try_from(members).unwrap_or(MOST_MEMBERS);
        if self.members > MOST_MEMBERS {
            return Err(wrong("it has too many members".to_owned()));
        }
        Ok(())
    }

    fn docs(&self, request: code_generator_request::Reader<'_>, nodes: &mut [Node]) -> Result<()> {
        let mut seen = HashSet::new();
        for info in request.get_source_info().map_err(unreadable)? {
            let Some((Index(index), _)) = self.known.get(&info.get_id()) else {
                continue;
            };
            if !seen.insert(*index) {
                continue;
            }
            let Some(node) = usize::try_from(*index)
                .ok()
                .and_then(|at| nodes.get_mut(at))
            else {
                continue;
            };
            node.doc = text(info.get_doc_comment())?;
            let members = info.get_members().map_err(unreadable)?;
            let docs = members.iter().map(|member| text(member.get_doc_comment()));
            match &mut node.kind {
                Kind::Struct(it) => set(it.fields.iter_mut().map(|it| &mut it.doc), docs)?,
                Kind::Enum(it) => set(it.enumerants.iter_mut().map(|it| &mut it.doc), docs)?,
                Kind::Interface(it) => set(it.methods.iter_mut().map(|it| &mut it.doc), docs)?,
                Kind::Other => {}
            }
        }
        Ok(())
    }
}

fn set<'a>(
    slots: impl Iterator<Item = &'a mut String>,
    docs: impl Iterator<Item = Result<String>>,
) -> Result<()> {
    for (slot, doc) in slots.zip(docs) {
        *slot = doc?;
    }
    Ok(())
}

impl Struct {
    fn check_data(&self, what: &str, offset: u32, bits: u32) -> Result<()> {
        let end = (u64::from(offset) + 1) * u64::from(bits);
        if end > u64::from(self.data_words) * 64 {
            return Err(wrong(format!("{what} lies outside of its struct")));
        }
        Ok(())
    }
}

pub(super) fn wrong(mut problem: String) -> Error {
    // Names in it are as long as somebody made them.
    if let Some((end, _)) = problem.char_indices().nth(LONGEST_PROBLEM) {
        problem.replace_range(end.., "…");
    }
    Error::BadSchema { problem }
}

pub(super) fn unreadable(error: capnp::Error) -> Error {
    wrong(error.to_string())
}

pub(super) fn unknown(capnp::NotInSchema(value): capnp::NotInSchema) -> Error {
    wrong(format!("it is of a newer kind than is known here: {value}"))
}

fn within(name: &str, error: Error) -> Error {
    match error {
        Error::BadSchema { problem } => wrong(format!("`{name}`: {problem}")),
        other => other,
    }
}

fn within_field(field: field::Reader<'_>, error: Error) -> Error {
    within(&name(field.get_name()).unwrap_or_default(), error)
}

fn text(text: capnp::Result<text::Reader<'_>>) -> Result<String> {
    let text = text.map_err(unreadable)?;
    Ok(String::from_utf8_lossy(text.as_bytes()).into_owned())
}

fn name(name: capnp::Result<text::Reader<'_>>) -> Result<String> {
    let name = text(name)?;
    if name.len() > LONGEST_NAME {
        return Err(wrong(format!("a name of {} bytes: {name}", name.len())));
    }
    Ok(name)
}
