//! [`Blueprint`]: schemas made in a test, good ones and bad ones.

use capnp::{
    message::{Builder, HeapAllocator},
    schema_capnp::{code_generator_request, field, type_, value},
};

use super::super::{Schema, Structure, node::Scalar};
use crate::Result;

/// Structs (and one enum), laid out the simplest way: no two fields share any room.
#[derive(Clone, Debug)]
pub(super) struct Blueprint {
    pub(super) structs: Vec<Vec<Part>>,
}

#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) shape: Shape,
    pub(super) mask: u64,
    /// Whether it is a member of the union.
    pub(super) is_member: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Shape {
    Scalar(Scalar),
    Enum,
    Text,
    Data,
    List(Box<Shape>),
    /// The struct of this number, modulo how many there are.
    Struct(usize),
    Group(Vec<Part>),
}

pub(super) const ENUM: u64 = 0xf000_0000_0000_0000;
pub(super) const ENUMERANTS: [&str; 3] = ["zero", "one", "two"];

impl Blueprint {
    pub(super) fn schema(&self) -> Result<Schema> {
        let mut drawn = Vec::new();
        for (number, parts) in self.structs.iter().enumerate() {
            let mut room = Room::default();
            let at = drawn.len();
            drawn.push(None);
            let fields = draw(parts, &mut room, &mut drawn);
            drawn[at] = Some((number as u64 + 1, fields, false, room.clone()));
            // Groups have the sizes of the struct around them.
            for (.., groups_room) in drawn[at + 1..].iter_mut().flatten() {
                *groups_room = room.clone();
            }
        }
        let message = self.write(drawn.into_iter().flatten().collect());
        Schema::from_bytes(&capnp::serialize::write_message_to_words(&message))
    }

    pub(super) fn structure(&self, number: usize) -> Structure {
        let schema = self.schema().unwrap();
        schema.structure(&format!("Struct{}", number + 1)).unwrap()
    }

    fn write(&self, drawn: Vec<DrawnNode>) -> Builder<HeapAllocator> {
        let mut message = Builder::new_default();
        let root: code_generator_request::Builder<'_> = message.init_root();
        let mut nodes = root.init_nodes(drawn.len() as u32 + 1);
        let mut enumeration = nodes.reborrow().get(0);
        enumeration.set_id(ENUM);
        enumeration.set_display_name("random:Enum");
        let mut enumerants = enumeration.init_enum().init_enumerants(3);
        for (at, name) in (0..).zip(ENUMERANTS) {
            enumerants.reborrow().get(at).set_name(name);
        }
        for (at, (id, fields, is_group, room)) in (1..).zip(drawn) {
            let mut node = nodes.reborrow().get(at);
            node.set_id(id);
            node.set_scope_id(ENUM);
            node.set_display_name(format!("random:Struct{id}"));
            let mut it = node.init_struct();
            it.set_data_word_count(room.bits.div_ceil(64) as u16);
            it.set_pointer_count(room.pointers as u16);
            it.set_is_group(is_group);
            let members = fields.iter().filter(|field| field.tag.is_some()).count();
            it.set_discriminant_count(members as u16);
            it.set_discriminant_offset(fields.iter().find_map(|it| it.tag_at).unwrap_or(0));
            let mut into = it.init_fields(fields.len() as u32);
            for (at, drawn) in (0..).zip(&fields) {
                self.field(into.reborrow().get(at), drawn, at);
            }
        }
        message
    }

    fn field(&self, mut field: field::Builder<'_>, drawn: &Drawn, at: u32) {
        field.set_name(format!("field{at}"));
        field.set_code_order(at as u16);
        field.set_discriminant_value(drawn.tag.unwrap_or(field::NO_DISCRIMINANT));
        if let Shape::Group(_) = drawn.shape {
            return field.init_group().set_type_id(drawn.group);
        }
        let mut slot = field.init_slot();
        slot.set_offset(drawn.offset);
        self.ty(slot.reborrow().init_type(), &drawn.shape);
        default(slot.init_default_value(), &drawn.shape, drawn.mask);
    }

