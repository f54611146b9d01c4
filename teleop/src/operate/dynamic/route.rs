//! [`Route`]: the way from the results of a call to a capability in them.

use std::collections::VecDeque;

use capnp::{any_pointer, raw, schema_capnp::brand};

use super::{
    decode::Capability,
    interface::Interface,
    node::{AnyPointer, FieldKind, Type},
    scalar::suggestion,
    structure::Structure,
};
use crate::{Error, Result};

/// The way to a capability in a struct: the pointers to follow, and what is found there.
#[derive(Clone, Debug)]
pub(super) struct Route {
    path: String,
    /// Which pointer of each struct.
    pub(super) pointers: Vec<u16>,
    pub(super) interface: Option<Interface>,
}

/// Structs within structs; deeper, a path has to be given.
const DEEPEST: usize = 4;
/// Fields that are looked at for the only capability, so that a large schema is not walked whole.
const MOST_FIELDS: usize = 4096;

impl Route {
    /// To the field of this path (`file`, `nested.file`), or to the only capability there is.
    pub(super) fn find(structure: &Structure, path: Option<&str>) -> Result<Self> {
        let mut found = Self::all(structure);
        let Some(path) = path else {
            let shallowest = found.iter().map(|route| route.pointers.len()).min();
            found.retain(|route| Some(route.pointers.len()) == shallowest);
            return match found.len() {
                1 => Ok(found.remove(0)),
                0 => Err(misfit(
                    "results",
                    "there is no capability in them".to_owned(),
                )),
                _ => Err(misfit(
                    "results",
                    format!(
                        "there are several capabilities in them, name one: {}",
                        paths(&found).join(", ")
                    ),
                )),
            };
        };
        if let Some(route) = found.iter().position(|route| route.path == path) {
            return Ok(found.swap_remove(route));
        }
        let known = paths(&found);
        let suggestion = suggestion(path, || known.iter().copied());
        Err(misfit(
            path,
            format!("it is no capability of the results; {suggestion}"),
        ))
    }

    /// Follows it in results that have arrived.
    pub(super) fn follow(self, mut pointer: any_pointer::Reader<'_>) -> Result<Capability> {
        for index in &self.pointers {
            let section = raw::get_struct_pointer_section(pointer.get_as::<brand::Reader<'_>>()?);
            match section.try_get((*index).into()) {
                Some(next) if !next.is_null() => pointer = next,
                _ => return Err(misfit(&self.path, "it is null in these results".to_owned())),
            }
        }
        Ok(Capability {
            client: pointer.get_as_capability()?,
            interface: self.interface,
        })
    }

    fn all(structure: &Structure) -> Vec<Self> {
        let root = Self {
            path: String::new(),
            pointers: Vec::new(),
            interface: None,
        };
        let mut found = Vec::new();
        let mut seen = 0;
        let mut waiting = VecDeque::from([(root, structure.clone())]);
        while let Some((base, structure)) = waiting.pop_front() {
            for field in structure.fields() {
                seen += 1;
                if seen > MOST_FIELDS {
                    return found;
                }
                let path = match base.path.as_str() {
                    "" => field.name.clone(),
                    base => format!("{base}.{}", field.name),
                };
                let route = |pointers, interface| Self {
                    path: path.clone(),
                    pointers,
                    interface,
                };
                let slot = match &field.kind {
                    FieldKind::Group(group) => {
                        let group = Structure {
                            index: *group,
                            ..structure.clone()
                        };
                        waiting.push_back((route(base.pointers.clone(), None), group));
                        continue;
                    }
                    FieldKind::Slot(slot) => slot,
                };
                let mut pointers = base.pointers.clone();
                // The loader checked it against a section that has no more than these.
                pointers.push(u16::try_from(slot.offset).unwrap_or(u16::MAX));
                let schema = structure.schema.clone();
                match structure.bindings.resolve(&slot.ty) {
                    (Type::Interface(index, brand), bindings) => {
                        let it = Interface::new(schema, *index, bindings.enter(brand));
                        found.push(route(pointers, Some(it)));
                    }
                    (Type::AnyPointer(AnyPointer::Anything | AnyPointer::Capability), _) => {
                        found.push(route(pointers, None));
                    }
                    (Type::Struct(index, brand), bindings) if pointers.len() < DEEPEST => {
                        let it = Structure::new(schema, *index, bindings.enter(brand));
                        waiting.push_back((route(pointers, None), it));
                    }
                    _ => {}
                }
            }
        }
        found
    }
}

fn paths(routes: &[Route]) -> Vec<&str> {
    routes.iter().map(|route| route.path.as_str()).collect()
}

fn misfit(field: &str, problem: String) -> Error {
    Error::BadArgument {
        field: field.to_owned(),
        problem,
    }
}
