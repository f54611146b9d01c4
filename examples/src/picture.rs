//! [`Picture`]: a [`Snapshot`] as SVG, and [`Page`]: that as HTML.

use std::{
    fmt::{self, Display, Formatter, Write},
    time::SystemTime,
};

use crate::{
    layout::{BOX, Layout, PADDING, Point, Way},
    snapshot::{Snapshot, Stage, word},
    state_capnp::Status,
};

/// Around the graph; above it is the title, below it the errors and the legend.
const MARGIN: f64 = 28.0;
const HEADER: f64 = 84.0;
const LINE: f64 = 22.0;
const ICON: f64 = 12.0;
/// As wide as what stands above and below.
const LEAST_WIDTH: f64 = 640.0;
/// How many errors are written out.
const MOST_ERRORS: usize = 5;

const STATUSES: [Status; 5] = [
    Status::Waiting,
    Status::Running,
    Status::Success,
    Status::Error,
    Status::Stopped,
];

/// A chain, drawn. Displayed, it is SVG.
pub struct Picture<'a> {
    pub program: &'a str,
    pub pid: u32,
    /// When it is drawn.
    pub time: SystemTime,
    /// Whether the process is gone: the snapshot is the last one of it.
    pub is_gone: bool,
    pub snapshot: &'a Snapshot,
    pub layout: &'a Layout,
}

/// A page that shows a picture and, as long as there is more to come, loads itself again every second.
/// Displayed, it is HTML.
pub struct Page<'a>(pub Picture<'a>);

impl Display for Picture<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (snapshot, layout) = (self.snapshot, self.layout);
        let failed = |stage: &&Stage| stage.status == Some(Status::Error);
        let errors: Vec<_> = snapshot.stages.iter().filter(failed).collect();
        let width = layout.width.max(LEAST_WIDTH) + 2.0 * MARGIN;
        let below = HEADER + layout.height + MARGIN;
        let lines = errors.len().min(MOST_ERRORS + 1) as f64;
        let legend = below + LINE * lines;
        let height = legend + ICON + MARGIN;

        let size = format!(r#"width="{width}" height="{height}""#);
        writeln!(
            f,
            r#"<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">"#
        )?;
        let (program, pid) = (Escaped(self.program), self.pid);
        writeln!(f, "<title>{program}, process {pid}</title>")?;
        writeln!(f, "<style>\n{STYLE}</style>\n{ARROW}")?;
        writeln!(f, r#"<rect class="paper" {size} rx="14"/>"#)?;
        draw_text(f, "title", MARGIN, 40.0, &program)?;
        let gone = if self.is_gone { ", which is gone" } else { "" };
        let time = humantime::format_rfc3339_seconds(self.time);
        let note = format!("process {pid}{gone} · {time} · {}", snapshot.summary());
        draw_text(f, "note", MARGIN, 60.0, &note)?;

        writeln!(f, r#"<g transform="translate({MARGIN} {HEADER})">"#)?;
        for (way, edge) in layout.ways.iter().zip(&snapshot.edges) {
            draw_edge(f, way, edge.count, snapshot)?;
        }
        for (&corner, stage) in layout.boxes.iter().zip(&snapshot.stages) {
            draw_stage(f, corner, stage, layout)?;
        }
        writeln!(f, "</g>")?;

        let beside = MARGIN + ICON + 6.0;
        for (index, stage) in errors.iter().take(MOST_ERRORS).enumerate() {
            let y = below + LINE * index as f64;
            draw_icon(f, MARGIN, y, stage.status)?;
            let (name, error) = (Escaped(&stage.name), Escaped(&stage.error));
            draw_text(f, "problem", beside, y + 10.0, &format!("{name}: {error}"))?;
        }
        if errors.len() > MOST_ERRORS {
            let more = format!("and {} more", errors.len() - MOST_ERRORS);
            draw_text(f, "note", beside, legend - LINE + 10.0, &more)?;
        }
        for (index, status) in STATUSES.into_iter().enumerate() {
            let across = 92.0 * index as f64;
            draw_icon(f, MARGIN + across, legend, Some(status))?;
            draw_text(
                f,
                "note",
                beside + across,
                legend + 10.0,
                &word(Some(status)),
            )?;
        }
        write!(f, "</svg>")
    }
}

impl Display for Page<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let picture = &self.0;
        let reload = if picture.is_gone || picture.snapshot.is_over() {
            ""
        } else {
            r#"<meta http-equiv="refresh" content="1">"#
        };
        let title = Escaped(picture.program);
        write!(
            f,
            r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8">{reload}
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>body {{ margin: 2vmin }} body > svg {{ max-width: 100%; height: auto }}</style></head>
<body>
{picture}
</body></html>
"#
        )
    }
}

