//! [`Layout`]: where everything goes in the picture of a graph.
//!
//! The graph flows from left to right. Every other column is of boxes; those between hold what is written
//! beside the edges. An edge has a place of its own in each column that it goes through, and so it crosses
//! no box and no writing. In which order all that stands in a column, and how high, is found by
//! rust-sugiyama, by the method of Sugiyama, and Brandes and Köpf.

use std::ops::RangeInclusive;

use rust_sugiyama::{
    configure::{Config, RankingType},
    from_vertices_and_edges,
};
use teleop::{Error, Result};

use crate::snapshot::Snapshot;

/// How high a box is.
pub const BOX: f64 = 58.0;
/// In a box, left and right of what is written.
pub const PADDING: f64 = 14.0;
/// Boxes are as wide as the longest name needs.
const BOX_WIDTH: RangeInclusive<f64> = 136.0..=240.0;
/// How high what is written beside an edge is, with the edge.
const LABEL: f64 = 34.0;
const LABEL_WIDTH: f64 = 48.0;
/// Between columns: the room for an edge to go up or down.
const GAP: f64 = 24.0;
/// Between what stands in a column.
const SPACING: f64 = 18.0;

/// How many places all columns have together, at most: what takes no longer than a second.
const MOST_PLACES: usize = 3000;

/// Where everything goes. The unit is the pixel, the origin is at the top left.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub width: f64,
    pub height: f64,
    pub box_width: f64,
    /// The top left of the box of each stage.
    pub boxes: Vec<Point>,
    pub ways: Vec<Way>,
}

/// The way of an edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// The index of a stage.
    pub from: usize,
    pub to: usize,
    /// It bends from the first to the second, is straight from there to the third, and so on.
    pub points: Vec<Point>,
    /// The middle of the bottom of what is written beside it.
    pub label: Point,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

