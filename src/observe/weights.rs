//! What a stage of matching learned, as a picture: a bar for every level of every comparison.

use std::fmt::Write as _;

use crate::run::MatchReport;

/// Widths and heights in pixels.
const LABELS: f64 = 360.0;
const BARS: f64 = 440.0;
const WIDTH: f64 = LABELS + BARS + 80.0;
const LINE: f64 = 20.0;
const TOP: f64 = 52.0;

/// The match weights, log2(m / u), as an SVG: to the right for a match, to the left against one. `None` where a stage
/// weighs nothing.
pub fn chart(report: &MatchReport) -> Option<String> {
    let likely = report.likely.as_ref()?;
    let bits = likely.weights.iter().flat_map(|part| &part.levels).map(|level| level.bits.abs());
    let scale = BARS / 2.0 / bits.fold(1.0, f64::max);
    let lines = likely.weights.iter().map(|part| part.levels.len() as f64 + 1.5).sum::<f64>();
    let (height, middle) = (TOP + lines * LINE + 12.0, LABELS + BARS / 2.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"12\" y=\"22\" font-size=\"15\">Match weights of {}</text>\n\
         <text x=\"12\" y=\"40\" fill=\"#555\">log2(m / u): to the right for a match, to the left against one; one pair of records in {:.0} is a match</text>\n\
         <line x1=\"{middle}\" x2=\"{middle}\" y1=\"{TOP}\" y2=\"{height}\" stroke=\"#999\"/>\n",
        escaped(&report.name),
        1.0 / likely.lambda
    );
    let mut y = TOP + LINE;
    for part in &likely.weights {
        let _ = writeln!(out, "<text x=\"12\" y=\"{y}\" font-weight=\"bold\">{}</text>", escaped(&part.comparison));
        y += LINE;
        for level in &part.levels {
            let length = level.bits.abs() * scale;
            let (x, end, fill) = if level.bits < 0.0 {
                (middle - length, middle + 4.0, "#b4464b")
            } else {
                (middle, middle + length + 4.0, "#3b7a57")
            };
            let _ = writeln!(
                out,
                "<text x=\"24\" y=\"{y}\">{}</text>\
                 <rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{length:.1}\" height=\"13\" fill=\"{fill}\">\
                 <title>m {:.6}, u {:.8}</title></rect>\
                 <text x=\"{end:.1}\" y=\"{y}\" fill=\"#333\">{:+.1}</text>",
                escaped(&level.label),
                y - 11.0,
                level.m,
                level.u,
                level.bits
            );
            y += LINE;
        }
        y += LINE / 2.0;
    }
    out.push_str("</svg>\n");
    Some(out)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
