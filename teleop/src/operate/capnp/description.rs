//! [`Description`]: what a service says of itself, cut out of its compiled schema.

use std::{borrow::Cow, collections::HashMap};

use capnp::{
    any_pointer,
    message::ReaderOptions,
    schema_capnp::{brand, code_generator_request, field, method, node, superclass, type_},
    struct_list,
};

use crate::{Error, Result};

/// How an interface describes itself: its name, a line on what it is for, and every node of the
/// schema that somebody needs who calls it without having compiled it.
#[derive(Clone)]
pub struct Description {
    interface: u64,
    display_name: String,
    doc: String,
    /// A `CodeGeneratorRequest` of what is reachable alone.
    message: std::sync::Arc<[u8]>,
}

impl Description {
    /// Cuts what the interface reaches out of a `CodeGeneratorRequest`, which is what `capnpc` writes
    /// to its `raw_code_generator_request_path`, and `capnp compile -o-` to its output.
    ///
    /// # Errors
    ///
    /// [`Error::BadSchema`] where that is no schema, or has no such interface.
    pub fn new(schema: &[u8], interface: u64) -> Result<Self> {
        Self::cut(schema, interface).map_err(|error| match error {
            Problem::Capnp(error) => Error::BadSchema {
                problem: error.to_string(),
            },
            Problem::NoInterface => Error::BadSchema {
                problem: format!("it has no interface @{interface:#x}"),
            },
        })
    }

    /// The id of the interface.
    pub fn interface(&self) -> u64 {
        self.interface
    }

    /// Its full name, such as `echo.capnp:Echo`.
    pub fn display_name(&self) -> &str {
        &self.display_name
    }

    /// The first line of its comment; empty where it has none.
    pub fn doc(&self) -> &str {
        &self.doc
    }

    /// The schema of what is reachable, as a message: a `CodeGeneratorRequest`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.message
    }

    /// Writes the schema of what is reachable to where an answer wants it.
    ///
    /// # Errors
    ///
    /// Where the answer has no room.
    pub fn write(&self, mut pointer: any_pointer::Builder<'_>) -> capnp::Result<()> {
        let message = read(&self.message)?;
        let request: code_generator_request::Reader<'_> = message.get_root()?;
        pointer.set_as::<code_generator_request::Owned>(request)
    }

    fn cut(schema: &[u8], interface: u64) -> Result<Self, Problem> {
        let message = read(schema)?;
        let request: code_generator_request::Reader<'_> = message.get_root()?;
        let nodes = request.get_nodes()?;
        let known = nodes.iter().map(|node| (node.get_id(), node)).collect();
        let reach = Reach::of(&known, interface)?;

        let described = known.get(&interface).ok_or(Problem::NoInterface)?;
        if !matches!(described.which(), Ok(node::Interface(_))) {
            return Err(Problem::NoInterface);
        }
        let display_name = lossy(described.get_display_name()?).into_owned();

        let mut cut = capnp::message::Builder::new_default();
        let mut root: code_generator_request::Builder<'_> = cut.init_root();
        root.set_capnp_version(request.get_capnp_version()?)?;
        let reached: Vec<_> = nodes
            .iter()
            .filter(|node| reach.seen.contains_key(&node.get_id()))
            .collect();
        let mut into = root.reborrow().init_nodes(count(reached.len()));
        for (position, node) in (0..).zip(reached) {
            into.set_with_caveats(position, node)?;
        }
        let mut docs = Vec::new();
        let mut doc = String::new();
        for info in request.get_source_info()? {
            if reach.seen.contains_key(&info.get_id()) {
                docs.push(info);
            }
            if info.get_id() == interface {
                let text = lossy(info.get_doc_comment()?);
                doc = text.lines().next().unwrap_or_default().trim().to_owned();
            }
        }
        let mut into = root.init_source_info(count(docs.len()));
        for (position, info) in (0..).zip(docs) {
            into.set_with_caveats(position, info)?;
        }
        Ok(Self {
            interface,
            display_name,
            doc,
            message: capnp::serialize::write_message_to_words(&cut).into(),
        })
    }
}

impl std::fmt::Debug for Description {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Description")
            .field("display_name", &self.display_name)
            .field("doc", &self.doc)
            .field("bytes", &self.message.len())
            .finish_non_exhaustive()
    }
}

enum Problem {
    Capnp(capnp::Error),
    NoInterface,
}

impl From<capnp::Error> for Problem {
    fn from(error: capnp::Error) -> Self {
        Self::Capnp(error)
    }
}

/// What is reached so far, and what of it is still to be looked at.
struct Reach<'a> {
    known: &'a HashMap<u64, node::Reader<'a>>,
    seen: HashMap<u64, ()>,
    waiting: Vec<u64>,
}

impl<'a> Reach<'a> {
    fn of(known: &'a HashMap<u64, node::Reader<'a>>, start: u64) -> Result<Self, capnp::Error> {
        let mut reach = Self {
            known,
            seen: HashMap::new(),
            waiting: Vec::new(),
        };
        reach.add(start);
        while let Some(id) = reach.waiting.pop() {
            if let Some(node) = known.get(&id) {
                reach.node(*node)?;
            }
        }
        Ok(reach)
    }

