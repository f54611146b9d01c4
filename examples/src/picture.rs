//! [`Picture`]: a [`Snapshot`] as SVG, and [`Page`]: that as HTML.

use std::{
    fmt::{self, Display, Formatter, Write},
    time::SystemTime,
};

use crate::{
    layout::{BOX, Layout, Way},
    snapshot::{Snapshot, Stage, word},
    state_capnp::Status,
};

/// Around the graph; above it is the title, below it the errors and the legend.
const MARGIN: f64 = 28.0;
const HEADER: f64 = 84.0;
const LINE: f64 = 20.0;
/// As wide as the legend.
const LEAST_WIDTH: f64 = 520.0;
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
        let lines = errors.len().min(MOST_ERRORS + 1) as f64;
        let width = layout.width.max(LEAST_WIDTH) + 2.0 * MARGIN;
        let below = HEADER + layout.height + MARGIN;
        let legend = below + lines * LINE + if lines > 0.0 { 12.0 } else { 0.0 };
        let height = legend + 12.0 + MARGIN;

        writeln!(
            f,
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">"#
        )?;
        let program = Escaped(self.program);
        writeln!(f, "<title>{program}, process {}</title>", self.pid)?;
        writeln!(f, "<style>{STYLE}</style>\n{ARROW}")?;
        writeln!(
            f,
            r#"<rect class="paper" width="{width}" height="{height}" rx="14"/>"#
        )?;
        writeln!(
            f,
            r#"<text class="title" x="{MARGIN}" y="40">{program}</text>"#
        )?;
        let pid = self.pid;
        let gone = if self.is_gone { ", which is gone" } else { "" };
        let time = humantime::format_rfc3339_seconds(self.time);
        let summary = snapshot.summary();
        writeln!(
            f,
            r#"<text class="note" x="{MARGIN}" y="60">process {pid}{gone} · {time} · {summary}</text>"#
        )?;

        writeln!(f, r#"<g transform="translate({MARGIN} {HEADER})">"#)?;
        for (way, edge) in layout.ways.iter().zip(&snapshot.edges) {
            draw_edge(f, way, edge.count, snapshot)?;
        }
        for (middle, stage) in layout.boxes.iter().zip(&snapshot.stages) {
            draw_stage(f, middle.x - BOX.0 / 2.0, middle.y - BOX.1 / 2.0, stage)?;
        }
        writeln!(f, "</g>")?;

        for (index, stage) in errors.iter().take(MOST_ERRORS).enumerate() {
            let y = below + index as f64 * LINE;
            let (name, error) = (Escaped(&stage.name), Escaped(&stage.error));
            draw_icon(f, MARGIN, y, stage.status)?;
            writeln!(
                f,
                r#"<text class="name" x="{}" y="{}">{name}: {error}</text>"#,
                MARGIN + 18.0,
                y + 10.0
            )?;
        }
        if let Some(more) = errors
            .len()
            .checked_sub(MOST_ERRORS)
            .filter(|&more| more > 0)
        {
            let y = below + MOST_ERRORS as f64 * LINE + 10.0;
            writeln!(
                f,
                r#"<text class="note" x="{}" y="{y}">and {more} more</text>"#,
                MARGIN + 18.0
            )?;
        }
        for (index, status) in STATUSES.into_iter().enumerate() {
            let x = MARGIN + index as f64 * 92.0;
            draw_icon(f, x, legend, Some(status))?;
            writeln!(
                f,
                r#"<text class="note" x="{}" y="{}">{}</text>"#,
                x + 18.0,
                legend + 10.0,
                word(Some(status))
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

fn draw_stage(f: &mut Formatter<'_>, x: f64, y: f64, stage: &Stage) -> fmt::Result {
    let (width, height) = BOX;
    let word = word(stage.status);
    // A picture in the picture: it cuts off what is too long.
    writeln!(
        f,
        r#"<svg class="stage {word}" x="{x}" y="{y}" width="{width}" height="{height}">"#
    )?;
    let doc = Escaped(if stage.error.is_empty() {
        &stage.doc
    } else {
        &stage.error
    });
    writeln!(f, "<title>{}: {doc}</title>", Escaped(&stage.name))?;
    writeln!(
        f,
        r#"<rect x="1" y="1" width="{}" height="{}" rx="10"/>"#,
        width - 2.0,
        height - 2.0
    )?;
    writeln!(
        f,
        r#"<text class="name" x="14" y="25">{}</text>"#,
        Escaped(&stage.name)
    )?;
    draw_icon(f, 14.0, 34.5, stage.status)?;
    writeln!(f, r#"<text class="note" x="32" y="44.5">{word}</text>"#)?;
    let items = Count(stage.items);
    writeln!(
        f,
        r#"<text class="count" x="{}" y="44.5">{items}</text>"#,
        width - 14.0
    )?;
    writeln!(f, "</svg>")
}

fn draw_edge(f: &mut Formatter<'_>, way: &Way, count: u64, snapshot: &Snapshot) -> fmt::Result {
    let name = |stage: usize| Escaped(&snapshot.stages[stage].name);
    let class = if count > 0 { "edge used" } else { "edge" };
    writeln!(
        f,
        r#"<g class="{class}"><title>{} → {}</title>"#,
        name(way.from),
        name(way.to)
    )?;
    let start = way.points[0];
    write!(f, r#"<path d="M{} {}"#, start.x, start.y)?;
    for (index, pair) in way.points.windows(2).enumerate() {
        let ([from, to], bends) = ([pair[0], pair[1]], index % 2 == 0);
        let middle = (from.x + to.x) / 2.0;
        match bends {
            true => write!(
                f,
                " C{middle} {} {middle} {} {} {}",
                from.y, to.y, to.x, to.y
            )?,
            false => write!(f, " H{}", to.x)?,
        }
    }
    writeln!(f, r#"" marker-end="url(#arrow)"/>"#)?;
    let (x, y) = (way.label.x, way.label.y - 5.0);
    writeln!(f, r#"<text x="{x}" y="{y}">{}</text></g>"#, Count(count))
}

/// A sign for a status, 12 pixels wide and high: it can be told without its colour.
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
        let (mut rest, mut unit) = (self.0, 0);
        while rest >= 1_000_000 {
            rest /= 1000;
            unit += 1;
        }
        match (unit, rest) {
            (0, 0..10_000) => write!(f, "{rest}"),
            (0, _) => write!(f, "{}\u{202f}{:03}", rest / 1000, rest % 1000),
            // Cut off, not rounded: it says nothing that is not so yet.
            _ => write!(
                f,
                "{}.{}{}",
                rest / 1000,
                rest % 1000 / 100,
                ["M", "G", "T", "P", "E"][unit - 1]
            ),
        }
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

/// Each class says all of itself: not everything that shows SVG knows variables.
const STYLE: &str = "
text { font: 12px system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; fill: #1f2328 }
.title { font-size: 20px; font-weight: 600 }
.name { font-size: 14px; font-weight: 600 }
.note { fill: #57606a }
.count { text-anchor: end; font-variant-numeric: tabular-nums }
.paper { fill: #ffffff; stroke: #d0d7de }
.edge path { fill: none; stroke: #b6bec8; stroke-width: 1.5 }
.edge text { text-anchor: middle; fill: #8b949e }
.used path { stroke: #6e7781; stroke-width: 2 }
.used text { fill: #1f2328; font-variant-numeric: tabular-nums }
.head { fill: #6e7781 }
.stage rect { stroke-width: 2; fill: #f6f8fa; stroke: #8c959f }
.icon { fill: none; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; stroke: #6e7781 }
.waiting rect { stroke-dasharray: 5 4 }
.running rect { fill: #ddf0ff; stroke: #0969da }
.success rect { fill: #dcf7e3; stroke: #1a7f37 }
.error rect { fill: #ffe4e1; stroke: #cf222e; stroke-width: 3 }
.stopped rect { fill: #fdf3d1; stroke: #9a6700 }
.icon.waiting { stroke-width: 1.5 }
.icon.running { fill: #0969da; stroke: #0969da }
.icon.success { stroke: #1a7f37 }
.icon.error { stroke: #cf222e }
.icon.stopped { fill: #9a6700; stroke: #9a6700 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.note { fill: #9da7b3 }
.paper { fill: #0d1117; stroke: #30363d }
.edge path { stroke: #484f58 }
.edge text { fill: #8b949e }
.used path { stroke: #8b949e }
.used text { fill: #e6edf3 }
.head { fill: #8b949e }
.stage rect { fill: #161b22; stroke: #6e7681 }
.running rect { fill: #0c2d4d; stroke: #58a6ff }
.success rect { fill: #0f2e18; stroke: #3fb950 }
.error rect { fill: #3d1418; stroke: #ff7b72 }
.stopped rect { fill: #332701; stroke: #d29922 }
.icon.running { fill: #58a6ff; stroke: #58a6ff }
.icon.success { stroke: #3fb950 }
.icon.error { stroke: #ff7b72 }
.icon.stopped { fill: #d29922; stroke: #d29922 }
}
";

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
                let is_it = |node: roxmltree::Node<'_, '_>| node.text() == Some(&name);
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
        let counts = [0, 9999, 10_000, 999_999, 1_000_000, 12_345_678, u64::MAX];
        let shown = counts.map(|count| Count(count).to_string());
        let expected = [
            "0",
            "9999",
            "10\u{202f}000",
            "999\u{202f}999",
            "1.0M",
            "12.3M",
            "18.4E",
        ];
        assert_eq!(shown, expected);
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
