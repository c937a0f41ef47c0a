//! An alert as lines for a terminal: what the `stdout` sink, `replay` and `match` print.

use anstyle::{AnsiColor, Style};

use crate::alert::{Alert, Level};
use crate::clock;
use crate::matcher::Proof;
use crate::telemetry::no_colour;
use crate::text::Clean;

/// Places shown at most: a reader wants the reason, not the whole record.
const MOST_PROOFS: usize = 6;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const MARK: Style = AnsiColor::Yellow.on_default().bold();

/// A silent update names its story in so many characters: it stays one line.
const UPDATE_CHARS: usize = 48;

/// An alert as some lines of text, with colours when `colour`. Nothing in it can command a terminal.
pub fn render_text(alert: &Alert, colour: bool) -> String {
    let paint = Paint::new(colour);
    let level = match alert.level {
        Level::Info => DIM,
        Level::Notice => BOLD,
        Level::Urgent => AnsiColor::Red.on_default().bold(),
    };
    let mut lines = vec![format!(
        "{} {} {}",
        paint.with(level, &format!("{:<6}", alert.level.to_string().to_uppercase())),
        paint.with(BOLD, Clean::line(&alert.title).as_str()),
        paint.with(DIM, &format!("({}, {})", alert.reason, clock::shown(alert.at))),
    )];
    lines.extend(Clean::lines(&alert.body).as_str().lines().map(|line| format!("       {line}")));
    let watches: Vec<_> = alert.watches.iter().map(|watch| Clean::line(watch.as_str()).to_string()).collect();
    lines.push(format!("       {} {}", paint.with(DIM, "because of"), watches.join(" · ")));
    if alert.story.is_some() {
        lines.extend(distinct(&alert.proof).map(|proof| format!("       {}", render_proof(proof, colour))));
    }
    let told_by = Clean::line(&alert.told_by()).to_string();
    if !told_by.is_empty() {
        lines.push(format!("       {} {told_by}", paint.with(DIM, "told by")));
    }
    lines.extend(alert.url.as_deref().map(|url| format!("       {}", Clean::line(url))));
    lines.join("\n")
}

/// A silent update as one quiet line: who tells the story too.
pub fn render_update(alert: &Alert, colour: bool) -> String {
    let title = Clean::line(&alert.title).cut(UPDATE_CHARS);
    Paint::new(colour).with(DIM, &format!("      + {}: {title}", Clean::line(&alert.told_by())))
}

/// One line that shows where a term was found: the words around it, and the term where it reads differently.
pub fn render_proof(proof: &Proof, colour: bool) -> String {
    let paint = Paint::new(colour);
    let snippet = Clean::line(&proof.snippet).to_string();
    let matched = Clean::line(&proof.matched).to_string();
    let marked = match snippet.split_once(&matched) {
        Some((before, after)) if !matched.is_empty() => {
            format!("{before}{}{after}", paint.with(MARK, &format!("[{matched}]")))
        }
        _ => snippet,
    };
    let term = Clean::line(&proof.term).to_string();
    if term == matched { marked } else { format!("{marked} {}", paint.with(DIM, &format!("({term})"))) }
}

/// The proofs that say something new: one for each matched text.
fn distinct(proofs: &[Proof]) -> impl Iterator<Item = &Proof> {
    let fresh = |(place, proof): &(usize, &Proof)| proofs.iter().take(*place).all(|seen| seen.matched != proof.matched);
    proofs.iter().enumerate().filter(fresh).map(|(_, proof)| proof).take(MOST_PROOFS)
}

/// Styles where there are colours and nobody has turned them off.
struct Paint {
    colour: bool,
}

impl Paint {
    fn new(colour: bool) -> Self {
        Self { colour: colour && !no_colour() }
    }

    fn with(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert() -> Alert {
        serde_json::from_value(serde_json::json!({
            "id": "a", "story": "s", "revision": 1, "reason": "first", "level": "urgent", "watches": ["Summit", "Arms"],
            "title": "Kim \u{1b}[2Jmeets Putin", "body": "They met.", "url": "https://e.example/1", "feed": "Example",
            "at": "2026-11-24T08:22:00Z", "sources": ["e.example"], "items": ["i"],
            "proof": [
                {"term": "@kim", "matched": "Kim", "field": "title", "start": 0, "end": 3, "snippet": "Kim meets Putin"},
                {"term": "meet", "matched": "meets", "field": "title", "start": 4, "end": 9, "snippet": "Kim meets Putin"},
                {"term": "@kim", "matched": "Kim", "field": "title", "start": 0, "end": 3, "snippet": "Kim meets Putin"}
            ]
        }))
        .unwrap()
    }

    #[test]
    fn an_alert_says_what_why_and_who_and_cannot_command_the_terminal() {
        let head = format!("URGENT Kim [2Jmeets Putin (first, {})", clock::shown(alert().at));
        let rest = "
       They met.
       because of Summit · Arms
       [Kim] meets Putin (@kim)
       Kim [meets] Putin (meet)
       told by Example — e.example
       https://e.example/1";
        assert_eq!(render_text(&alert(), false), head + rest);
    }

    #[test]
    fn an_update_is_one_line_and_an_alert_that_nobody_signs_says_no_more() {
        let mut update = Alert { sources: vec!["e.example".to_owned(), "f.example".to_owned()], ..alert() };
        assert_eq!(render_update(&update, false), "      + Example (2 sources): Kim [2Jmeets Putin");
        (update.sources, update.feed) = (Vec::new(), String::new());
        assert!(!render_text(&update, false).contains("told by"));
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let paint = |colour| Paint { colour }.with(BOLD, "Kim");
        assert_eq!(paint(false), "Kim");
        assert!(paint(true).contains("\u{1b}[") && paint(true).contains("Kim"));
    }
}
