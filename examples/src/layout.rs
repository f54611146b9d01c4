//! [`Layout`]: where everything goes in the picture of a graph.
//!
//! The graph flows from left to right. Every other column is of boxes; those between hold what is written
//! beside the edges. An edge has a place of its own in each column that it goes through, and so it crosses
//! no box and no writing. In which order all that stands in a column, and how high, is found by
//! rust-sugiyama, by the method of Sugiyama, and Brandes and Köpf.

use rust_sugiyama::{
    configure::{Config, RankingType},
    from_vertices_and_edges,
};
use teleop::{Error, Result};

use crate::snapshot::Snapshot;

/// The size of a box.
pub const BOX: (f64, f64) = (150.0, 58.0);
/// The size of what is written beside an edge, with the edge below.
const LABEL: (f64, f64) = (52.0, 34.0);
/// Between columns: the room for an edge to go up or down.
const GAP: f64 = 22.0;
/// Between what stands in a column.
const SPACING: f64 = 18.0;

/// How many places all columns have together, at most: what takes no longer than a second.
const MOST_PLACES: usize = 3000;

/// Where everything goes. The unit is the pixel, the origin is at the top left.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub width: f64,
    pub height: f64,
    /// The middle of the box of each stage.
    pub boxes: Vec<Point>,
    pub ways: Vec<Way>,
}

/// The way of an edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// The index of a stage.
    pub from: usize,
    pub to: usize,
    /// From the first to the second it bends, from there to the third it is straight, and so on.
    pub points: Vec<Point>,
    /// The middle of what is written beside it.
    pub label: Point,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

/// What an edge takes of a column that it goes through.
struct Place {
    column: usize,
    /// The vertex of rust-sugiyama.
    vertex: usize,
}

impl Layout {
    /// Lays out a chain.
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`] where there is a circle, or where it would be too large to be looked at.
    pub fn of(snapshot: &Snapshot) -> Result<Self> {
        let edges = snapshot.edges.iter().map(|edge| (edge.from, edge.to));
        Self::new(snapshot.stages.len(), &edges.collect::<Vec<_>>())
    }

    /// Whether it is that of this chain, too.
    pub fn fits(&self, snapshot: &Snapshot) -> bool {
        let edges = snapshot.edges.iter().map(|edge| (edge.from, edge.to));
        let ways = self.ways.iter().map(|way| (way.from, way.to));
        self.boxes.len() == snapshot.stages.len() && ways.eq(edges)
    }

    fn new(stages: usize, edges: &[(usize, usize)]) -> Result<Self> {
        let columns = columns(stages, edges)?;
        let mut sizes = vec![BOX.1; stages];
        let mut links = Vec::new();
        let mut all_places = Vec::new();
        for &(from, to) in edges {
            let mut places = Vec::new();
            let mut last = from;
            for column in columns[from] + 1..columns[to] {
                let vertex = sizes.len();
                sizes.push(LABEL.1);
                links.push((last as u32, vertex as u32));
                places.push(Place { column, vertex });
                last = vertex;
            }
            links.push((last as u32, to as u32));
            all_places.push(places);
            if sizes.len() > MOST_PLACES {
                return Err(undrawable("is too large to be drawn"));
            }
        }
        let (heights, height) = heights(&sizes, &links);

        let middle = |stage: usize| Point {
            x: left(columns[stage]) + BOX.0 / 2.0,
            y: heights[stage],
        };
        let mut ways: Vec<_> = all_places
            .iter()
            .zip(edges)
            .map(|(places, &(from, to))| {
                let mut points = vec![Point {
                    x: left(columns[from]) + BOX.0,
                    y: heights[from],
                }];
                for place in places {
                    let (x, y) = (left(place.column), heights[place.vertex]);
                    points.extend([
                        Point { x, y },
                        Point {
                            x: x + width(place.column),
                            y,
                        },
                    ]);
                }
                points.push(Point {
                    x: left(columns[to]),
                    y: heights[to],
                });
                let label = Point {
                    x: (points[1].x + points[2].x) / 2.0,
                    y: points[1].y,
                };
                Way {
                    from,
                    to,
                    points,
                    label,
                }
            })
            .collect();
        for stage in 0..stages {
            spread(&mut ways, |way| (way.from == stage).then_some((0, 1)));
            spread(&mut ways, |way| {
                let last = way.points.len() - 1;
                (way.to == stage).then_some((last, last - 1))
            });
        }
        let last = columns.iter().copied().max().unwrap_or(0);
        Ok(Self {
            width: left(last) + width(last),
            height,
            boxes: (0..stages).map(middle).collect(),
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
    let step = f64::min(14.0, (BOX.1 - 20.0) / gaps);
    let first = step * (ends.len() as f64 - 1.0) / -2.0;
    for (index, (_, point)) in ends.into_iter().enumerate() {
        point.y += first + step * index as f64;
    }
}

/// The left end of a column.
fn left(column: usize) -> f64 {
    let before = |offset: usize| ((column + offset) / 2) as f64;
    before(1) * BOX.0 + before(0) * LABEL.0 + column as f64 * GAP
}

fn width(column: usize) -> f64 {
    if column % 2 == 0 { BOX.0 } else { LABEL.0 }
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
        for middle in &layout.boxes {
            taken.push((
                (middle.x - BOX.0 / 2.0) as i64,
                middle.y - BOX.1 / 2.0,
                middle.y + BOX.1 / 2.0,
            ));
        }
        for way in &layout.ways {
            for places in way.points[1..way.points.len() - 1].chunks(2) {
                let y = places[0].y;
                taken.push((places[0].x as i64, y - LABEL.1 / 2.0, y + LABEL.1 / 2.0));
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
            let layout = Layout::new(stages, &edges).unwrap();
            check(&layout, &format!("{stages} stages, {edges:?}"));
        }
    }

    #[test]
    fn a_straight_chain_is_straight() {
        let layout = Layout::new(3, &[(0, 1), (1, 2)]).unwrap();
        let middles = layout.boxes.iter().map(|middle| middle.y);
        assert!(middles.clone().all(|y| y == BOX.1 / 2.0));
        assert_eq!(layout.height, BOX.1);
        let points = layout.ways.iter().flat_map(|way| &way.points);
        assert!(points.map(|point| point.y).eq([BOX.1 / 2.0; 8]));
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
            let error = Layout::new(stages, &edges).unwrap_err().to_string();
            assert!(error.ends_with(problem), "{error}");
        }
        assert_eq!(Layout::new(0, &[]).unwrap().height, 0.0);
    }
}