fn draw_stage(f: &mut Formatter<'_>, at: Point, stage: &Stage, layout: &Layout) -> fmt::Result {
    let (Point { x, y }, width, word) = (at, layout.box_width, word(stage.status));
    // A picture in the picture: whatever is in it stays in it.
    writeln!(
        f,
        r#"<svg class="stage {word}" x="{x}" y="{y}" width="{width}" height="{BOX}">"#
    )?;
    let (name, doc) = (Escaped(&stage.name), Escaped(&stage.doc));
    writeln!(f, "<title>{name}: {doc}</title>")?;
    let (inner, high) = (width - 2.0, BOX - 2.0);
    writeln!(
        f,
        r#"<rect x="1" y="1" width="{inner}" height="{high}" rx="10"/>"#
    )?;
    draw_text(
        f,
        "name",
        PADDING,
        25.0,
        &Escaped(&layout.fitting(&stage.name)),
    )?;
    draw_icon(f, PADDING, 34.5, stage.status)?;
    draw_text(f, "note", PADDING + ICON + 6.0, 44.5, &word)?;
    draw_text(f, "count", width - PADDING, 44.5, &Count(stage.items))?;
    writeln!(f, "</svg>")
}

fn draw_edge(f: &mut Formatter<'_>, way: &Way, count: u64, snapshot: &Snapshot) -> fmt::Result {
    let name = |stage: usize| Escaped(&snapshot.stages[stage].name);
    let class = if count > 0 { "edge used" } else { "edge" };
    writeln!(f, r#"<g class="{class}">"#)?;
    writeln!(f, "<title>{} → {}</title>", name(way.from), name(way.to))?;
    let start = way.points[0];
    write!(f, r#"<path d="M{} {}"#, start.x, start.y)?;
    for (index, pair) in way.points.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        if index % 2 == 0 {
            let x = (from.x + to.x) / 2.0;
            write!(f, " C{x} {} {x} {} {} {}", from.y, to.y, to.x, to.y)?;
        } else {
            write!(f, " H{}", to.x)?;
        }
    }
    writeln!(f, r#"" marker-end="url(#arrow)"/>"#)?;
    draw_text(f, "count", way.label.x, way.label.y, &Count(count))?;
    writeln!(f, "</g>")
}

/// Writes what is escaped already, or is ours.
fn draw_text(
    f: &mut Formatter<'_>,
    class: &str,
    x: f64,
    y: f64,
    text: &dyn Display,
) -> fmt::Result {
    writeln!(f, r#"<text class="{class}" x="{x}" y="{y}">{text}</text>"#)
}

/// A sign for a status, which can be told without its colour.
fn draw_icon(f: &mut Formatter<'_>, x: f64, y: f64, status: Option<Status>) -> fmt::Result {
    let path = match status {
        Some(Status::Waiting) => "M6 1.5a4.5 4.5 0 1 0 .01 0zM6 3.5V6.2L8 7.5",
        Some(Status::Running) => "M3 1.5 10.5 6 3 10.5z",
        Some(Status::Success) => "M1.5 6.5 4.5 9.5 10.5 2.5",
        Some(Status::Error) => "M2 2 10 10M10 2 2 10",
        Some(Status::Stopped) => "M2 2H10V10H2z",
        None => "M3.5 3.5a2.5 2.5 0 1 1 2.5 3V8M6 10V10.5",
    };
    let word = word(status);
    writeln!(
        f,
        r#"<path class="icon {word}" transform="translate({x} {y})" d="{path}"/>"#
    )
}

/// A count in few letters.
struct Count(u64);

impl Display for Count {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0 < 10_000 {
            return write!(f, "{}", self.0);
        }
        let (mut tenths, mut units) = (self.0 / 100, "kMGTPE".chars());
        let mut unit = units.next();
        while tenths >= 10_000 {
            tenths /= 1000;
            unit = units.next();
        }
        // Cut off, not rounded: it says nothing that is not so yet.
        write!(f, "{}", tenths / 10)?;
        if tenths < 1000 {
            write!(f, ".{}", tenths % 10)?;
        }
        unit.map_or(Ok(()), |unit| f.write_char(unit))
    }
}

/// Text in XML.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

const STYLE: &str = include_str!("picture.css");

const ARROW: &str = r#"<marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 .5 8 4 0 7.5z"/></marker>"#;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::snapshot::{Edge, plain};

    /// Stages of these names, in a row.
    fn snapshot(names: &[&str]) -> Snapshot {
        let stage = |name: &&str| Stage {
            name: plain(name),
            doc: plain(name),
            status: Some(Status::Error),
            error: plain(name),
            items: 7,
        };
        let edge = |to| Edge {
            from: to - 1,
            to,
            count: 3,
        };
        Snapshot {
            stages: names.iter().map(stage).collect(),
            edges: (1..names.len()).map(edge).collect(),
        }
    }

    fn picture<'a>(snapshot: &'a Snapshot, layout: &'a Layout, program: &'a str) -> Picture<'a> {
        Picture {
            program,
            pid: 4242,
            time: SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000),
            is_gone: false,
            snapshot,
            layout,
        }
    }

    #[test]
    fn a_hostile_name_is_nothing_but_text() {
        let names = [
            "</text><script>alert(1)</script>",
            "\" onload=\"alert(1)\" x='",
            "]]>&lt;&#0;<!--<![CDATA[",
            "\u{1b}[31m\u{0}\u{202e}\u{ffff}\n",
        ];
        let snapshot = snapshot(&names);
        let layout = Layout::of(&snapshot).unwrap();
        for program in names.map(plain) {
            let svg = picture(&snapshot, &layout, &program).to_string();
            let parsed = roxmltree::Document::parse(&svg).unwrap();
            for node in parsed.descendants().filter(|node| node.is_element()) {
                let tag = node.tag_name().name();
                let ours = [
                    "svg", "g", "title", "style", "marker", "path", "rect", "text",
                ];
                assert!(ours.contains(&tag), "{tag}");
                assert!(
                    node.attributes()
                        .all(|attribute| attribute.name() != "onload")
                );
            }
            for name in names.map(plain) {
                let both = format!("{name}: {name}");
                let is_it = |node: roxmltree::Node<'_, '_>| node.text() == Some(&both);
                assert!(parsed.descendants().any(is_it), "{name}");
            }
            let page = Page(picture(&snapshot, &layout, &program)).to_string();
            assert!(
                !page.contains("<script") && !page.contains("<!--"),
                "{page}"
            );
        }
    }

    #[test]
    fn a_page_loads_itself_again_as_long_as_there_is_more_to_come() {
        let mut snapshot = snapshot(&["a", "b"]);
        let layout = Layout::of(&snapshot).unwrap();
        let reloads = |snapshot: &Snapshot, is_gone| {
            let picture = Picture {
                is_gone,
                ..picture(snapshot, &layout, "p")
            };
            Page(picture).to_string().contains("http-equiv=\"refresh\"")
        };
        assert!(!reloads(&snapshot, false));
        snapshot.stages[0].status = Some(Status::Running);
        assert!(reloads(&snapshot, false));
        assert!(!reloads(&snapshot, true));
    }

    #[test]
    fn a_count_stays_short() {
        for (count, shown) in [
            (0, "0"),
            (9_999, "9999"),
            (10_000, "10.0k"),
            (99_999, "99.9k"),
            (123_456, "123k"),
            (999_999, "999k"),
            (1_000_000, "1.0M"),
            (u64::MAX, "18.4E"),
        ] {
            assert_eq!(Count(count).to_string(), shown);
        }
    }

    #[test]
    fn of_many_errors_some_are_written_out() {
        let snapshot = snapshot(&["a", "b", "c", "d", "e", "f", "g"]);
        let layout = Layout::of(&snapshot).unwrap();
        let svg = picture(&snapshot, &layout, "p").to_string();
        assert!(svg.contains(">e: e</text>") && !svg.contains(">f: f</text>"));
        assert!(svg.contains(">and 2 more</text>"));
    }
}
