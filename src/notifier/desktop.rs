//! A notification on the desktop, by the freedesktop.org Desktop Notifications Specification.
//!
//! notify-rust sends; before it does, the server is asked what it can do, so that one that is absent or stopped is
//! waited for and nothing piles up in its queue.

use std::collections::VecDeque;
use std::time::Duration;

use notify_rust::{Hint, Notification, NotificationHandle, Urgency};
use tokio::time::timeout;
use zbus::Connection;

use crate::alert::{Alert, Level};
use crate::matcher::WatchName;
use crate::text::Clean;

use super::Failure;

/// A server that does not say what it can do within this time is not there.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// A server that answered a moment ago takes a notification at once.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// Longer titles are cut.
const TITLE_CHARS: usize = 200;

/// Longer tellings are cut: servers show a few lines.
const BODY_CHARS: usize = 600;

/// Longer reasons are cut, each on its own, so that no long telling pushes them out.
const REASON_CHARS: usize = 160;

/// Notifications whose connections are kept open: some servers take a notification away with its sender.
const MOST_KEPT: usize = 8;

/// The user's desktop.
#[derive(Debug, Default)]
pub(super) struct Desktop {
    bus: Option<Connection>,
    shown: VecDeque<NotificationHandle>,
}

impl Desktop {
    /// Shows `alert`.
    pub(super) async fn send(&mut self, alert: &Alert) -> Result<String, Failure> {
        let capabilities = match timeout(PROBE_TIMEOUT, self.capabilities()).await {
            Ok(Ok(capabilities)) => capabilities,
            Ok(Err(error)) => return Err(self.absent(&format!("no notification server: {error}"))),
            Err(_) => return Err(self.absent("the notification server does not answer")),
        };
        let markup = capabilities.iter().any(|capability| capability == "body-markup");
        match timeout(SEND_TIMEOUT, notification(alert, markup).show_async()).await {
            Ok(Ok(handle)) => Ok(self.keep(handle)),
            Ok(Err(error)) => Err(Failure::passing(format!("the notification server refuses: {error}"))),
            Err(_) => Err(Failure::passing("the notification server stopped answering")),
        }
    }

    /// What the server can do, asked over one connection that is kept.
    async fn capabilities(&mut self) -> zbus::Result<Vec<String>> {
        let bus = match &self.bus {
            Some(bus) => bus,
            None => self.bus.insert(Connection::session().await?),
        };
        let path = "/org/freedesktop/Notifications";
        let name = "org.freedesktop.Notifications";
        let reply = bus.call_method(Some(name), path, Some(name), "GetCapabilities", &()).await?;
        reply.body().deserialize()
    }

    /// A bus that failed is asked anew: it may have gone with its session.
    fn absent(&mut self, reason: &str) -> Failure {
        self.bus = None;
        Failure::Absent(reason.to_owned())
    }

    fn keep(&mut self, handle: NotificationHandle) -> String {
        let note = format!("shown as {}", handle.id());
        self.shown.push_back(handle);
        if self.shown.len() > MOST_KEPT {
            self.shown.pop_front();
        }
        note
    }
}

/// What is shown. The title is plain text by the specification; the body is markup where the server reads markup.
fn notification(alert: &Alert, markup: bool) -> Notification {
    let mut notification = Notification::new();
    notification
        .appname("newshound")
        .summary(Clean::line(&alert.title).cut(TITLE_CHARS).as_str())
        .body(&body(alert, markup))
        .urgency(urgency(alert.level))
        .hint(Hint::Category("x-newshound.alert".to_owned()))
        .hint(Hint::DesktopEntry("newshound".to_owned()))
        // A delivery that is repeated after a crash replaces its popup instead of doubling it.
        .hint(Hint::Custom("x-dunst-stack-tag".to_owned(), alert.id.to_string()));
    notification
}

fn urgency(level: Level) -> Urgency {
    match level {
        Level::Info => Urgency::Low,
        Level::Notice => Urgency::Normal,
        Level::Urgent => Urgency::Critical,
    }
}

/// What happened; then who says so and why it is told, set apart where the server can.
fn body(alert: &Alert, markup: bool) -> String {
    let written = |text: Clean| if markup { escaped(&text) } else { text.to_string() };
    let happened = written(Clean::lines(&alert.body).cut(BODY_CHARS));
    let reasons = reasons(alert).into_iter().map(|reason| {
        let reason = written(Clean::line(&reason).cut(REASON_CHARS));
        if markup { format!("<i>{reason}</i>") } else { reason }
    });
    std::iter::once(happened).filter(|text| !text.is_empty()).chain(reasons).collect::<Vec<_>>().join("\n")
}

fn reasons(alert: &Alert) -> Vec<String> {
    let watches: Vec<_> = alert.watches.iter().map(WatchName::as_str).collect();
    // A digest names the watches behind each line; its words would be a heap.
    let found = if alert.story.is_some() { found(alert) } else { Vec::new() };
    let reasons = [("", alert.told_by()), ("Watches: ", watches.join(" · ")), ("Found: ", found.join(", "))];
    reasons.into_iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| label.to_owned() + &text).collect()
}

/// The words that matched, each once.
fn found(alert: &Alert) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for proof in &alert.proof {
        let word = proof.matched.as_str();
        if !found.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            found.push(word);
        }
    }
    found
}

/// Text escaped for the markup of desktop notifications (Desktop Notifications Specification, "Markup").
fn escaped(text: &Clean) -> String {
    let mut markup = String::with_capacity(text.as_str().len());
    for character in text.as_str().chars() {
        match character {
            '&' => markup.push_str("&amp;"),
            '<' => markup.push_str("&lt;"),
            '>' => markup.push_str("&gt;"),
            other => markup.push(other),
        }
    }
    markup
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifier::tests::alert;

    #[test]
    fn a_popup_says_what_why_and_who_without_escaping_where_none_is_read() {
        let shown = notification(&alert("a", "5 < 6 & <b>"), false);
        assert_eq!(shown.summary, "5 < 6 & <b>");
        assert_eq!(shown.body, "So & so it is.\nExample — e.example\nWatches: Summit · <Arms>\nFound: Kim, arms deal");
    }

    #[test]
    fn the_body_is_escaped_for_servers_that_read_markup_and_the_title_never_is() {
        let shown = notification(&alert("a", "5 < 6 & <b>"), true);
        assert_eq!(shown.summary, "5 < 6 & <b>");
        let reasons = "<i>Watches: Summit · &lt;Arms&gt;</i>\n<i>Found: Kim, arms deal</i>";
        assert_eq!(shown.body, format!("So &amp; so it is.\n<i>Example — e.example</i>\n{reasons}"));
    }

    #[test]
    fn a_long_telling_does_not_push_out_its_reasons() {
        let mut long = alert("a", "t");
        long.body = "long ".repeat(1000);
        let shown = notification(&long, true).body;
        assert!(shown.contains("…\n<i>Example") && shown.ends_with("arms deal</i>"), "{shown}");
    }

    #[test]
    fn nothing_that_breaks_the_bus_reaches_it() {
        let shown = notification(&alert("a", "nul\0 esc\u{1b} rtl\u{202e}"), true);
        assert_eq!(shown.summary, "nul esc rtl");
        let long = notification(&alert("a", &"long ".repeat(1000)), true);
        assert!(long.summary.chars().count() <= TITLE_CHARS && long.summary.ends_with('…'));
    }
}