    fn ty(&self, mut ty: type_::Builder<'_>, shape: &Shape) {
        match shape {
            Shape::Scalar(scalar) => match scalar {
                Scalar::Void => ty.set_void(()),
                Scalar::Bool => ty.set_bool(()),
                Scalar::Int8 => ty.set_int8(()),
                Scalar::Int16 => ty.set_int16(()),
                Scalar::Int32 => ty.set_int32(()),
                Scalar::Int64 => ty.set_int64(()),
                Scalar::UInt8 => ty.set_uint8(()),
                Scalar::UInt16 => ty.set_uint16(()),
                Scalar::UInt32 => ty.set_uint32(()),
                Scalar::UInt64 => ty.set_uint64(()),
                Scalar::Float32 => ty.set_float32(()),
                Scalar::Float64 => ty.set_float64(()),
            },
            Shape::Enum => ty.init_enum().set_type_id(ENUM),
            Shape::Text => ty.set_text(()),
            Shape::Data => ty.set_data(()),
            Shape::List(element) => self.ty(ty.init_list().init_element_type(), element),
            Shape::Struct(number) => {
                let id = (number % self.structs.len()) as u64 + 1;
                ty.init_struct().set_type_id(id);
            }
            Shape::Group(_) => unreachable!("a group is no type"),
        }
    }
}

fn default(mut value: value::Builder<'_>, shape: &Shape, mask: u64) {
    match shape {
        Shape::Scalar(scalar) => match scalar {
            Scalar::Void => value.set_void(()),
            Scalar::Bool => value.set_bool(mask & 1 == 1),
            Scalar::Int8 => value.set_int8(mask as i8),
            Scalar::Int16 => value.set_int16(mask as i16),
            Scalar::Int32 => value.set_int32(mask as i32),
            Scalar::Int64 => value.set_int64(mask as i64),
            Scalar::UInt8 => value.set_uint8(mask as u8),
            Scalar::UInt16 => value.set_uint16(mask as u16),
            Scalar::UInt32 => value.set_uint32(mask as u32),
            Scalar::UInt64 => value.set_uint64(mask),
            Scalar::Float32 => value.set_float32(f32::from_bits(mask as u32)),
            Scalar::Float64 => value.set_float64(f64::from_bits(mask)),
        },
        Shape::Enum => value.set_enum(mask as u16),
        Shape::Text => value.set_text(""),
        Shape::Data => value.set_data(&[]),
        Shape::List(_) => drop(value.init_list()),
        Shape::Struct(_) => drop(value.init_struct()),
        Shape::Group(_) => {}
    }
}

#[derive(Clone, Default)]
struct Room {
    bits: u32,
    pointers: u32,
}

impl Room {
    /// An offset in units of the size, aligned to it.
    fn take(&mut self, bits: u32) -> u32 {
        if bits == 0 {
            return 0;
        }
        let offset = self.bits.div_ceil(bits);
        self.bits = (offset + 1) * bits;
        offset
    }
}

struct Drawn {
    shape: Shape,
    mask: u64,
    offset: u32,
    tag: Option<u16>,
    tag_at: Option<u32>,
    group: u64,
}

/// Its id, its fields, whether it is a group, and its sizes.
type DrawnNode = (u64, Vec<Drawn>, bool, Room);

/// Gives every field its place, and every group a node.
fn draw(parts: &[Part], room: &mut Room, nodes: &mut Vec<Option<DrawnNode>>) -> Vec<Drawn> {
    let has_union = parts.iter().filter(|part| part.is_member).count() > 1;
    let tag_at = has_union.then(|| room.take(16));
    let mut tags = 0..;
    let mut drawn = Vec::new();
    for part in parts {
        let mut group = 0;
        let offset = match &part.shape {
            Shape::Scalar(scalar) => room.take(scalar.bits()),
            Shape::Enum => room.take(16),
            Shape::Group(parts) => {
                group = 0x1000 + nodes.len() as u64;
                let at = nodes.len();
                nodes.push(None);
                let fields = draw(parts, room, nodes);
                nodes[at] = Some((group, fields, true, Room::default()));
                0
            }
            _ => {
                room.pointers += 1;
                room.pointers - 1
            }
        };
        let is_member = has_union && part.is_member;
        drawn.push(Drawn {
            shape: part.shape.clone(),
            mask: part.mask,
            offset,
            tag: is_member.then(|| tags.next()).flatten(),
            tag_at,
            group,
        });
    }
    drawn
}