    fn add(&mut self, id: u64) {
        // `StreamResult` and its like may be missing where nothing is lost by it.
        if self.known.contains_key(&id) && self.seen.insert(id, ()).is_none() {
            self.waiting.push(id);
        }
    }

    fn node(&mut self, node: node::Reader<'_>) -> capnp::Result<()> {
        // The scope names it, and has the names of its type parameters.
        self.add(node.get_scope_id());
        match node.which()? {
            node::Struct(it) => self.fields(it.get_fields()?),
            node::Interface(it) => {
                self.superclasses(it.get_superclasses()?)?;
                self.methods(it.get_methods()?)
            }
            node::File(()) | node::Enum(_) | node::Const(_) | node::Annotation(_) => Ok(()),
        }
    }

    fn fields(&mut self, fields: struct_list::Reader<'_, field::Owned>) -> capnp::Result<()> {
        for field in fields {
            match field.which()? {
                field::Slot(it) => self.mention(it.get_type()?)?,
                field::Group(it) => self.add(it.get_type_id()),
            }
        }
        Ok(())
    }

    fn superclasses(
        &mut self,
        superclasses: struct_list::Reader<'_, superclass::Owned>,
    ) -> capnp::Result<()> {
        for superclass in superclasses {
            self.add(superclass.get_id());
            self.brand(superclass.get_brand()?)?;
        }
        Ok(())
    }

    fn methods(&mut self, methods: struct_list::Reader<'_, method::Owned>) -> capnp::Result<()> {
        for method in methods {
            self.add(method.get_param_struct_type());
            self.brand(method.get_param_brand()?)?;
            self.add(method.get_result_struct_type());
            self.brand(method.get_result_brand()?)?;
        }
        Ok(())
    }

    fn mention(&mut self, mut ty: type_::Reader<'_>) -> capnp::Result<()> {
        while let type_::List(it) = ty.which()? {
            ty = it.get_element_type()?;
        }
        match ty.which()? {
            type_::Enum(it) => {
                self.add(it.get_type_id());
                self.brand(it.get_brand()?)
            }
            type_::Struct(it) => {
                self.add(it.get_type_id());
                self.brand(it.get_brand()?)
            }
            type_::Interface(it) => {
                self.add(it.get_type_id());
                self.brand(it.get_brand()?)
            }
            _ => Ok(()),
        }
    }

    fn brand(&mut self, brand: brand::Reader<'_>) -> capnp::Result<()> {
        for scope in brand.get_scopes()? {
            let brand::scope::Bind(bindings) = scope.which()? else {
                continue;
            };
            for binding in bindings? {
                if let brand::binding::Type(ty) = binding.which()? {
                    self.mention(ty?)?;
                }
            }
        }
        Ok(())
    }
}

pub(super) fn read(
    mut bytes: &[u8],
) -> capnp::Result<capnp::message::Reader<capnp::serialize::OwnedSegments>> {
    let mut options = ReaderOptions::new();
    // It comes from this program's own build, and every node is read a few times.
    options.traversal_limit_in_words(Some(4096 + bytes.len()));
    capnp::serialize::read_message(&mut bytes, options)
}

pub(super) fn lossy(text: capnp::text::Reader<'_>) -> Cow<'_, str> {
    String::from_utf8_lossy(text.as_bytes())
}

fn count(length: usize) -> u32 {
    u32::try_from(length).expect("it is part of a list that had a length of 32 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ECHO: u64 = 0xd36a_8636_9fa1_a198;

    fn ids(message: &[u8]) -> Vec<u64> {
        let message = read(message).unwrap();
        let request: code_generator_request::Reader<'_> = message.get_root().unwrap();
        request
            .get_nodes()
            .unwrap()
            .iter()
            .map(node::Reader::get_id)
            .collect()
    }

    #[test]
    fn an_interface_says_its_name_and_what_it_is_for() {
        let echo = Description::new(teleop_schema::ECHO, ECHO).unwrap();
        assert_eq!(echo.display_name(), "echo.capnp:Echo");
        assert!(!echo.doc().is_empty(), "echo.capnp has a comment");
        assert!(!echo.doc().contains('\n'));
    }

    #[test]
    fn what_is_not_reached_is_left_out() {
        let all = include_bytes!("../dynamic/testdata/everything.cgr");
        let one = Description::new(all, 0xa1b2_c3d4_e5f6_0002).unwrap();
        let (all, reached) = (ids(all), ids(one.as_bytes()));
        assert!(reached.len() < all.len(), "{} {}", reached.len(), all.len());
        assert!(reached.contains(&0xa1b2_c3d4_e5f6_0002));
    }

    #[test]
    fn it_arrives_in_an_answer_as_it_was_cut() {
        let echo = Description::new(teleop_schema::ECHO, ECHO).unwrap();
        let mut answer = capnp::message::Builder::new_default();
        echo.write(answer.init_root()).unwrap();
        let answer = capnp::serialize::write_message_to_words(&answer);
        assert_eq!(ids(&answer), ids(echo.as_bytes()));
        let again = Description::new(&answer, ECHO).unwrap();
        assert_eq!(again.doc(), echo.doc());
    }

    #[test]
    fn an_interface_that_is_not_there_is_an_error() {
        let error = Description::new(teleop_schema::ECHO, 42).unwrap_err();
        assert!(error.to_string().contains("@0x2a"), "{error}");
        assert!(Description::new(b"no schema", ECHO).is_err());
    }
}