impl Layout {
    /// Lays out a chain.
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`] where there is a circle, or where it would be too large to be looked at.
    pub fn of(snapshot: &Snapshot) -> Result<Self> {
        let edges = snapshot.edges.iter().map(|edge| (edge.from, edge.to));
        let names = snapshot.stages.iter().map(|stage| width_of(&stage.name));
        let widest = names.fold(0.0, f64::max);
        let box_width = widest.clamp(*BOX_WIDTH.start(), *BOX_WIDTH.end());
        Self::new(snapshot.stages.len(), &edges.collect::<Vec<_>>(), box_width)
    }

    /// Whether it is that of this chain, too.
    pub fn fits(&self, snapshot: &Snapshot) -> bool {
        let edges = snapshot.edges.iter().map(|edge| (edge.from, edge.to));
        let ways = self.ways.iter().map(|way| (way.from, way.to));
        self.boxes.len() == snapshot.stages.len() && ways.eq(edges)
    }

    /// As much of a name as goes into a box.
    pub fn fitting(&self, name: &str) -> String {
        if width_of(name) <= self.box_width {
            return name.to_owned();
        }
        let mut room = self.box_width - 2.0 * PADDING - letter_width('…');
        let fits = |letter: &char| {
            room -= letter_width(*letter);
            room >= 0.0
        };
        name.chars().take_while(fits).chain(['…']).collect()
    }

    fn new(stages: usize, edges: &[(usize, usize)], box_width: f64) -> Result<Self> {
        let columns = columns(stages, edges)?;
        // First the boxes, then the places of the edges: what each is high, and what it is linked to.
        let mut sizes = vec![BOX; stages];
        let mut links = Vec::new();
        for &(from, to) in edges {
            let mut last = from;
            for _ in columns[from] + 1..columns[to] {
                links.push((last as u32, sizes.len() as u32));
                last = sizes.len();
                sizes.push(LABEL);
            }
            links.push((last as u32, to as u32));
            if sizes.len() > MOST_PLACES {
                return Err(undrawable("is too large to be drawn"));
            }
        }
        let (heights, height) = heights(&sizes, &links);

        let mut places = heights[stages..].iter();
        let way = |&(from, to): &(usize, usize)| {
            let (_, start) = span(columns[from], box_width);
            let (end, _) = span(columns[to], box_width);
            let mut points = vec![Point {
                x: start,
                y: heights[from],
            }];
            for (column, &y) in (columns[from] + 1..columns[to]).zip(&mut places) {
                let (left, right) = span(column, box_width);
                points.extend([left, right].map(|x| Point { x, y }));
            }
            points.push(Point {
                x: end,
                y: heights[to],
            });
            let (x, y) = (points[1].x + LABEL_WIDTH / 2.0, points[1].y - 5.0);
            Way {
                from,
                to,
                points,
                label: Point { x, y },
            }
        };
        let mut ways: Vec<_> = edges.iter().map(way).collect();
        for stage in 0..stages {
            spread(&mut ways, |way| (way.from == stage).then_some((0, 1)));
            spread(&mut ways, |way| {
                let last = way.points.len() - 1;
                (way.to == stage).then_some((last, last - 1))
            });
        }
        let top_left = |(&column, y): (&usize, &f64)| {
            let (x, _) = span(column, box_width);
            Point {
                x,
                y: y - BOX / 2.0,
            }
        };
        let last = columns.iter().copied().max().unwrap_or(0);
        Ok(Self {
            width: span(last, box_width).1,
            height,
            box_width,
            boxes: columns.iter().zip(&heights).map(top_left).collect(),
            ways,
        })
    }
}

/// The column of each stage: right of all those that hand something on to it.
fn columns(stages: usize, edges: &[(usize, usize)]) -> Result<Vec<usize>> {
    let mut columns = vec![0; stages];
    // No way is longer than that, unless it leads back.
    for _ in 0..=stages {
        let mut is_settled = true;
        for &(from, to) in edges {
            if columns[to] < columns[from] + 2 {
                columns[to] = columns[from] + 2;
                is_settled = false;
            }
        }
        if is_settled {
            return Ok(columns);
        }
    }
    Err(undrawable("has a circle"))
}

/// How high the middle of each vertex is, and all together.
fn heights(sizes: &[f64], links: &[(u32, u32)]) -> (Vec<f64>, f64) {
    let config = Config {
        vertex_spacing: SPACING,
        // Every link leads to the next column already; the other types may never end.
        ranking_type: RankingType::Up,
        ..Config::default()
    };
    // It lays out from top to bottom. What flows apart, it lays out apart.
    let vertices: Vec<_> = (0..).zip(sizes.iter().map(|&size| (size, 1.0))).collect();
    let parts = from_vertices_and_edges(&vertices, links, &config);
    let mut heights = vec![0.0; sizes.len()];
    let mut top = 0.0;
    for (part, _, _) in parts {
        let upper = part.iter().map(|&(vertex, (y, _))| y - sizes[vertex] / 2.0);
        let upper = upper.fold(f64::INFINITY, f64::min);
        let mut bottom = top;
        for (vertex, (y, _)) in part {
            heights[vertex] = top + y - upper;
            bottom = f64::max(bottom, heights[vertex] + sizes[vertex] / 2.0);
        }
        top = bottom + SPACING;
    }
    (heights, f64::max(top - SPACING, 0.0))
}

/// Spreads the ways that meet at a box along its side, in the order in which they come or go. `end` is the
/// index of the point of a way at the box, and of the one beside it.
fn spread(ways: &mut [Way], end: impl Fn(&Way) -> Option<(usize, usize)>) {
    let mut ends: Vec<_> = ways
        .iter_mut()
        .filter_map(|way| end(way).map(|(at, beside)| (way.points[beside].y, &mut way.points[at])))
        .collect();
    ends.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let gaps = (ends.len() as f64 - 1.0).max(1.0);
    let step = f64::min(14.0, (BOX - 20.0) / gaps);
    let first = step * (ends.len() as f64 - 1.0) / -2.0;
    for (index, (_, point)) in ends.into_iter().enumerate() {
        point.y += first + step * index as f64;
    }
}

/// Where a column begins and ends. Those of boxes are even.
fn span(column: usize, box_width: f64) -> (f64, f64) {
    let both = box_width + LABEL_WIDTH + 2.0 * GAP;
    let left = (column / 2) as f64 * both;
    match column % 2 {
        0 => (left, left + box_width),
        _ => (left + box_width + GAP, left + both - GAP),
    }
}

/// How wide a box has to be for this name, about.
fn width_of(name: &str) -> f64 {
    name.chars().map(letter_width).sum::<f64>() + 2.0 * PADDING
}

fn letter_width(letter: char) -> f64 {
    if letter.is_ascii() { 9.0 } else { 14.0 }
}

fn undrawable(problem: &str) -> Error {
    Error::Protocol {
        problem: format!("the graph {problem}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever stands in a column, with its upper and lower end.
    fn check(layout: &Layout, graph: &str) {
        let mut taken: Vec<(i64, f64, f64)> = Vec::new();
        for corner in &layout.boxes {
            taken.push((corner.x as i64, corner.y, corner.y + BOX));
        }
        for way in &layout.ways {
            for places in way.points[1..way.points.len() - 1].chunks(2) {
                let y = places[0].y;
                taken.push((places[0].x as i64, y - LABEL / 2.0, y + LABEL / 2.0));
            }
        }
        taken.sort_by(|one, other| (one.0, one.1).partial_cmp(&(other.0, other.1)).unwrap());
        for pair in taken.windows(2) {
            let [(column, _, end), (next, start, _)] = [pair[0], pair[1]];
            assert!(column != next || end <= start + 0.01, "{pair:?} in {graph}");
        }
        for &(column, start, end) in &taken {
            assert!(start >= -0.01 && end <= layout.height + 0.01, "{graph}");
            assert!(column >= 0 && column as f64 <= layout.width, "{graph}");
        }
    }

    /// Numbers that look random, and are the same every time.
    fn random(seed: u64) -> impl FnMut(u64) -> usize {
        let mut state = seed;
        move |below| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % below) as usize
        }
    }

    #[test]
    fn nothing_overlaps_in_whatever_graph() {
        for seed in 0..200 {
            let mut random = random(seed);
            let (stages, most) = (2 + random(30), random(60));
            let mut edges = Vec::new();
            for _ in 0..most {
                let (one, other) = (random(stages as u64), random(stages as u64));
                if one < other {
                    edges.push((one, other));
                }
            }
            let layout = Layout::new(stages, &edges, 136.0).unwrap();
            check(&layout, &format!("{stages} stages, {edges:?}"));
            // Nothing jumps when it is laid out once more.
            assert_eq!(layout, Layout::new(stages, &edges, 136.0).unwrap());
        }
    }

    #[test]
    fn a_straight_chain_is_straight() {
        let layout = Layout::new(3, &[(0, 1), (1, 2)], 136.0).unwrap();
        assert!(layout.boxes.iter().all(|corner| corner.y == 0.0));
        assert_eq!(layout.height, BOX);
        let points = layout.ways.iter().flat_map(|way| &way.points);
        assert!(points.map(|point| point.y).eq([BOX / 2.0; 8]));
    }

    #[test]
    fn a_long_name_is_cut_off() {
        let layout = Layout::new(1, &[], 240.0).unwrap();
        assert_eq!(
            layout.fitting("twenty-three-letters-xy"),
            "twenty-three-letters-xy"
        );
        assert_eq!(
            layout.fitting("twenty-four-letters-xyz-"),
            "twenty-four-letters-xy…"
        );
        assert_eq!(layout.fitting(&"語".repeat(100)), "語".repeat(14) + "…");
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        for (stages, edges, problem) in [
            (1, vec![(0, 0)], "the graph has a circle"),
            (3, vec![(0, 1), (1, 2), (2, 1)], "the graph has a circle"),
            (
                200,
                (0..600)
                    .map(|edge| (edge % 199, 199))
                    .chain((0..199).map(|stage| (stage, stage + 1)))
                    .collect(),
                "the graph is too large to be drawn",
            ),
        ] {
            let error = Layout::new(stages, &edges, 136.0).unwrap_err().to_string();
            assert!(error.ends_with(problem), "{error}");
        }
        assert_eq!(Layout::new(0, &[], 136.0).unwrap().height, 0.0);
    }
}
