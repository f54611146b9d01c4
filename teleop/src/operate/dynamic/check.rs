//! Checks what only shows when the nodes of a schema are seen together.

use super::{
    load::wrong,
    node::{FieldKind, Index, Kind, Node},
};
use crate::Result;

/// Groups within groups. They take no room in a message, so no limit of a message bounds them.
const DEEPEST_GROUP: usize = 32;
/// Interfaces above interfaces. Bindings are kept along such a chain, and dropped recursively.
const DEEPEST_SUPERCLASS: usize = 64;

/// Makes sure that groups form trees that fit their structs, and that no interface inherits from
/// itself.
pub(super) fn check(nodes: &[Node]) -> Result<()> {
    groups(nodes)?;
    superclasses(nodes)
}

fn groups(nodes: &[Node]) -> Result<()> {
    // With one holder at most for each group, what a struct unfolds to is no larger than the schema.
    let mut holders = vec![None; nodes.len()];
    for (holder, node) in nodes.iter().enumerate() {
        let Kind::Struct(strukt) = &node.kind else {
            continue;
        };
        for field in &strukt.fields {
            let FieldKind::Group(group) = field.kind else {
                continue;
            };
            let Kind::Struct(inner) = &at(nodes, group).kind else {
                return Err(wrong(format!("`{}` is no group", field.name)));
            };
            if inner.data_words > strukt.data_words || inner.pointers > strukt.pointers {
                let name = &node.display_name;
                return Err(wrong(format!(
                    "`{name}`: the group `{}` is larger than its struct",
                    field.name
                )));
            }
            if holders[position(group)].replace(holder).is_some() {
                return Err(wrong(format!("the group `{}` has two places", field.name)));
            }
        }
    }
    for (start, node) in nodes.iter().enumerate() {
        let mut outermost = start;
        for depth in 0.. {
            match holders[outermost] {
                Some(holder) if depth < DEEPEST_GROUP => outermost = holder,
                Some(_) => {
                    let name = &node.display_name;
                    return Err(wrong(format!("the groups around `{name}` have no end")));
                }
                None => break,
            }
        }
    }
    Ok(())
}

fn superclasses(nodes: &[Node]) -> Result<()> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done { height: usize },
    }
    let mut marks = vec![Mark::New; nodes.len()];
    for start in 0..nodes.len() {
        // Which node, and how many of its superclasses have been seen. No recursion: a chain may be
        // as long as the schema.
        let mut path = vec![(start, 0)];
        while let Some((position, seen)) = path.last_mut() {
            let Kind::Interface(interface) = &nodes[*position].kind else {
                break;
            };
            if *seen == 0 {
                match marks[*position] {
                    Mark::Done { .. } => {
                        path.pop();
                        continue;
                    }
                    Mark::Open => {
                        let name = &nodes[*position].display_name;
                        return Err(wrong(format!("`{name}` inherits from itself")));
                    }
                    Mark::New => marks[*position] = Mark::Open,
                }
            }
            match interface.superclasses.get(*seen) {
                Some((superclass, _)) => {
                    *seen += 1;
                    path.push((self::position(*superclass), 0));
                }
                None => {
                    let heights = interface
                        .superclasses
                        .iter()
                        .map(|(superclass, _)| match marks[self::position(*superclass)] {
                            Mark::Done { height } => height + 1,
                            Mark::New | Mark::Open => 0,
                        });
                    let height = heights.max().unwrap_or(0);
                    if height > DEEPEST_SUPERCLASS {
                        let name = &nodes[*position].display_name;
                        return Err(wrong(format!("`{name}` has too many ancestors")));
                    }
                    marks[*position] = Mark::Done { height };
                    path.pop();
                }
            }
        }
    }
    Ok(())
}

pub(super) fn at(nodes: &[Node], index: Index) -> &Node {
    &nodes[position(index)]
}

fn position(Index(index): Index) -> usize {
    usize::try_from(index).expect("it was made from the position of a node")
}
