//! Reads how a schema mentions a type: which it is, and what its type parameters are bound to.

use std::sync::Arc;

use capnp::schema_capnp::{brand, type_};

use super::{
    load::{Class, Loader, unknown, unreadable, wrong},
    node::{AnyPointer, Brand, Scalar, Scope, ScopeBinding, Type},
};
use crate::Result;

/// In one mention: all scopes and their bindings, and what is nested in them, taken together.
const MOST_BINDINGS: u32 = 256;
/// In all mentions of a schema.
const MOST_BINDINGS_OF_ALL: u32 = 1 << 16;
/// As deep as `capnp` itself reads.
const DEEPEST_TYPE: usize = 64;

impl Loader {
    pub(super) fn ty(&self, ty: type_::Reader<'_>) -> Result<Type> {
        self.nested_type(ty, &mut 0, 0)
    }

    pub(super) fn brand(&self, brand: brand::Reader<'_>) -> Result<Brand> {
        self.nested_brand(brand, &mut 0, 0)
    }

    fn nested_type(&self, ty: type_::Reader<'_>, size: &mut u32, depth: usize) -> Result<Type> {
        if depth > DEEPEST_TYPE {
            return Err(wrong("its type is nested too deeply".to_owned()));
        }
        let deeper = depth + 1;
        Ok(match ty.which().map_err(unknown)? {
            type_::Void(()) => Type::Scalar(Scalar::Void),
            type_::Bool(()) => Type::Scalar(Scalar::Bool),
            type_::Int8(()) => Type::Scalar(Scalar::Int8),
            type_::Int16(()) => Type::Scalar(Scalar::Int16),
            type_::Int32(()) => Type::Scalar(Scalar::Int32),
            type_::Int64(()) => Type::Scalar(Scalar::Int64),
            type_::Uint8(()) => Type::Scalar(Scalar::UInt8),
            type_::Uint16(()) => Type::Scalar(Scalar::UInt16),
            type_::Uint32(()) => Type::Scalar(Scalar::UInt32),
            type_::Uint64(()) => Type::Scalar(Scalar::UInt64),
            type_::Float32(()) => Type::Scalar(Scalar::Float32),
            type_::Float64(()) => Type::Scalar(Scalar::Float64),
            type_::Text(()) => Type::Text,
            type_::Data(()) => Type::Data,
            type_::List(list) => {
                let element = list.get_element_type().map_err(unreadable)?;
                Type::List(Arc::new(self.nested_type(element, size, deeper)?))
            }
            type_::Enum(it) => Type::Enum(self.find(it.get_type_id(), Class::Enum)?),
            type_::Struct(it) => {
                let index = self.find(it.get_type_id(), Class::Struct)?;
                let brand = it.get_brand().map_err(unreadable)?;
                Type::Struct(index, self.nested_brand(brand, size, deeper)?)
            }
            type_::Interface(it) => {
                let index = self.find(it.get_type_id(), Class::Interface)?;
                let brand = it.get_brand().map_err(unreadable)?;
                Type::Interface(index, self.nested_brand(brand, size, deeper)?)
            }
            type_::AnyPointer(it) => any_pointer(it)?,
        })
    }

    fn nested_brand(
        &self,
        brand: brand::Reader<'_>,
        size: &mut u32,
        depth: usize,
    ) -> Result<Brand> {
        let scopes = brand.get_scopes().map_err(unreadable)?;
        if scopes.is_empty() {
            return Ok(Brand::default());
        }
        self.grow(size, scopes.len())?;
        let mut owned = Vec::new();
        for scope in scopes {
            let binding = match scope.which().map_err(unknown)? {
                brand::scope::Inherit(()) => ScopeBinding::Inherit,
                brand::scope::Bind(bindings) => {
                    let bindings = bindings.map_err(unreadable)?;
                    self.grow(size, bindings.len())?;
                    let mut types = Vec::new();
                    for binding in bindings {
                        types.push(match binding.which().map_err(unknown)? {
                            brand::binding::Unbound(()) => None,
                            brand::binding::Type(ty) => {
                                let ty = ty.map_err(unreadable)?;
                                Some(Arc::new(self.nested_type(ty, size, depth + 1)?))
                            }
                        });
                    }
                    ScopeBinding::Bind(types)
                }
            };
            owned.push(Scope {
                id: scope.get_scope_id(),
                binding,
            });
        }
        Ok(Brand(Some(owned.into())))
    }

    fn grow(&self, size: &mut u32, by: u32) -> Result<()> {
        *size = size.saturating_add(by);
        self.bindings.set(self.bindings.get().saturating_add(by));
        if *size > MOST_BINDINGS || self.bindings.get() > MOST_BINDINGS_OF_ALL {
            return Err(wrong("it binds too many type parameters".to_owned()));
        }
        Ok(())
    }
}

fn any_pointer(ty: type_::any_pointer::Reader<'_>) -> Result<Type> {
    use type_::any_pointer::{self, unconstrained};
    let kind = match ty.which().map_err(unknown)? {
        any_pointer::Parameter(it) => {
            return Ok(Type::Parameter {
                scope: it.get_scope_id(),
                index: it.get_parameter_index(),
            });
        }
        any_pointer::ImplicitMethodParameter(it) => AnyPointer::Parameter(it.get_parameter_index()),
        any_pointer::Unconstrained(it) => match it.which().map_err(unknown)? {
            unconstrained::AnyKind(()) => AnyPointer::Anything,
            unconstrained::Struct(()) => AnyPointer::Struct,
            unconstrained::List(()) => AnyPointer::List,
            unconstrained::Capability(()) => AnyPointer::Capability,
        },
    };
    Ok(Type::AnyPointer(kind))
}
