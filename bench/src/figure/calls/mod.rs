//! Echoes between two processes, of all that speak.

mod aims;

use std::time::Duration;

use anyhow::Result;
use teleop_bench_load::{Calls, Load};

use crate::{
    Options,
    affinity::OneCore,
    goal::Goal,
    place::Place,
    race::{By, Race},
    speaker::Pair,
    speakers::Speakers,
};

/// Of each sample. Those that are in flight at its end are waited for.
const DURATION: Duration = Duration::from_millis(20);
/// Of many large messages in flight, and of very many, there are fewer samples: one takes longer than that.
const FEW: usize = 10;

/// Where the two processes run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cores {
    /// Wherever the system has them.
    Any,
    /// Both on the same.
    One,
    /// Each on its own: what the system does at times, and at times not.
    Each,
}

/// What is called, and how many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    size: Size,
    /// On each connection.
    in_flight: usize,
    connections: usize,
    cores: Cores,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Small,
    Middle,
    Large,
}

impl Shape {
    const fn new(size: Size, in_flight: usize, connections: usize) -> Self {
        Self {
            size,
            in_flight,
            connections,
            cores: Cores::Any,
        }
    }

    const fn on_one_core(self) -> Self {
        Self {
            cores: Cores::One,
            ..self
        }
    }

    const fn on_a_core_each(self) -> Self {
        Self {
            cores: Cores::Each,
            ..self
        }
    }

    fn name(self) -> String {
        let Self {
            in_flight,
            connections,
            ..
        } = self;
        let size = match self.size {
            Size::Small => "16 B",
            Size::Middle => "1 KiB",
            Size::Large => "1 MiB",
        };
        let over = match connections {
            1 => "",
            _ => " on each of 64 connections",
        };
        let core = match self.cores {
            Cores::Any => "",
            Cores::One => ", one core",
            Cores::Each => ", a core each",
        };
        format!("echo of {size}, {in_flight} in flight{over}{core}")
    }

    fn load(self) -> Load {
        Load::Calls(Calls {
            bytes: match self.size {
                Size::Small => 16,
                Size::Middle => 1 << 10,
                Size::Large => 1 << 20,
            },
            in_flight: self.in_flight,
            connections: self.connections,
            duration: DURATION,
        })
    }

    fn by(self) -> By {
        match self.at_once() {
            1 => By::Latency,
            _ => By::Rate,
        }
    }

    fn rounds(self, options: &Options) -> usize {
        match (self.size, self.at_once()) {
            (Size::Large, 2..) | (_, 1000..) => options.rounds.min(FEW),
            _ => options.rounds,
        }
    }

    fn at_once(self) -> usize {
        self.in_flight * self.connections
    }
}

/// What a single call takes: most of what is aimed at.
const ONE: Shape = Shape::new(Size::Small, 1, 1);
const MANY: Shape = Shape::new(Size::Small, 64, 1);
const LARGE: Shape = Shape::new(Size::Large, 1, 1);

/// Not 64 times 64 of the large ones: 4 GiB would be under way.
const SHAPES: [Shape; 14] = [
    ONE,
    ONE.on_one_core(),
    MANY,
    MANY.on_one_core(),
    MANY.on_a_core_each(),
    Shape::new(Size::Small, 1, 64),
    Shape::new(Size::Small, 64, 64),
    Shape::new(Size::Middle, 1, 1),
    Shape::new(Size::Middle, 64, 1),
    Shape::new(Size::Middle, 1, 64),
    Shape::new(Size::Middle, 64, 64),
    LARGE,
    Shape::new(Size::Large, 64, 1),
    Shape::new(Size::Large, 1, 64),
];

pub(crate) fn races(
    options: &Options,
    place: &Place,
    speakers: &Speakers<'_>,
) -> Result<(Vec<Race>, Vec<Goal>)> {
    let start = || -> Result<Vec<Pair>> {
        let all = speakers.all().iter();
        all.map(|&speaker| Pair::start(speaker, place, speakers))
            .collect()
    };
    let mut anywhere = start()?;
    let mut on_one_core = {
        let _one = OneCore::new()?;
        start()?
    };
    let mut on_a_core_each = start()?;
    for pair in &on_a_core_each {
        pair.server.part_from(pair.client.pid())?;
    }
    let mut races = Vec::new();
    let mut goals = Vec::new();
    for shape in SHAPES {
        let pairs = match shape.cores {
            Cores::Any => &mut anywhere,
            Cores::One => &mut on_one_core,
            Cores::Each => &mut on_a_core_each,
        };
        let (load, by) = (shape.load(), shape.by());
        let mut race = Race::run(shape.name(), load, by, pairs, shape.rounds(options));
        race.missing(speakers.missing());
        goals.extend(aims::goals(shape, &race));
        races.push(race);
    }
    let all = anywhere.into_iter().chain(on_one_core);
    for pair in all.chain(on_a_core_each) {
        pair.finish()?;
    }
    Ok((races, goals))
}
