//! [`Names`]: what services, interfaces and methods are called by those who wrote them.

use std::{borrow::Cow, cell::OnceCell, collections::HashMap, rc::Rc};

use capnp::schema_capnp::{code_generator_request, node};

use super::{Services, description};

/// What services, interfaces and methods are called. The schemas are looked into when somebody wants to
/// know.
#[derive(Default)]
pub(super) struct Names {
    services: Rc<Services>,
    interfaces: OnceCell<HashMap<u64, Interface>>,
}

struct Interface {
    name: String,
    methods: Vec<String>,
}

impl Names {
    pub(super) fn new(services: &Rc<Services>) -> Rc<Self> {
        Rc::new(Self {
            services: services.clone(),
            interfaces: OnceCell::new(),
        })
    }

    /// Whether there is a service of this name.
    pub(super) fn has_service(&self, name: &str) -> bool {
        self.services.get(name).is_some()
    }

    /// Whether a service has a command of this name.
    pub(super) fn has_command(&self, service: &str, name: &str) -> bool {
        let offer = self.services.get(service);
        offer.is_some_and(|offer| offer.has_command(name))
    }

    /// What an interface is called, such as `echo.capnp:Echo`; its id where nobody said.
    pub(super) fn interface(&self, id: u64) -> Cow<'_, str> {
        match self.interfaces().get(&id) {
            Some(interface) => Cow::Borrowed(&interface.name),
            None => Cow::Owned(format!("@{id:#x}")),
        }
    }

    /// What a method is called; its ordinal where nobody said.
    pub(super) fn method(&self, interface: u64, ordinal: u16) -> Cow<'_, str> {
        let known = self.interfaces().get(&interface);
        match known.and_then(|interface| interface.methods.get(usize::from(ordinal))) {
            Some(method) => Cow::Borrowed(method),
            None => Cow::Owned(format!("@{ordinal}")),
        }
    }

    fn interfaces(&self) -> &HashMap<u64, Interface> {
        self.interfaces.get_or_init(|| {
            let mut interfaces = HashMap::new();
            let descriptions = self.services.iter().filter_map(|(_, offer)| {
                let description = offer.description()?.as_ref().ok()?;
                Some(description.as_bytes())
            });
            for schema in descriptions.chain([teleop_schema::TELEOP]) {
                // A schema that cannot be read has no names.
                let _ = collect(schema, &mut interfaces);
            }
            interfaces
        })
    }
}

fn collect(schema: &[u8], into: &mut HashMap<u64, Interface>) -> capnp::Result<()> {
    let message = description::read(schema)?;
    let request: code_generator_request::Reader<'_> = message.get_root()?;
    for node in request.get_nodes()? {
        if let Ok(node::Interface(interface)) = node.which() {
            let methods = interface.get_methods()?.iter();
            let methods = methods.map(|method| Ok(description::lossy(method.get_name()?).into()));
            let interface = Interface {
                name: description::lossy(node.get_display_name()?).into(),
                methods: methods.collect::<capnp::Result<_>>()?,
            };
            into.entry(node.get_id()).or_insert(interface);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_name_is_called_by_its_number() {
        let mut services = Services::default();
        crate::services::offer(&mut services, &crate::operate::capnp::About::default());
        let names = Names::new(&Rc::new(services));
        let echo = 0xd36a_8636_9fa1_a198;
        assert_eq!(names.interface(echo), "echo.capnp:Echo");
        assert_eq!(names.method(echo, 0), "echo");
        assert_eq!(names.method(echo, 7), "@7");
        assert_eq!(names.interface(42), "@0x2a");
        assert_eq!(names.method(42, 0), "@0");
        let root = 0xd28b_f466_a2ca_b06b;
        assert_eq!(names.interface(root), "teleop.capnp:Teleop");
        assert_eq!(names.method(root, 0), "service");
        assert!(names.has_service("echo") && !names.has_service("tango"));
    }
}
