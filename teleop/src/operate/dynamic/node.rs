//! What a schema consists of, owned and checked: every offset fits its struct, every index its table.

use std::{collections::HashMap, sync::Arc};

/// Where a [`Node`] stands in its schema. Made by the loader alone, so it is always in range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Index(pub(super) u32);

#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: u64,
    pub(super) display_name: String,
    /// Where the name alone begins in `display_name`.
    pub(super) prefix: usize,
    pub(super) scope: u64,
    pub(super) doc: String,
    /// The names of its type parameters.
    pub(super) parameters: Vec<String>,
    pub(super) kind: Kind,
}

impl Node {
    pub(super) fn short_name(&self) -> &str {
        &self.display_name[self.prefix..]
    }
}

#[derive(Debug)]
pub(super) enum Kind {
    Struct(Struct),
    Enum(Enum),
    Interface(Interface),
    /// A file, a constant or an annotation: it only lends its name.
    Other,
}

#[derive(Debug, Default)]
pub(super) struct Struct {
    pub(super) data_words: u16,
    pub(super) pointers: u16,
    pub(super) is_group: bool,
    /// Where the tag of the unnamed union is, in units of 16 bits.
    pub(super) tag: Option<u32>,
    /// In the order of their ordinals.
    pub(super) fields: Vec<Field>,
    pub(super) by_name: HashMap<String, usize>,
    /// The members of the unnamed union, as indices into `fields`.
    pub(super) members: Vec<Option<usize>>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) code_order: u16,
    pub(super) ordinal: Option<u16>,
    /// The value of the union's tag that says that this member is set.
    pub(super) tag: Option<u16>,
    pub(super) kind: FieldKind,
}

#[derive(Debug)]
pub(super) enum FieldKind {
    Slot(Slot),
    Group(Index),
}

#[derive(Debug)]
pub(super) struct Slot {
    /// In units of the size of the type.
    pub(super) offset: u32,
    pub(super) ty: Type,
    /// The bits of the default of a primitive: its mask.
    pub(super) mask: u64,
    /// The default of a pointer, as a message.
    pub(super) default: Option<Vec<u8>>,
    pub(super) is_default_explicit: bool,
}

#[derive(Debug, Default)]
pub(super) struct Enum {
    pub(super) enumerants: Vec<Enumerant>,
    pub(super) by_name: HashMap<String, u16>,
}

#[derive(Debug)]
pub(super) struct Enumerant {
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) code_order: u16,
}

#[derive(Debug, Default)]
pub(super) struct Interface {
    /// In the order of their ordinals.
    pub(super) methods: Vec<Method>,
    pub(super) superclasses: Vec<(Index, Brand)>,
}

#[derive(Debug)]
pub(super) struct Method {
    pub(super) name: String,
    pub(super) doc: String,
    pub(super) code_order: u16,
    /// The names of the type parameters of its own.
    pub(super) parameters: Vec<String>,
    pub(super) params: (Index, Brand),
    pub(super) results: Results,
}

#[derive(Debug)]
pub(super) enum Results {
    Struct(Index, Brand),
    /// The method is declared `-> stream`.
    Stream,
}

#[derive(Clone, Debug)]
pub(super) enum Type {
    Scalar(Scalar),
    Enum(Index),
    Text,
    Data,
    List(Arc<Type>),
    Struct(Index, Brand),
    Interface(Index, Brand),
    AnyPointer(AnyPointer),
    /// The type parameter `index` of the node `scope`.
    Parameter {
        scope: u64,
        index: u16,
    },
}

/// What an `AnyPointer` says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnyPointer {
    Anything,
    Struct,
    List,
    Capability,
    /// A type parameter of the method.
    Parameter(u16),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Void,
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float32,
    Float64,
}

impl Scalar {
    #[cfg(test)]
    pub(super) const ALL: [Self; 12] = [
        Self::Void,
        Self::Bool,
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::UInt8,
        Self::UInt16,
        Self::UInt32,
        Self::UInt64,
        Self::Float32,
        Self::Float64,
    ];

    /// The name that the schema language gives it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Void => "Void",
            Self::Bool => "Bool",
            Self::Int8 => "Int8",
            Self::Int16 => "Int16",
            Self::Int32 => "Int32",
            Self::Int64 => "Int64",
            Self::UInt8 => "UInt8",
            Self::UInt16 => "UInt16",
            Self::UInt32 => "UInt32",
            Self::UInt64 => "UInt64",
            Self::Float32 => "Float32",
            Self::Float64 => "Float64",
        }
    }

    /// Its size on the wire.
    pub(super) fn bits(self) -> u32 {
        match self {
            Self::Void => 0,
            Self::Bool => 1,
            Self::Int8 | Self::UInt8 => 8,
            Self::Int16 | Self::UInt16 => 16,
            Self::Int32 | Self::UInt32 | Self::Float32 => 32,
            Self::Int64 | Self::UInt64 | Self::Float64 => 64,
        }
    }

    /// The least and the greatest value, of an integer.
    pub(super) fn range(self) -> Option<(i128, i128)> {
        Some(match self {
            Self::Int8 => (i8::MIN.into(), i8::MAX.into()),
            Self::Int16 => (i16::MIN.into(), i16::MAX.into()),
            Self::Int32 => (i32::MIN.into(), i32::MAX.into()),
            Self::Int64 => (i64::MIN.into(), i64::MAX.into()),
            Self::UInt8 => (0, u8::MAX.into()),
            Self::UInt16 => (0, u16::MAX.into()),
            Self::UInt32 => (0, u32::MAX.into()),
            Self::UInt64 => (0, u64::MAX.into()),
            Self::Void | Self::Bool | Self::Float32 | Self::Float64 => return None,
        })
    }
}

impl Type {
    /// Its size in the data section in bits; `None` for what is behind a pointer.
    pub(super) fn data_bits(&self) -> Option<u32> {
        match self {
            Self::Scalar(scalar) => Some(scalar.bits()),
            Self::Enum(_) => Some(16),
            _ => None,
        }
    }
}

/// What the type parameters of a type and of its scopes are bound to, where it is mentioned.
///
/// It is bound only once it is met ([`Bindings`](super::bindings::Bindings)): unfolding it here would
/// never end for a generic type that contains a larger instance of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Brand(pub(super) Option<Arc<[Scope]>>);

#[derive(Debug)]
pub(super) struct Scope {
    pub(super) id: u64,
    pub(super) binding: ScopeBinding,
}

#[derive(Debug)]
pub(super) enum ScopeBinding {
    /// One for each parameter; `None` is unbound.
    Bind(Vec<Option<Arc<Type>>>),
    /// As where the brand stands.
    Inherit,
}
