//! Whether a struct that is not there can be shown.

use std::collections::HashSet;

use super::{
    node::{FieldKind, Index, Struct, Type},
    schema::Schema,
};

/// Whether the default of a struct has no end: what its union is set to by default is a struct again,
/// and so on, back to the beginning. Also tells how many structs were looked at.
pub(super) fn is_endless(schema: &Schema, start: Index) -> (bool, usize) {
    let mut above = vec![(start, parts(schema.strukt(start)))];
    let mut seen = HashSet::from([start]);
    while let Some((_, left)) = above.last_mut() {
        match left.pop() {
            None => {
                above.pop();
            }
            Some(next) if above.iter().any(|(struct_above, _)| *struct_above == next) => {
                return (true, seen.len());
            }
            Some(next) => {
                if seen.insert(next) {
                    above.push((next, parts(schema.strukt(next))));
                }
            }
        }
    }
    (false, seen.len())
}

/// What is shown of a struct that is not there, as far as it is a struct itself.
fn parts(strukt: &Struct) -> Vec<Index> {
    let shown = strukt
        .fields
        .iter()
        .filter_map(|field| match (&field.kind, field.tag) {
            (FieldKind::Group(index), None | Some(0)) => Some(*index),
            (FieldKind::Slot(slot), Some(0)) if slot.default.is_none() => match &slot.ty {
                Type::Struct(index, _) => Some(*index),
                _ => None,
            },
            _ => None,
        });
    shown.collect()
}
